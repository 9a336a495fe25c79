import { CertificatePending, NotFound } from '../../shared/errors/errors.ts';
import { changeApp, stageStep } from '../../shared/runtime/step.ts';

/** Waits for the team's wildcard certificate to be issued, and notes on the app which one covers it. */
export const ensureCertificate = stageStep('certificate', async (publish, deps) => {
  const team = (await deps.teams.find(publish.team))?.value;
  if (!team) throw new NotFound(`team ${publish.team} is gone`);
  const { certificateId } = team;
  if (certificateId === undefined) throw new NotFound(`team ${publish.team} has no certificate`);
  const app = (await deps.apps.get(publish.appId)).value;
  if (app.certificateId === certificateId) return { outcome: 'unchanged' };
  const status = await deps.certificates.status(certificateId);
  if (status.state === 'pending')
    throw new CertificatePending(`the certificate of ${team.zone} is not issued yet`);
  if (status.state === 'failed')
    throw new NotFound(`the certificate of ${team.zone} failed: ${status.reason}`);
  await changeApp(publish.appId, deps, `${publish.publishId}/certificate`, (fresh) => ({
    app: { ...fresh, certificateId },
  }));
  return { outcome: 'changed' };
});
