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
      const { target, live } = app;
      if (target?.setBy !== publishId || target.seq !== sequence) return undefined;
      const back = live?.release ?? 'r_holding';
      // Run again after it was done: only the edge may be left to do.
      if (target.release === back) {
        gen = target.gen;
        return undefined;
      }
      const next = revertTarget(app, target.gen, publishId, now);
      gen = next?.target?.gen;
      return next && { app: next, happening: { action: 'reverted', by: 'cottage', detail: { publishId } } };
    });
    if (gen === undefined) return { outcome: 'not-mine' };
    const settled = await converge(appId, deps);
    await changeApp(appId, deps, `${publishId}/settle`, (app) => {
      const next = confirm(app, settled, undefined, now);
      return next && { app: next };
    });
    return { outcome: 'reverted' };
  },
});
