import { removalStep } from '../../shared/apps/removal-step.ts';
import { actor } from '../../shared/apps/retire.ts';
import { PublishRunning } from '../../shared/errors/errors.ts';
import { cancelPublish } from '../../shared/publishes/cancel.ts';
import { removeLeftovers } from '../../shared/publishes/leftovers.ts';
import { executionName, isEnded } from '../../shared/publishes/publish.ts';
import { statusOf } from '../../shared/workflow/status.ts';

/**
 * Cancels every publish of the app that is under way or waits for an answer, and waits until none runs: a step that is at
 * work finds it cancelled when it is done, and only then can nothing come back that this workflow takes away.
 * @throws PublishRunning while one still runs
 */
export const stopPublishes = removalStep(async (app, deps) => {
  const { publishes, engine, blobs } = deps;
  const by = actor(app.retirement?.by ?? 'cottage');
  let running = 0;
  for (const publish of await publishes.ofApp(app.appId, Number.POSITIVE_INFINITY)) {
    const { publishId } = publish;
    const asks = publish.status === 'needs-answers';
    if (!isEnded(publish.status) || asks) await cancelPublish(publishId, by, deps, { retiring: true });
    else if (publish.status !== 'cancelled') continue;
    if ((await statusOf(engine, 'publish', executionName(publish))) === 'RUNNING') running += 1;
    // One that asked had no execution any more that would clear up behind it.
    else await removeLeftovers({ ...publish, status: 'cancelled' }, blobs);
  }
  if (running > 0) throw new PublishRunning(`${running} publishes of ${app.appId} have not ended yet`);
  return 'stopped';
});
