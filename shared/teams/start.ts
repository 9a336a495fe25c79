import type { EffectRequest } from '../effects/effect.ts';
import type { WorkflowEngine } from '../workflow/engine.ts';
import { statusOf } from '../workflow/status.ts';
import { type Team, teamExecution } from './team.ts';

/** Starts the workflow that adds or removes the team, as this attempt. */
export const startEffect = (workflow: 'add-team' | 'remove-team', team: Team) =>
  ({
    kind: 'start-workflow',
    workflow,
    name: teamExecution(team),
    input: { team: team.name, attempt: team.attempt },
  }) satisfies EffectRequest;

/**
 * Is somebody at it? One that is not has come to a halt, and its record mostly says why: executions are forgotten after a
 * while. One that has not started yet is an effect that is due.
 */
export async function isAtWork(
  team: Pick<Team, 'state' | 'name' | 'attempt' | 'summary'>,
  engine: Pick<WorkflowEngine, 'describe'>,
): Promise<boolean> {
  if ((team.state !== 'adding' && team.state !== 'removing') || team.summary !== undefined) return false;
  const workflow = team.state === 'adding' ? 'add-team' : 'remove-team';
  const status = await statusOf(engine, workflow, teamExecution(team));
  return status === undefined || status === 'RUNNING';
}
