import * as z from 'zod';
import { refuse } from '../../shared/errors/problems.ts';
import { Instant, instant } from '../../shared/ids/ids.ts';
import { TeamName } from '../../shared/names/labels.ts';
import type { Platform } from '../../shared/platforms/platform.ts';
import { newPlatform, rotateSecret } from '../../shared/platforms/secrets.ts';
import type { Deps } from '../../shared/runtime/deps.ts';
import { endpoint } from './endpoint.ts';

export const PlatformId = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/, 'a-z, 0-9 and -, at most 40 characters');

const PlatformView = z
  .object({
    platformId: PlatformId,
    title: z.string(),
    teams: z.array(z.string()),
    createdAt: Instant,
    hookUrl: z.url(),
  })
  .meta({ id: 'Platform' });

const view = ({ platformId, title, teams, createdAt }: Platform, { settings }: Deps) => ({
  platformId,
  title,
  teams,
  createdAt,
  hookUrl: `${settings.publicUrl}/v1/hooks/${platformId}/publish`,
});

export const listPlatforms = endpoint({
  method: 'get',
  path: '/v1/platforms',
  operationId: 'listPlatforms',
  summary: 'The tools that may publish',
  auth: 'admin',
  answers: {
    200: { description: 'By id, without secrets.', schema: z.object({ platforms: z.array(PlatformView) }) },
  },
  run: async (_, deps) => ({
    status: 200,
    body: { platforms: (await deps.platforms.all()).map((platform) => view(platform, deps)) },
  }),
});

export const createPlatform = endpoint({
  method: 'post',
  path: '/v1/platforms',
  operationId: 'createPlatform',
  summary: 'Register a tool; its secret is shown once',
  auth: 'admin',
  body: z.object({
    platformId: PlatformId,
    title: z.string().min(1).max(80).optional(),
    teams: z
      .array(z.union([z.literal('*'), TeamName]))
      .min(1)
      .max(200),
  }),
  answers: { 201: { description: 'With its secret.', schema: PlatformView.extend({ secret: z.string() }) } },
  run: async ({ body, principal }, deps) => {
    if (await deps.platforms.find(body.platformId)) {
      throw refuse('body/fields', `There is a platform ${body.platformId} already.`, {
        fields: [{ path: 'platformId', message: 'taken' }],
      });
    }
    for (const team of body.teams) {
      if (team !== '*' && !(await deps.teams.find(team)))
        throw refuse('team/unknown', `There is no team ${team}.`);
    }
    const now = deps.clock.now();
    const platform = newPlatform({ ...body, title: body.title ?? body.platformId }, now);
    const by = `person:${principal?.email ?? ''}`;
    await deps.effects.commit({
      opId: `platform/${platform.platformId}/added`,
      operations: deps.platforms.changing(undefined, platform, { at: instant(now), action: 'added', by }),
    });
    return { status: 201, body: { ...view(platform, deps), secret: platform.secrets[0]?.secret } };
  },
});

export const rotatePlatform = endpoint({
  method: 'post',
  path: '/v1/platforms/{id}/rotate',
  operationId: 'rotatePlatform',
  summary: 'Give a tool a new secret; the old one stays good for a day',
  auth: 'admin',
  params: z.object({ id: PlatformId }),
  body: z.object({}),
  answers: {
    200: {
      description: 'The new secret, shown once.',
      schema: z.object({ platformId: PlatformId, secret: z.string(), previousGoodUntil: Instant }),
    },
  },
  run: async ({ params, principal }, deps) => {
    const read = await deps.platforms.find(params.id);
    if (!read) throw refuse('route/unknown', `There is no platform ${params.id}.`);
    const { platform, secret, previousGoodUntil } = rotateSecret(read.value, Date.now());
    const by = `person:${principal?.email ?? ''}`;
    const at = instant(deps.clock.now());
    await deps.effects.commit({
      opId: `platform/${params.id}/rotated/v${read.version}`,
      operations: deps.platforms.changing(read, platform, { at, action: 'secret-rotated', by }),
    });
    return { status: 200, body: { platformId: params.id, secret, previousGoodUntil } };
  },
});
