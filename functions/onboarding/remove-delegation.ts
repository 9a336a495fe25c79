import { teamStep } from '../../shared/teams/team-step.ts';

/** The apex says no longer who answers for the team's zone. Before the zone goes: see `Dns.undelegate`. */
export const removeDelegation = teamStep('removing', async ({ zone }, { dns }) => {
  await dns.undelegate(zone);
  return 'removed';
});
