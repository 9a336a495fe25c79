import { NotFound } from '../errors/errors.ts';
import type { Execution, WorkflowEngine, WorkflowName } from './engine.ts';

/** How an execution stands; undefined when there is none of that name, not yet or not any more. */
export async function statusOf(
  engine: Pick<WorkflowEngine, 'describe'>,
  workflow: WorkflowName,
  name: string,
): Promise<Execution['status'] | undefined> {
  try {
    return (await engine.describe(workflow, name)).status;
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}
