import * as z from 'zod';
import { step } from '../../shared/runtime/step.ts';
import { explained } from '../../shared/summaries/explained.ts';
import { changeTeam } from '../../shared/teams/change-team.ts';
import { haltedTeam, overtakenTeam } from '../../shared/teams/explain.ts';
import { TeamInput } from '../../shared/teams/team-step.ts';

/**
 * Says in the team's record, and in the execution's output, why adding or removing it came to a halt. A step that knows
 * better than the name of its error has said so in the record already.
 */
export const explainTeam = step({
  input: z.object({
    ...TeamInput.shape,
    execution: z.looseObject({ error: z.object({ Error: z.string() }) }),
  }),
  run: async ({ execution, ...work }, deps) => {
    const error = execution.error.Error;
    await changeTeam(work, 'explain', deps, (team) => {
      if (team.state !== 'adding' && team.state !== 'removing') return undefined;
      const summary = team.summary ?? haltedTeam(team, error);
      const happening = { action: `${team.state}-halted`, by: 'cottage', detail: { error } };
      return { team: { ...team, summary }, happening };
    });
    const after = (await deps.teams.findRecord(work.team))?.value;
    const failed =
      after?.attempt === work.attempt && (after.state === 'adding' || after.state === 'removing');
    const summary = failed ? after.summary : after && overtakenTeam(after);
    return explained(
      { failed, status: after?.state ?? 'unknown', error, summary: summary ?? '' },
      { ...work },
      deps,
    );
  },
});
