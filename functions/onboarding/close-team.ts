import { instant } from '../../shared/ids/ids.ts';
import { teamRemovedMail } from '../../shared/mail/team-messages.ts';
import type { Deps } from '../../shared/runtime/deps.ts';
import { step } from '../../shared/runtime/step.ts';
import { changeTeam, teamAtWork } from '../../shared/teams/change-team.ts';
import type { Team } from '../../shared/teams/team.ts';
import { TeamInput } from '../../shared/teams/team-step.ts';
import { toldOf } from '../../shared/teams/told-of.ts';

/**
 * Takes the team off the lists of the platforms, then says in its record that it is removed. The record stays: it holds
 * the team's history. Run again, it has nothing to do.
 */
export const closeTeam = step({
  input: TeamInput,
  run: async (work, deps) => {
    const before = (await deps.teams.findRecord(work.team))?.value;
    if (before?.state === 'removed' && before.attempt === work.attempt) return { outcome: 'unchanged' };
    const removing = await teamAtWork(work, 'removing', deps);
    const now = instant(deps.clock.now());
    await leavePlatforms(removing, now, deps);
    await changeTeam(work, 'removed', deps, (fresh) => {
      if (fresh.state !== 'removing') return undefined;
      const { summary: _, ...team } = fresh;
      const to = toldOf(team);
      return {
        team: { ...team, state: 'removed', stateSince: now },
        happening: { action: 'removed', by: team.stateBy },
        effects: [
          { kind: 'event', type: 'TeamRemoved', detail: { team: team.name, zone: team.zone } },
          ...(to.length > 0 ? [{ kind: 'mail' as const, to, ...teamRemovedMail(team) }] : []),
        ],
      };
    });
    return { outcome: 'removed' };
  },
});

/** One transaction for each platform: there may be more of them than one transaction holds. */
async function leavePlatforms(team: Team, at: string, { platforms, effects }: Deps): Promise<void> {
  for (const { platformId } of await platforms.all()) {
    const read = await platforms.find(platformId);
    if (!read?.value.teams.includes(team.name)) continue;
    const next = { ...read.value, teams: read.value.teams.filter((name) => name !== team.name) };
    const happening = { at, action: 'team-removed', by: team.stateBy, detail: { team: team.name } };
    await effects.commit({
      opId: `team/${team.name}/${team.attempt}/leave/${platformId}/v${read.version}`,
      operations: platforms.changing(read, next, happening),
    });
  }
}
