import { isEmpty } from '../../shared/dns/dns.ts';
import { planValidation } from '../../shared/dns/plan-validation.ts';
import { NotFound } from '../../shared/errors/errors.ts';
import { teamStep } from '../../shared/teams/team-step.ts';

/**
 * Puts what the authority wants to find into the team's zone, with an owner mark that counts the certificate. An
 * authority that asks for nothing gets nothing.
 */
export const writeValidation = teamStep('adding', async ({ zone, certificateId }, { certificates, dns }) => {
  if (certificateId === undefined) throw new NotFound(`no certificate was ordered for ${zone}`);
  const status = await certificates.status(certificateId);
  if (status.state !== 'pending') return 'unchanged';
  const { validation } = status;
  const changes = planValidation({ certificateId, zone, validation }, await dns.records(zone));
  if (isEmpty(changes)) return 'unchanged';
  await dns.apply(zone, changes);
  return 'written';
});
