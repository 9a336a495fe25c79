import { converge } from '../../shared/apps/converge.ts';
import { confirm, revert as revertTarget } from '../../shared/apps/fencing.ts';
import { instant } from '../../shared/ids/ids.ts';
import { changeApp, PublishInput, step } from '../../shared/runtime/step.ts';

/** Points back at what was live before, if the flip is still this publish's (rule 8); else leaves the edge alone. */
export const revert = step({
  input: PublishInput,
  run: async ({ publishId, appId, sequence }, deps) => {
    const now = instant(deps.clock.now());
    let gen: number | undefined;
    await changeApp(appId, deps, `${publishId}/revert`, (app) => {
      const { target } = app;
      const mine = target?.setBy === publishId && target.seq === sequence;
      const next = mine ? revertTarget(app, target.gen, publishId, now) : undefined;
      gen = next?.target?.gen;
      // The same record: run again after it was done, so only the edge may be left to do.
      if (!next || next === app) return undefined;
      return { app: next, happening: { action: 'reverted', by: 'cottage', detail: { publishId } } };
    });
    const reverted = gen;
    if (reverted === undefined) return { outcome: 'not-mine' };
    await converge(appId, deps);
    // Whoever has flipped meanwhile is verified by itself: only our own generation is settled here.
    await changeApp(appId, deps, `${publishId}/settle`, (app) => {
      const next = confirm(app, reverted, undefined, now);
      return next && { app: next };
    });
    return { outcome: 'reverted' };
  },
});
