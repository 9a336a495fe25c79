import { isEmpty } from '../../shared/dns/dns.ts';
import { planValidationRemoval } from '../../shared/dns/plan-validation.ts';
import { NotFound } from '../../shared/errors/errors.ts';
import { teamStep } from '../../shared/teams/team-step.ts';

/** Takes the records out of the team's zone that its certificate was issued by. */
export const removeRecords = teamStep('removing', async ({ zone, certificateId }, { dns }) => {
  if (certificateId === undefined) return 'unchanged';
  try {
    const changes = planValidationRemoval(certificateId, await dns.records(zone));
    if (isEmpty(changes)) return 'unchanged';
    await dns.apply(zone, changes);
    return 'removed';
  } catch (error) {
    // The zone is gone, or never was: an earlier attempt came as far as that.
    if (error instanceof NotFound) return 'unchanged';
    throw error;
  }
});
