import type { App } from '../../shared/apps/app.ts';
import { converge } from '../../shared/apps/converge.ts';
import { type FlipResult, flip } from '../../shared/apps/fencing.ts';
import { NotFound, Parked, Superseded } from '../../shared/errors/errors.ts';
import { finding } from '../../shared/findings/catalogue.ts';
import type { Finding } from '../../shared/findings/finding.ts';
import { instant } from '../../shared/ids/ids.ts';
import { changeApp, stageStep } from '../../shared/runtime/step.ts';

/** One pointer flip: the catalog's target first, in a transaction that fences, then the edge. */
export const goLive = stageStep('go-live', async (publish, deps) => {
  const { releases, clock } = deps;
  const { release, publishId, seq, settings } = publish;
  const stored = release && (await releases.find(publish.appId, release))?.value;
  // The files are durable before anything points at them.
  if (!release || stored?.state !== 'stored') throw new NotFound(`the release of ${publishId} is not stored`);
  const access = settings.visibility === 'public' ? 'open' : 'viewers';
  let outcome = undefined as FlipResult | undefined;
  const app = await changeApp(publish.appId, deps, `${publishId}/flip`, (fresh) => {
    outcome = flip(fresh, { seq, release, access, spa: settings.spa }, publishId, instant(clock.now()));
    return 'app' in outcome ? { app: outcome.app } : undefined;
  });
  switch (outcome?.kind) {
    case undefined:
    case 'superseded':
      return { outcome: 'superseded', halt: new Superseded(`a newer publish of ${publish.name} went first`) };
    case 'ready':
      return {
        outcome: 'ready',
        findings: [waiting(outcome.why, app)],
        halt: new Parked(`${publish.name} is ${outcome.why}`),
      };
    case 'flipped':
    case 'mine':
      await converge(publish.appId, deps);
      return { outcome: 'flipped' };
    case 'unchanged':
      return { outcome: 'unchanged' };
  }
});

/** Why a release that is built does not go live yet. */
function waiting(why: 'pinned' | 'held' | 'archived', app: App | undefined): Finding {
  if (why === 'pinned') return finding('publish/pinned', { by: app?.pin?.by ?? 'an admin' });
  if (why === 'held') return finding('publish/held', { reason: app?.hold?.reason ?? '' });
  return finding('publish/archived', {});
}
