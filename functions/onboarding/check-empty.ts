import { TeamNotEmpty } from '../../shared/errors/errors.ts';
import type { Deps } from '../../shared/runtime/deps.ts';
import { changeTeam, type TeamWork } from '../../shared/teams/change-team.ts';
import { teamKept } from '../../shared/teams/explain.ts';
import { whatKeeps } from '../../shared/teams/remove-team.ts';
import type { Team } from '../../shared/teams/team.ts';
import { teamStep } from '../../shared/teams/team-step.ts';

/** Nothing is removed of a team that has apps, or in whose zone something stands that Cottage did not make. */
export const checkEmpty = teamStep('removing', async (team, deps, work) => {
  await refuseFull(team, deps, work);
  return 'empty';
});

/** @throws TeamNotEmpty, with the reason in the team's record */
export async function refuseFull(team: Team, deps: Deps, work: TeamWork): Promise<void> {
  const kept = await whatKeeps(team, deps);
  if (kept === undefined) return;
  const summary = teamKept(team, kept.why, kept.next);
  await changeTeam(work, 'not-empty', deps, (fresh) => ({ team: { ...fresh, summary } }));
  throw new TeamNotEmpty(kept.why);
}
