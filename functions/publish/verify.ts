import { smokeTest } from '../../shared/apps/smoke-test.ts';
import { SmokeTestFailed, Superseded } from '../../shared/errors/errors.ts';
import { finding } from '../../shared/findings/catalogue.ts';
import { stageStep } from '../../shared/runtime/step.ts';

/**
 * Waits until the edge shows the target, then smoke-tests it as a visitor would see it. A target that is no longer this
 * publish's is left alone.
 * @throws NotConverged (retryable), Superseded, SmokeTestFailed
 */
export const verify = stageStep('verify', async (publish, deps) => {
  const app = (await deps.apps.get(publish.appId)).value;
  if (app.target?.setBy !== publish.publishId || app.target.seq !== publish.seq) {
    return { outcome: 'superseded', halt: new Superseded(`${publish.name} has another target now`) };
  }
  if (app.live?.gen === app.target.gen) return { outcome: 'unchanged' };
  const fault = await smokeTest(app, app.target, deps);
  if (!fault) return { outcome: 'verified' };
  return {
    outcome: 'failed',
    status: 'failed',
    findings: [finding('publish/smoke-test', { what: fault })],
    halt: new SmokeTestFailed(fault),
  };
});
