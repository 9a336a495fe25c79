import * as z from 'zod';
import { mintTicket, TICKET_TTL_MS } from '../../shared/hosting/viewer.ts';
import { Instant, instant, PublishId, ReleaseId } from '../../shared/ids/ids.ts';
import { AppView, viewApp } from './app-view.ts';
import { endpoint } from './endpoint.ts';
import { AppParams, findApp, findEntry } from './find-app.ts';
import { attempts, executionsOf, History } from './history.ts';

export const listApps = endpoint({
  method: 'get',
  path: '/v1/apps',
  operationId: 'listApps',
  summary: 'The catalog',
  auth: 'admin',
  query: z.object({ team: z.string().optional() }),
  answers: { 200: { description: 'Apps by team and name.', schema: z.object({ apps: z.array(AppView) }) } },
  run: async ({ query }, { apps, teams, settings }) => {
    const names = query.team === undefined ? (await teams.all()).map((team) => team.name) : [query.team];
    const found = await Promise.all(names.map((team) => apps.ofTeam(team)));
    return { status: 200, body: { apps: found.flat().map((app) => viewApp(app, settings)) } };
  },
});

export const getApp = endpoint({
  method: 'get',
  path: '/v1/apps/{team}/{name}',
  operationId: 'getApp',
  summary: 'One app',
  auth: 'admin',
  params: AppParams,
  answers: { 200: { description: 'Its catalog entry.', schema: AppView } },
  run: async ({ params }, deps) => ({
    status: 200,
    body: viewApp(await findEntry(params, deps), deps.settings),
  }),
});

const ReleaseView = z.object({
  release: ReleaseId,
  seq: z.int(),
  publishId: PublishId,
  at: Instant,
  live: z.boolean(),
  pinned: z.boolean(),
  files: z.int().nullable(),
  sizeBytes: z.int().nullable(),
});

export const listReleases = endpoint({
  method: 'get',
  path: '/v1/apps/{team}/{name}/releases',
  operationId: 'listReleases',
  summary: 'What was live, newest first',
  auth: 'admin',
  params: AppParams,
  answers: { 200: { description: 'At most ten.', schema: z.object({ releases: z.array(ReleaseView) }) } },
  run: async ({ params }, deps) => {
    const app = await findApp(params, deps);
    const stored = new Map((await deps.releases.ofApp(app.appId)).map(({ value }) => [value.release, value]));
    const releases = app.releases.map((entry) => ({
      ...entry,
      live: app.live?.release === entry.release,
      pinned: app.pin !== undefined && app.target?.release === entry.release,
      files: stored.get(entry.release)?.fileCount ?? null,
      sizeBytes: stored.get(entry.release)?.sizeBytes ?? null,
    }));
    return { status: 200, body: { releases } };
  },
});

const PublishLine = z.object({
  publishId: PublishId,
  status: z.string(),
  acceptedAt: Instant,
  endedAt: Instant.nullable(),
  release: ReleaseId.nullable(),
  summary: z.string().nullable(),
});

export const listPublishes = endpoint({
  method: 'get',
  path: '/v1/apps/{team}/{name}/publishes',
  operationId: 'listPublishes',
  summary: 'The app’s publishes, newest first',
  auth: 'admin',
  params: AppParams,
  answers: {
    200: { description: 'At most a hundred.', schema: z.object({ publishes: z.array(PublishLine) }) },
  },
  run: async ({ params }, deps) => {
    const app = await findEntry(params, deps);
    const publishes = (await deps.publishes.ofApp(app.appId)).map((publish) => ({
      publishId: publish.publishId,
      status: publish.status,
      acceptedAt: publish.acceptedAt,
      endedAt: publish.endedAt ?? null,
      release: publish.release ?? null,
      summary: publish.summary ?? null,
    }));
    return { status: 200, body: { publishes } };
  },
});

export const openApp = endpoint({
  method: 'post',
  path: '/v1/apps/{team}/{name}/open',
  operationId: 'openApp',
  summary: 'A one-time link that lets one browser see the app',
  auth: 'admin',
  params: AppParams,
  answers: {
    201: {
      description: 'The link; good once, for five minutes.',
      schema: z.object({ url: z.url(), expiresAt: Instant }),
    },
  },
  run: async ({ params, principal }, deps) => {
    const app = await findApp(params, deps);
    const { signer, clock, settings } = deps;
    const base = settings.appUrl(app.subdomain);
    const expiresAt = instant(clock.now() + TICKET_TTL_MS);
    if (app.target?.access === 'open') return { status: 201, body: { url: base, expiresAt } };
    const place = { app: app.appId, host: app.subdomain };
    const ticket = await mintTicket({ signer, clock }, place, principal?.email ?? '');
    const url = `${base}/_cottage/open?ticket=${ticket}`;
    return { status: 201, body: { url, expiresAt } };
  },
});

export const appHistory = endpoint({
  method: 'get',
  path: '/v1/apps/{team}/{name}/history',
  operationId: 'appHistory',
  summary: 'What retiring the app did, state by state',
  auth: 'admin',
  params: AppParams,
  answers: { 200: { description: 'One execution for each attempt.', schema: History } },
  run: async ({ params }, deps) => {
    const app = await findEntry(params, deps);
    const names = attempts(app.retirement?.attempt ?? 0).map(
      (attempt) => ['remove-app', `${app.appId}-${attempt}`] as const,
    );
    return { status: 200, body: await executionsOf(names, deps) };
  },
});
