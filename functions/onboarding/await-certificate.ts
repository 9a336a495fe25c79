import { CertificateFailed, CertificatePending, NotFound } from '../../shared/errors/errors.ts';
import { teamStep } from '../../shared/teams/team-step.ts';

/** Looks whether the certificate is issued; the workflow asks again while it is not. */
export const awaitCertificate = teamStep('adding', async ({ zone, certificateId }, { certificates }) => {
  if (certificateId === undefined) throw new NotFound(`no certificate was ordered for ${zone}`);
  const status = await certificates.status(certificateId);
  if (status.state === 'pending')
    throw new CertificatePending(`the certificate of ${zone} is not issued yet`);
  if (status.state === 'failed')
    throw new CertificateFailed(`the certificate of ${zone} failed: ${status.reason}`);
  return 'issued';
});
