import { type App, AppSchema, type Live, type Target } from '../../shared/apps/app.ts';
import { flip } from '../../shared/apps/fencing.ts';
import { AppId, derivedId, PublishId, ReleaseId, Sequence } from '../../shared/ids/ids.ts';

export const appId = (name = 'lunch'): AppId => AppId.parse(derivedId('a', name));
export const publishId = (name: string): PublishId => PublishId.parse(derivedId('p', name));
export const releaseId = (name: string): ReleaseId => ReleaseId.parse(derivedId('r', name));
export const sequence = (seq: number): Sequence => Sequence.parse(seq);

export const T0 = '2026-03-02T09:00:00.000Z';

/** A draft with its name reserved, as it stands in the catalog after the first accept. */
export function draftApp(fields: Partial<App> = {}): App {
  return AppSchema.parse({
    appId: appId(),
    team: 'demo',
    name: 'lunch',
    subdomain: 'lunch.demo.apps.localhost',
    businessUnit: 'Kitchen',
    title: 'Lunch',
    owner: 'ana@example.com',
    coOwners: [],
    dataClass: 'internal',
    visibility: 'company',
    tier: 'shared',
    costCenter: 'cc-1',
    expiresInDays: 90,
    integrations: [],
    spa: false,
    requiredControls: [],
    billingTag: 'cottage:demo/lunch',
    estimatedMonthlyCostCents: 10,
    state: 'draft',
    stateSince: T0,
    settledGen: 0,
    releases: [],
    createdAt: T0,
    createdBy: 'platform:demo',
    auditSeq: 0,
    auditHash: '',
    ...fields,
  });
}

export function target(fields: Partial<Target> = {}): Target {
  const site = { release: releaseId('one'), access: 'viewers', spa: false } as const;
  return { gen: 1, seq: 1, ...site, at: T0, setBy: publishId('one'), ...fields };
}

/** An app that shows release `one` of publish `one`, verified and settled. */
export function liveApp(fields: Partial<App> = {}): App {
  const live: Live = { gen: 1, seq: 1, release: releaseId('one'), access: 'viewers', spa: false };
  return draftApp({
    state: 'live',
    expiresAt: '2026-05-31T09:00:00.000Z',
    target: target(),
    live,
    settledGen: 1,
    releases: [{ release: live.release, seq: 1, publishId: publishId('one'), at: T0 }],
    ...fields,
  });
}

/** The app after publish `name` has flipped to its release of the same name. */
export function flipped(app: App, name: string, seq: number): App {
  const wanted = { seq: sequence(seq), release: releaseId(name), access: 'viewers', spa: false } as const;
  const result = flip(app, wanted, publishId(name), T0);
  if (result.kind !== 'flipped') throw new Error(`${name} did not flip: ${result.kind}`);
  return result.app;
}
