import * as z from 'zod';
import { DATA_CLASSES } from '../../shared/apps/settings.ts';
import { LimitsSchema } from '../../shared/artifacts/limits.ts';
import { refuse } from '../../shared/errors/problems.ts';
import { FINDINGS, findingOf } from '../../shared/findings/catalogue.ts';
import { Finding, Severity } from '../../shared/findings/finding.ts';
import { instant } from '../../shared/ids/ids.ts';
import { checkName } from '../../shared/names/name.ts';
import { suggestNames } from '../../shared/names/suggestions.ts';
import { TIERS } from '../../shared/tiers/tiers.ts';
import { endpoint } from './endpoint.ts';

export const health = endpoint({
  method: 'get',
  path: '/healthz',
  operationId: 'health',
  summary: 'Is it up?',
  auth: 'anyone',
  answers: {
    200: { description: 'Yes.', schema: z.object({ status: z.literal('ok'), now: z.string() }) },
    503: { description: 'It answers, and can’t work now: a problem whose code says why.' },
  },
  run: async (_, { clock, checkHealth }) => {
    await checkHealth();
    return { status: 200, body: { status: 'ok', now: instant(clock.now()) } };
  },
});

export const listTiers = endpoint({
  method: 'get',
  path: '/v1/tiers',
  operationId: 'listTiers',
  summary: 'What each hosting tier promises',
  auth: 'anyone',
  answers: {
    200: {
      description: 'The published table.',
      schema: z.object({
        tiers: z.array(z.looseObject({ tier: z.string() })),
        dataClasses: z.array(z.enum(DATA_CLASSES)),
      }),
    },
  },
  run: async () => {
    const tiers = Object.entries(TIERS).map(([tier, { monthlyCents, ...rest }]) => ({
      tier,
      ...rest,
      monthlyUsd: monthlyCents / 100,
    }));
    return { status: 200, body: { tiers, dataClasses: DATA_CLASSES } };
  },
});

export const getLimits = endpoint({
  method: 'get',
  path: '/v1/limits',
  operationId: 'getLimits',
  summary: 'What an archive may be',
  auth: 'anyone',
  answers: {
    200: {
      description: 'Sizes in bytes.',
      schema: LimitsSchema.meta({ id: 'Limits' }),
    },
  },
  run: async (_, { settings }) => ({ status: 200, body: settings.limits }),
});

export const listFindings = endpoint({
  method: 'get',
  path: '/v1/findings',
  operationId: 'listFindings',
  summary: 'Every code a finding can have',
  auth: 'anyone',
  answers: {
    200: {
      description: 'Texts with {places} for what was found.',
      schema: z.object({
        findings: z.array(
          z.object({
            code: z.string(),
            severity: Severity,
            title: z.string(),
            why: z.string(),
            fix: z.string(),
          }),
        ),
      }),
    },
  },
  run: async () => ({
    status: 200,
    body: { findings: Object.entries(FINDINGS).map(([code, text]) => ({ code, ...text })) },
  }),
});

export const checkNameEndpoint = endpoint({
  method: 'get',
  path: '/v1/names/{team}/{name}',
  operationId: 'checkName',
  summary: 'Is this name free? If not, three that are',
  auth: 'anyone',
  params: z.object({ team: z.string(), name: z.string().max(255) }),
  answers: {
    200: {
      description: 'Whether it is free.',
      schema: z.object({
        team: z.string(),
        name: z.string(),
        free: z.boolean(),
        reason: Finding.optional(),
        suggestions: z.array(z.string()).optional(),
      }),
    },
  },
  run: async ({ params: { team, name } }, { teams, names, apps, settings, clock }) => {
    const known = /^[a-z0-9-]{1,63}$/.test(team) ? await teams.find(team) : undefined;
    if (!known) throw refuse('team/unknown', 'There is no team by that name.');
    const existing = (await apps.ofTeam(team)).map((app) => app.name);
    const request = { team, name, baseDomain: settings.baseDomain, existing };
    const now = instant(clock.now());
    const fault = checkName(request);
    const free = !fault && (await names.isFree(team, name, now));
    if (free) return { status: 200, body: { team, name, free } };
    const suggestions = await suggestNames(request, (candidate) => names.isFree(team, candidate, now));
    const reason = fault ? findingOf(fault.code, fault.data) : findingOf('name/taken', { name, suggestions });
    return { status: 200, body: { team, name, free, reason, suggestions } };
  },
});
