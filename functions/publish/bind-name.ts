import { NotFound } from '../../shared/errors/errors.ts';
import { changeApp, stageStep } from '../../shared/runtime/step.ts';

/** Binds the app's host at the edge, to Cottage's own holding release. After the certificate, before DNS. */
export const bindName = stageStep('bind-name', async (publish, deps) => {
  const app = (await deps.apps.get(publish.appId)).value;
  if (app.boundHost === publish.host) return { outcome: 'unchanged' };
  // A name bound without a certificate would greet its first visitors with a warning.
  if (!app.certificateId) throw new NotFound(`${publish.host} has no certificate yet`);
  await deps.hosting.bind(publish.appId, publish.host, publish.settings.tier);
  await changeApp(publish.appId, deps, `${publish.publishId}/bind`, (fresh) => ({
    app: { ...fresh, boundHost: publish.host },
  }));
  return { outcome: 'changed' };
});
