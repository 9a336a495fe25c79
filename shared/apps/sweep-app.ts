import { type AppId, instant } from '../ids/ids.ts';
import { isEnded } from '../publishes/publish.ts';
import { dueRecords } from '../records/due.ts';
import { parseRecord } from '../records/record-type.ts';
import type { Deps } from '../runtime/deps.ts';
import { changeApp } from '../runtime/step.ts';
import { settle } from './actions.ts';
import type { App } from './app.ts';
import { AppType } from './apps.ts';
import { converge } from './converge.ts';
import { CONVERGE_AFTER_MS } from './next-action.ts';
import { retireApp } from './retire.ts';
import { transition } from './states.ts';

/** Does the one thing an app is due for. True when it did something. */
export async function sweepApp(appId: AppId, deps: Deps): Promise<boolean> {
  const { value: app } = await deps.apps.get(appId);
  const now = instant(deps.clock.now());
  if (!app.nextAction || app.nextAction.at > now) return false;
  switch (app.nextAction.action) {
    case 'converge':
      return bringHome(app, deps);
    case 'end-draft':
      return endDraft(app, now, deps);
    case 'expire':
      return expire(app, now, deps);
    default:
      throw new TypeError(`an app is due for the unknown action ${app.nextAction.action}`);
  }
}

/**
 * After a start: what the catalog says and the edge does not show yet is shown now, and not only when it is due. A
 * process that ended between the two has left it so.
 */
export async function convergeUnsettled(deps: Deps): Promise<void> {
  const soon = instant(deps.clock.now() + CONVERGE_AFTER_MS);
  for await (const record of dueRecords(deps.store, soon)) {
    if (!record.key.pk.startsWith('app#')) continue;
    const { appId } = parseRecord(AppType, record).value;
    try {
      // What is due is a hint: one that is being retired by now is left to the workflow that takes it down.
      const { value: app } = await deps.apps.get(appId);
      if (app.nextAction?.action === 'converge') await bringHome(app, deps);
    } catch (error) {
      deps.log.error('an app could not be brought to its target', { appId, error: String(error) });
    }
  }
}

/** A publish under way verifies what it flipped; whatever else was left half-way is settled here. */
async function bringHome(app: App, deps: Deps): Promise<boolean> {
  const setBy = app.target?.setBy ?? 'admin';
  const publish = setBy === 'admin' ? undefined : (await deps.publishes.find(setBy))?.value;
  if (publish && !isEnded(publish.status)) await converge(app.appId, deps);
  else await settle(app.appId, deps);
  const left = await deps.apps.get(app.appId);
  if (left.value.nextAction?.action !== 'converge') return true;
  // Still not there: due again in as long.
  await changeApp(app.appId, deps, `postpone/${app.appId}`, (fresh) => ({ app: fresh }));
  return true;
}

/** A name that never got a working publish is free again after a while. */
async function endDraft(app: App, now: string, deps: Deps): Promise<boolean> {
  if (app.boundHost !== undefined || app.dnsHost !== undefined || app.certificateId !== undefined) {
    // A publish came as far as giving it an address: that is taken down in the safe order.
    await retireApp(app.appId, 'cottage', deps);
    return true;
  }
  const claim = await deps.names.find(app.team, app.name);
  await changeApp(app.appId, deps, `end-draft/${app.appId}`, (fresh) => {
    const state = fresh.state === 'draft' ? transition('draft', 'retire') : undefined;
    if (!state) return undefined;
    const mine = claim && claim.value.appId === app.appId ? claim : undefined;
    return {
      app: { ...fresh, state, stateSince: now },
      happening: { action: 'retired', by: 'cottage', detail: { reason: 'never published' } },
      operations: mine ? [deps.names.changing(mine, { ...mine.value, state: 'tombstone', until: now })] : [],
    };
  });
  return true;
}

async function expire(app: App, now: string, deps: Deps): Promise<boolean> {
  await changeApp(app.appId, deps, `expire/${app.appId}`, (fresh) => {
    const state = transition(fresh.state, 'expire');
    if (!state || !fresh.expiresAt || fresh.expiresAt > now) return undefined;
    return {
      app: { ...fresh, state, stateSince: now },
      happening: { action: 'expiring', by: 'cottage' },
      effects: [
        { kind: 'event', type: 'AppExpiring', detail: { appId: app.appId, team: app.team, name: app.name } },
      ],
    };
  });
  return true;
}
