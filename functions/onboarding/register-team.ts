import { instant } from '../../shared/ids/ids.ts';
import { teamReadyMail } from '../../shared/mail/team-messages.ts';
import { step } from '../../shared/runtime/step.ts';
import { changeTeam, teamAtWork } from '../../shared/teams/change-team.ts';
import { TeamInput } from '../../shared/teams/team-step.ts';
import { toldOf } from '../../shared/teams/told-of.ts';

/** The team is ready for apps, and those who wait for it are told. Run again, it has nothing to do. */
export const registerTeam = step({
  input: TeamInput,
  run: async (work, deps) => {
    const before = (await deps.teams.find(work.team))?.value;
    if (before?.state === 'ready' && before.attempt === work.attempt) return { outcome: 'unchanged' };
    await teamAtWork(work, 'adding', deps);
    const now = instant(deps.clock.now());
    await changeTeam(work, 'ready', deps, (fresh) => {
      if (fresh.state !== 'adding') return undefined;
      const { summary: _, ...team } = fresh;
      const to = toldOf(team);
      return {
        team: { ...team, state: 'ready', stateSince: now },
        happening: { action: 'added', by: team.stateBy },
        effects: [
          { kind: 'event', type: 'TeamAdded', detail: { team: team.name, zone: team.zone } },
          ...(to.length > 0 ? [{ kind: 'mail' as const, to, ...teamReadyMail(team) }] : []),
        ],
      };
    });
    return { outcome: 'ready' };
  },
});
