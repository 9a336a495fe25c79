import type { AppId, PublishId, Sequence } from '../ids/ids.ts';
import { instant } from '../ids/ids.ts';
import type { Deps } from '../runtime/deps.ts';
import { changeApp } from '../runtime/step.ts';
import { converge } from './converge.ts';
import { confirm, revert } from './fencing.ts';

/** Which publish flipped, and as which in the order of acceptance. */
export interface Flipped {
  publishId: PublishId;
  appId: AppId;
  seq: Sequence;
}

/**
 * Points back at what was live before, if the flip is still this publish's (rule 8); else leaves the edge alone. What
 * was verified and registered stays. Safe to run twice. True when the app shows again what it showed before.
 * @throws PreconditionFailed when others kept changing the binding
 */
export async function revertPublish({ publishId, appId, seq }: Flipped, deps: Deps): Promise<boolean> {
  const now = instant(deps.clock.now());
  let gen: number | undefined;
  await changeApp(appId, deps, `${publishId}/revert`, (app) => {
    const { target } = app;
    const mine = target?.setBy === publishId && target.seq === seq;
    const next = mine ? revert(app, target.gen, publishId, now) : undefined;
    gen = next?.target?.gen;
    // The same record: run again after it was done, so only the edge may be left to do.
    if (!next || next === app) return undefined;
    return { app: next, happening: { action: 'reverted', by: 'cottage', detail: { publishId } } };
  });
  const reverted = gen;
  if (reverted === undefined) return false;
  await converge(appId, deps);
  // Whoever has flipped meanwhile is verified by itself: only our own generation is settled here.
  await changeApp(appId, deps, `${publishId}/settle`, (app) => {
    const next = confirm(app, reverted, undefined, now);
    return next && { app: next };
  });
  return true;
}
