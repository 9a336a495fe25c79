import type { CertificateStatus } from '../../shared/certificates/certificates.ts';
import { isEmpty } from '../../shared/dns/dns.ts';
import { planValidationRemoval } from '../../shared/dns/plan-validation.ts';
import { CertificatePending, NotFound } from '../../shared/errors/errors.ts';
import type { Deps } from '../../shared/runtime/deps.ts';
import { changeTeam } from '../../shared/teams/change-team.ts';
import { teamStep } from '../../shared/teams/team-step.ts';

/**
 * Orders the team's wildcard certificate, and notes its id before anybody waits for it: an order made twice is the same
 * one for a short while only. One that an earlier attempt ordered is kept, unless it came to nothing.
 */
export const requestCertificate = teamStep('adding', async (team, deps, work) => {
  const { certificates } = deps;
  if (team.certificateId !== undefined) {
    const state = await stateOf(team.certificateId, deps);
    if (state === 'pending' || state === 'issued') return 'unchanged';
    await forget(team.certificateId, team.zone, deps);
  }
  const certificateId = await certificates.request([`*.${team.zone}`]);
  await changeTeam(work, 'certificate', deps, (fresh) => ({ team: { ...fresh, certificateId } }));
  return 'requested';
});

/** What came to nothing is deleted, and does not count any more among those that a record stands for. */
async function forget(id: string, zone: string, { certificates, dns }: Deps): Promise<void> {
  const changes = planValidationRemoval(id, await dns.records(zone));
  if (!isEmpty(changes)) await dns.apply(zone, changes);
  await certificates.delete(id);
}

async function stateOf(
  id: string,
  { certificates }: Pick<Deps, 'certificates'>,
): Promise<CertificateStatus['state'] | undefined> {
  try {
    return (await certificates.status(id)).state;
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    if (error instanceof CertificatePending) return 'pending';
    throw error;
  }
}
