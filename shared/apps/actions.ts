import { DAY_MS } from '../clock/clock.ts';
import type { EffectRequest } from '../effects/effect.ts';
import { NotConverged, PreconditionFailed } from '../errors/errors.ts';
import { refuse } from '../errors/problems.ts';
import { type AppId, instant, type ReleaseId, randomId } from '../ids/ids.ts';
import { heldMail, releasedMail } from '../mail/messages.ts';
import type { Deps } from '../runtime/deps.ts';
import { changeApp } from '../runtime/step.ts';
import type { App } from './app.ts';
import { converge } from './converge.ts';
import { confirm, isOwnRelease, pointAt, promote, rollback, unpin } from './fencing.ts';
import { registered } from './registered.ts';
import { smokeTest } from './smoke-test.ts';
import { type LifecycleEvent, transition } from './states.ts';

/**
 * What an admin does to an app. Each is one transaction on the record (with its audit entry and its next action), then
 * the edge is brought there; a crash in between is mended by the app's next action within two minutes.
 */

/** Rule 9: an older release, pinned. Without one named: the one that was live before. */
export async function rollbackApp(
  appId: AppId,
  release: ReleaseId | undefined,
  by: string,
  deps: Deps,
): Promise<App> {
  const seq = await deps.apps.nextSequence(appId);
  const now = instant(deps.clock.now());
  const current = (await deps.apps.get(appId)).value;
  const chosen = release ?? current.releases.find((r) => r.release !== current.target?.release)?.release;
  const stored = chosen && (await deps.releases.find(appId, chosen))?.value;
  if (!chosen || stored?.state !== 'stored') {
    throw refuse(
      'release/unknown',
      release ? 'This app has no such release.' : 'There is no earlier release to go back to.',
    );
  }
  await changeApp(appId, deps, `rollback/${appId}/${seq}`, (app) => {
    refuseHeldOrArchived(app);
    return {
      app: rollback(app, seq, chosen, by, now),
      happening: { action: 'rolled-back', by: `person:${by}`, detail: { release: chosen } },
      effects: [event('AppRolledBack', app, { release: chosen })],
    };
  });
  return settleNowOrLater(appId, deps);
}

/** Rule 10: lets newer publishes through again. What is ready waits until it is promoted. */
export async function unpinApp(appId: AppId, by: string, deps: Deps): Promise<App> {
  await changeApp(appId, deps, randomId('unpin'), (app) => {
    if (!app.pin) return undefined;
    return { app: unpin(app), happening: { action: 'unpinned', by: `person:${by}` } };
  });
  return (await deps.apps.get(appId)).value;
}

/**
 * Rule 10: takes the publish that waits live, with a sequence of its own; takes the pin off where there is one. The
 * catalog takes over what that publish said of the app, first of all who may see it.
 */
export async function promoteApp(appId: AppId, by: string, deps: Deps): Promise<App> {
  const seq = await deps.apps.nextSequence(appId);
  const now = instant(deps.clock.now());
  const { ready, team, name } = (await deps.apps.get(appId)).value;
  const publish = ready && (await deps.publishes.get(ready.publishId)).value;
  const claim = await deps.names.find(team, name);
  await changeApp(appId, deps, `promote/${appId}/${seq}`, (app) => {
    refuseHeldOrArchived(app);
    // Another publish may have begun to wait since it was read: asking again takes that one.
    if (app.ready?.publishId !== publish?.publishId)
      throw refuse('app/conflict', 'A newer publish has just become ready.');
    const next = publish && promote({ ...unpin(app), ...publish.settings }, seq, now);
    if (!next) throw refuse('release/unknown', 'Nothing is waiting to go live.');
    return {
      app: registered(next, publish, deps.settings.appUrl(next.subdomain), now),
      operations: claim ? [deps.names.changing(claim, { ...claim.value, state: 'live' })] : [],
      happening: {
        action: 'promoted',
        by: `person:${by}`,
        detail: { release: String(next.target?.release) },
      },
    };
  });
  return settleNowOrLater(appId, deps);
}

/** Takes the app off the air, with a reason its owner is told. The state stays; its clock stops. */
export async function holdApp(appId: AppId, reason: string, by: string, deps: Deps): Promise<App> {
  const seq = await deps.apps.nextSequence(appId);
  const now = instant(deps.clock.now());
  const current = (await deps.apps.get(appId)).value;
  const url = deps.settings.appUrl(current.subdomain);
  const mail = heldMail({ title: current.title, url, by, reason });
  await changeApp(appId, deps, `hold/${appId}/${seq}`, (app) => {
    if (app.hold) return undefined;
    if (app.state === 'retired') throw refuse('app/conflict', 'This app is retired already.');
    const held: App = { ...app, hold: { reason, by, at: now } };
    return {
      app: app.target ? pointAt(held, seq, 'held', now) : held,
      happening: { action: 'held', by: `person:${by}`, detail: { reason } },
      effects: [
        { kind: 'mail', to: [app.owner, ...app.coOwners], ...mail },
        event('AppHeld', app, { reason }),
      ],
    };
  });
  return settleNowOrLater(appId, deps);
}

