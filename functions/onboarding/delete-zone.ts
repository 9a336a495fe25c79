import { teamStep } from '../../shared/teams/team-step.ts';
import { refuseFull } from './check-empty.ts';

/**
 * Deletes the team's zone, once no cache knows any more that it was delegated. Looks for apps once more: an app that was
 * accepted in the moment before the removal began may not have been listed yet.
 */
export const deleteZone = teamStep('removing', async (team, deps, work) => {
  await refuseFull(team, deps, work);
  await deps.dns.deleteZone(team.zone);
  return 'deleted';
});
