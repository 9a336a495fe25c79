import * as z from 'zod';
import type { Deps } from '../runtime/deps.ts';
import { type Step, step } from '../runtime/step.ts';
import { type TeamWork, teamAtWork } from './change-team.ts';
import type { Team } from './team.ts';

/** The input of an execution that adds or removes a team, never replaced. */
export const TeamInput = z.object({ team: z.string(), attempt: z.int().min(1) });

/**
 * A step of the workflow that adds or removes a team. It may run twice, overlap with a late twin, or die half-way.
 * @throws Cancelled when its execution is no longer the one at work: nothing is touched
 */
export const teamStep = (
  state: 'adding' | 'removing',
  run: (team: Team, deps: Deps, work: TeamWork) => Promise<string>,
): Step =>
  step({
    input: TeamInput,
    run: async (work, deps) => {
      const outcome = await run(await teamAtWork(work, state, deps), deps, work);
      deps.log.info('team step done', { ...work, outcome });
      return { outcome };
    },
  });
