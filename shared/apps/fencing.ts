import {
  HELD,
  HOLDING,
  type Instant,
  PARKED,
  type PublishId,
  type ReleaseId,
  type Sequence,
} from '../ids/ids.ts';
import type { App, Live, Target } from './app.ts';
import { isRetiring, KEPT_RELEASES } from './app.ts';

/**
 * The fencing protocol, pure: who may say where an app's name points. Order is the order of acceptance (`seq`); every
 * change of the target takes a new generation (`gen`), and whoever finds another generation than its own lets go.
 * Each function returns the app's next record, or the word for why there is none.
 */

/** What a publish wants shown. */
export interface Wanted {
  seq: Sequence;
  release: ReleaseId;
  access: 'open' | 'viewers';
  spa: boolean;
}

export type FlipResult =
  | { kind: 'flipped'; app: App; gen: number }
  /** The same site is live and verified: the catalog takes the new sequence, the edge is not asked. */
  | { kind: 'unchanged'; app: App; gen: number }
  /** This publish has flipped already; go on from there. */
  | { kind: 'mine'; gen: number }
  | { kind: 'ready'; app: App; why: 'pinned' | 'held' | 'archived' }
  | { kind: 'superseded' };

/** Rules 2 and 3: go live writes the catalog first, if nobody newer has and nothing pins it. */
export function flip(app: App, wanted: Wanted, publishId: PublishId, now: Instant): FlipResult {
  const { target } = app;
  // Its publishes are cancelled: one that does not know yet must not point anywhere any more.
  if (isRetiring(app) || app.state === 'retired') return { kind: 'superseded' };
  if (
    target &&
    target.setBy === publishId &&
    target.seq === wanted.seq &&
    target.release === wanted.release
  ) {
    return { kind: 'mine', gen: target.gen };
  }
  const blocked = app.pin ? 'pinned' : app.hold ? 'held' : app.state === 'archived' ? 'archived' : undefined;
  if (blocked) {
    if (app.ready && app.ready.seq > wanted.seq) return { kind: 'superseded' };
    const ready = { seq: wanted.seq, release: wanted.release, publishId };
    return { kind: 'ready', app: { ...app, ready }, why: blocked };
  }
  if (target && target.seq >= wanted.seq) return { kind: 'superseded' };
  const { ready: _overtaken, ...rest } = app;
  const next = retarget(rest, wanted, publishId, now);
  const { live } = app;
  const settled =
    live !== undefined && target !== undefined && live.gen === target.gen && app.settledGen === target.gen;
  if (settled && shows(target, wanted)) {
    const gen = next.target.gen;
    const site = { release: wanted.release, access: wanted.access, spa: wanted.spa };
    return {
      kind: 'unchanged',
      gen,
      app: { ...next, live: { gen, seq: wanted.seq, ...site }, settledGen: gen },
    };
  }
  return { kind: 'flipped', gen: next.target.gen, app: next };
}

/** Rule 7: what the edge shows is verified. Undefined: the target is no longer this generation's. */
export function confirm(
  app: App,
  gen: number,
  publishId: PublishId | undefined,
  now: Instant,
): App | undefined {
  const { target } = app;
  if (!target || target.gen !== gen) return undefined;
  if (isOwnRelease(target.release)) return { ...app, settledGen: gen };
  const live: Live = {
    gen,
    seq: target.seq,
    release: target.release,
    access: target.access,
    spa: target.spa,
  };
  const entry = { release: target.release, seq: target.seq, at: now };
  const setBy = target.setBy === 'admin' ? undefined : target.setBy;
  const known = publishId ?? app.releases.find((r) => r.release === target.release)?.publishId ?? setBy;
  const rest = app.releases.filter((r) => r.release !== target.release);
  const releases = known ? [{ ...entry, publishId: known }, ...rest].slice(0, KEPT_RELEASES) : app.releases;
  return { ...app, live, settledGen: gen, releases };
}

/**
 * Rule 8: the smoke test failed. Points back at what was live, keeping `seq`, so that a newer accepted publish still
 * passes rule 2. Pointing back already: the same record. Undefined: the target is not this generation's, and the edge is
 * left alone.
 */
export function revert(app: App, gen: number, publishId: PublishId, now: Instant): App | undefined {
  const { target } = app;
  if (!target || target.gen !== gen) return undefined;
  const back = app.live ?? { release: HOLDING, access: target.access, spa: false };
  return shows(target, back) ? app : retarget(app, { ...back, seq: target.seq }, publishId, now);
}

/** Rule 9: an admin's rollback takes a sequence of its own and pins it. */
export function rollback(app: App, seq: Sequence, release: ReleaseId, by: string, now: Instant): App {
  const { access, spa } = app.live ?? { access: 'viewers' as const, spa: app.spa };
  const next = retarget(app, { seq, release, access, spa }, 'admin', now);
  return { ...next, pin: { seq, by, at: now } };
}

/** Rule 10: the pin goes; what waits stays waiting until it is promoted. */
export function unpin(app: App): App {
  const { pin: _, ...rest } = app;
  return rest;
}

/** Rule 10: a publish that was `ready` goes live with a new sequence; the release stays known as that publish's. */
export function promote(app: App, seq: Sequence, now: Instant): App | undefined {
  if (!app.ready || app.pin || app.hold || app.state === 'archived') return undefined;
  const { ready, ...rest } = app;
  const access = app.visibility === 'public' ? 'open' : 'viewers';
  return retarget(rest, { seq, release: ready.release, access, spa: app.spa }, ready.publishId, now);
}

/** Points at one of Cottage's own releases (hold, archive) or back at what was live (release, restore). */
export function pointAt(app: App, seq: Sequence, what: 'held' | 'parked' | 'live', now: Instant): App {
  const back = app.live ?? { release: HOLDING, access: 'viewers' as const, spa: false };
  const release = what === 'held' ? HELD : what === 'parked' ? PARKED : back.release;
  return retarget(app, { seq, release, access: back.access, spa: back.spa }, 'admin', now);
}

export const isOwnRelease = (release: ReleaseId): boolean => [HOLDING, PARKED, HELD].includes(release);

function retarget(
  app: App,
  site: { seq: number; release: ReleaseId; access: 'open' | 'viewers'; spa: boolean },
  setBy: Target['setBy'],
  now: Instant,
): App & { target: Target } {
  const { release, access, spa } = site;
  // Whoever drew a sequence may be overtaken before it writes: what has flipped is never forgotten, or a publish older
  // than that could still come.
  const seq = Math.max(site.seq, app.target?.seq ?? 0);
  return { ...app, target: { gen: (app.target?.gen ?? 0) + 1, seq, release, access, spa, at: now, setBy } };
}

function shows(target: Target, wanted: Omit<Wanted, 'seq'>): boolean {
  return target.release === wanted.release && target.access === wanted.access && target.spa === wanted.spa;
}
