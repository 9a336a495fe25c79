import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { siteZip } from '../builders/site-zip.ts';
import type { World } from './world.ts';

export const ADMIN = 'admin@example.com';
const APPROVER = 'bea@example.com';
const TEAM = 'finance';
const APP_PATH = '/v1/apps/finance/lunch';
export const HOST = 'lunch.finance.apps.example.com';

const LUNCH = {
  team: TEAM,
  name: 'lunch',
  title: 'Lunch',
  owner: 'ana@example.com',
  dataClass: 'internal',
  visibility: 'public',
};

/** A site as it comes from npm. */
const MODULES = join(import.meta.dirname, '../../node_modules');
function filesOf(folder: string): Record<string, Buffer> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(files.map((file) => [file.slice(folder.length + 1), readFileSync(file)]));
}

const SITE = filesOf(join(MODULES, 'html5-boilerplate/dist'));
const titled = (title: string) => ({
  ...SITE,
  'index.html': String(SITE['index.html']).replace(/<title>.*?<\/title>/, `<title>${title}</title>`),
});

/** Uploads, publishes and rests; what it returns looks what became of it. */
async function publish(
  world: World,
  name: string,
  files: Record<string, string | Buffer>,
  app: object = LUNCH,
) {
  const id = `${name}-${world.telling}`;
  const zip = await siteZip(files);
  const artifact = world.account.takesForms
    ? { uploadId: await world.upload('studio', `${id}-upload`, zip) }
    : { zip: zip.toString('base64') };
  const accepted = await world.hook('studio', 'publish', id, { app, artifact });
  expect(accepted).toMatchObject({ body: { publishId: expect.any(String) } });
  await world.rest();
  const { statusUrl } = accepted.body as { statusUrl: string };
  return () => world.call({ path: statusUrl.replace('https://cottage.example.com', '') });
}

interface Decision {
  decisionId: string;
}

const approve = (world: World, decision: Decision | null) =>
  world.as(APPROVER, {
    method: 'POST',
    path: `/v1/decisions/${decision?.decisionId}`,
    body: { option: 'approve' },
  });

interface Releases {
  releases: { release: string }[];
}

const shown = async (world: World): Promise<string | undefined> => {
  const { status, body } = await world.visitor.get(HOST, '/');
  expect(status).toBe(200);
  return /<title>(.*)<\/title>/.exec(String(body))?.[1];
};

const inCatalog = async (world: World) => (await world.as(ADMIN, { path: APP_PATH })).body;

/** An app for the company alone, as apps are unless somebody says otherwise. */
export const DINNER_HOST = 'dinner.finance.apps.example.com';
export async function publishDinner(world: World): Promise<unknown> {
  const { visibility: _, ...dinner } = { ...LUNCH, name: 'dinner' };
  return (await (await publish(world, 'dinner', titled('Dinner'), dinner))()).body;
}

export interface Chapter {
  title: string;
  tell: (world: World) => Promise<void>;
}

export const STORY: Chapter[] = [
  {
    title: 'a team is added',
    tell: async (world) => {
      const body = { name: TEAM, members: ['*'], approvers: [APPROVER] };
      await world.as(ADMIN, { method: 'POST', path: '/v1/teams', body });
      await world.rest();
      const added = await world.as(ADMIN, { path: `/v1/teams/${TEAM}` });
      expect(added.body).toMatchObject({ state: 'ready' });
      const platform = { platformId: 'studio', teams: [TEAM] };
      const made = await world.as(ADMIN, { method: 'POST', path: '/v1/platforms', body: platform });
      expect(made).toMatchObject({ status: 201, body: { secret: expect.stringMatching(/^whsec_/) } });
      world.secrets.set('studio', String(made.body['secret']));
    },
  },
  {
    title: 'a site is published',
    tell: async (world) => {
      const look = await publish(world, 'first', titled('Soup'));
      // What was said once is not asked again.
      const { status, decision } = (await look()).body as { status: string; decision: Decision | null };
      if (world.telling === 1) expect(status).toBe('awaiting-approval');
      if (status === 'awaiting-approval') await approve(world, decision);
      await world.rest();
      const published = await look();
      expect(published.body).toMatchObject({ status: 'live', url: `https://${HOST}` });
      expect(await shown(world)).toBe('Soup');
    },
  },
  {
    title: 'it is published again',
    tell: async (world) => {
      const look = await publish(world, 'second', titled('Salad'));
      expect((await look()).body).toMatchObject({ status: 'live' });
      expect(await shown(world)).toBe('Salad');
    },
  },
  {
    title: 'it is rolled back',
    tell: async (world) => {
      const { releases } = (await world.as(ADMIN, { path: `${APP_PATH}/releases` }))
        .body as unknown as Releases;
      const release = releases.at(-1)?.release;
      await world.as(ADMIN, { method: 'POST', path: `${APP_PATH}/rollback`, body: { release } });
      await world.rest();
      expect(await shown(world)).toBe('Soup');
      expect(await inCatalog(world)).toMatchObject({ state: 'live' });
    },
  },
  {
    title: 'a bad one is refused',
    tell: async (world) => {
      const files = {
        ...titled('Fish'),
        'app.js': `const key = '${['AKIA', 'Z7Q3VN5K2WXJ4T6D'].join('')}';`,
      };
      const look = await publish(world, 'third', files);
      const { status, findings } = (await look()).body as { status: string; findings: { code: string }[] };
      expect(status).toBe('refused');
      expect(findings.map(({ code }) => code)).toContain('scan/secret');
      expect(await shown(world)).toBe('Soup');
    },
  },
  {
    title: 'the app is removed',
    tell: async (world) => {
      const retiring = await world.as(ADMIN, { method: 'POST', path: `${APP_PATH}/retire`, body: {} });
      expect(retiring).toMatchObject({ status: 202 });
      await world.rest();
      expect(await inCatalog(world)).toMatchObject({ state: 'retired' });
      expect((await world.visitor.get(HOST, '/')).status).toBe(403);
    },
  },
  {
    title: 'the team is removed',
    tell: async (world) => {
      const removing = await world.as(ADMIN, { method: 'DELETE', path: `/v1/teams/${TEAM}` });
      expect(removing).toMatchObject({ status: 202 });
      await world.rest();
      expect((await world.as(ADMIN, { path: `/v1/teams/${TEAM}` })).body).toMatchObject({ state: 'removed' });
    },
  },
];
