import { teamStep } from '../../shared/teams/team-step.ts';

/** Makes the team's zone, delegated from the apex. */
export const createZone = teamStep('adding', async (team, { dns }) => {
  await dns.createZone(team.zone);
  return 'created';
});