/** Lets the app back on the air, as it was; its term goes on from where it stopped. */
export async function releaseApp(appId: AppId, by: string, deps: Deps): Promise<App> {
  const seq = await deps.apps.nextSequence(appId);
  const now = instant(deps.clock.now());
  const current = (await deps.apps.get(appId)).value;
  const mail = releasedMail({ title: current.title, url: deps.settings.appUrl(current.subdomain) });
  await changeApp(appId, deps, `release/${appId}/${seq}`, (app) => {
    const { hold, ...rest } = app;
    if (!hold) return undefined;
    const stoppedMs = Date.parse(now) - Date.parse(hold.at);
    const freed: App = rest.expiresAt
      ? { ...rest, expiresAt: instant(Date.parse(rest.expiresAt) + stoppedMs) }
      : rest;
    return {
      app: app.target ? pointAt(freed, seq, app.state === 'archived' ? 'parked' : 'live', now) : freed,
      happening: { action: 'released', by: `person:${by}` },
      effects: [{ kind: 'mail', to: [app.owner, ...app.coOwners], ...mail }, event('AppReleased', app, {})],
    };
  });
  return settleNowOrLater(appId, deps);
}

/** Puts the app away: its name, DNS and certificate stay; a page says what happened. */
export async function archiveApp(appId: AppId, by: string, deps: Deps): Promise<App> {
  return moveState(appId, 'archive', { action: 'archived', event: 'AppArchived', show: 'parked' }, by, deps);
}

/** Brings an archived app back. Never lifts a hold. */
export async function restoreApp(appId: AppId, by: string, deps: Deps): Promise<App> {
  return moveState(appId, 'restore', { action: 'restored', event: 'AppRestored', show: 'live' }, by, deps);
}

/** Starts the app's term anew. */
export async function renewApp(appId: AppId, days: number | undefined, by: string, deps: Deps): Promise<App> {
  const now = instant(deps.clock.now());
  await changeApp(appId, deps, randomId('renew'), (app) => {
    const state = move(app, 'renew');
    const expiresAt = instant(Date.parse(now) + (days ?? app.expiresInDays) * DAY_MS);
    return {
      app: { ...app, state, stateSince: state === app.state ? app.stateSince : now, expiresAt },
      happening: { action: 'renewed', by: `person:${by}`, detail: { until: expiresAt } },
    };
  });
  return (await deps.apps.get(appId)).value;
}

async function moveState(
  appId: AppId,
  what: 'archive' | 'restore',
  {
    action,
    event: type,
    show,
  }: { action: string; event: 'AppArchived' | 'AppRestored'; show: 'parked' | 'live' },
  by: string,
  deps: Deps,
): Promise<App> {
  const seq = await deps.apps.nextSequence(appId);
  const now = instant(deps.clock.now());
  await changeApp(appId, deps, `${what}/${appId}/${seq}`, (app) => {
    const state = move(app, what);
    const moved: App = { ...app, state, stateSince: now };
    if (show === 'live') moved.expiresAt = instant(Date.parse(now) + app.expiresInDays * DAY_MS);
    return {
      // A held app keeps showing that it is held.
      app: app.target && !app.hold ? pointAt(moved, seq, show, now) : moved,
      happening: { action, by: `person:${by}` },
      effects: [event(type, app, {})],
    };
  });
  return settleNowOrLater(appId, deps);
}

function move(app: App, what: LifecycleEvent): App['state'] {
  const state = transition(app.state, what);
  if (!state) throw refuse('app/conflict', `An app that is ${app.state} cannot do this: ${what}.`);
  return state;
}

function refuseHeldOrArchived(app: App): void {
  if (app.hold) throw refuse('app/conflict', `The app is on hold: ${app.hold.reason}. Release it first.`);
  if (app.state === 'archived') throw refuse('app/conflict', 'The app is archived. Restore it first.');
}

function event(type: string, app: App, detail: Record<string, string>): EffectRequest {
  return { kind: 'event', type, detail: { appId: app.appId, team: app.team, name: app.name, ...detail } };
}

/** What was decided stands, whatever fails after it: the app's next action goes on from there. */
async function settleNowOrLater(appId: AppId, deps: Deps): Promise<App> {
  try {
    return await settle(appId, deps);
  } catch (error) {
    deps.log.warn('the edge is brought to the target later', { appId, error: String(error) });
    return (await deps.apps.get(appId)).value;
  }
}

/**
 * Brings the edge to the target, looks at it, and notes it as settled. What does not work yet is left to the app's next
 * action; what does not work at all is an alarm, never a silent revert.
 */
export async function settle(appId: AppId, deps: Deps): Promise<App> {
  const { apps, clock, log } = deps;
  const app = (await apps.get(appId)).value;
  const { target } = app;
  if (!target || app.settledGen === target.gen) return app;
  try {
    const gen = await converge(appId, deps);
    if (gen !== target.gen) return (await apps.get(appId)).value;
    const fault = await smokeTest(app, target, deps);
    if (fault) {
      log.error('an app does not work after a change', {
        alarm: 'app-broken',
        appId,
        release: target.release,
        fault,
      });
      return app;
    }
  } catch (error) {
    if (!(error instanceof NotConverged) && !(error instanceof PreconditionFailed)) throw error;
    log.warn('the edge is not there yet', { appId, release: target.release });
    return app;
  }
  const now = instant(clock.now());
  await changeApp(appId, deps, `settle/${appId}/${target.gen}`, (fresh) => {
    const next = confirm(fresh, target.gen, undefined, now);
    return (
      next && {
        app: isOwnRelease(target.release) ? next : { ...next, url: deps.settings.appUrl(next.subdomain) },
      }
    );
  });
  return (await apps.get(appId)).value;
}
