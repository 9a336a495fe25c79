import { changeTeam } from '../../shared/teams/change-team.ts';
import { teamStep } from '../../shared/teams/team-step.ts';

/** Deletes the team's certificate; nothing is served with it any more. */
export const deleteCertificate = teamStep('removing', async ({ certificateId }, deps, work) => {
  if (certificateId === undefined) return 'unchanged';
  await deps.certificates.delete(certificateId);
  await changeTeam(work, 'certificate', deps, ({ certificateId: _, ...team }) => ({ team }));
  return 'deleted';
});
