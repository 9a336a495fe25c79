import * as z from 'zod';
import { NotFound } from '../../shared/errors/errors.ts';
import type { Deps } from '../../shared/runtime/deps.ts';
import type { HistoryEvent, WorkflowName } from '../../shared/workflow/engine.ts';

/** What executions did, as an admin reads it. */
export const History = z.object({
  executions: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      startedAt: z.int(),
      endedAt: z.int().optional(),
      error: z.string().optional(),
      summary: z
        .string()
        .optional()
        .meta({ description: 'Why it ended otherwise than well, for whom, and what to do.' }),
      events: z.array(
        z.looseObject({ id: z.int(), at: z.int(), type: z.string(), state: z.string().optional() }),
      ),
    }),
  ),
});

/** Somebody who tries again and again is not shown everything that ever was. */
const MOST_ATTEMPTS = 20;

/** The numbers of the latest attempts, oldest first. */
export const attempts = (last: number): number[] =>
  Array.from({ length: last }, (_, i) => i + 1).slice(-MOST_ATTEMPTS);

/** The executions of these names that there are. */
export async function executionsOf(
  names: readonly (readonly [WorkflowName, string])[],
  { engine }: Pick<Deps, 'engine'>,
): Promise<{ executions: unknown[] }> {
  const executions = [];
  for (const [workflow, execution] of names) {
    const found = await engine.describe(workflow, execution).catch((error: unknown) => {
      if (error instanceof NotFound) return undefined;
      throw error;
    });
    if (!found) continue;
    const { name, status, startedAt, endedAt, error, history } = found;
    const summary = summaryIn(history);
    executions.push({ name, status, startedAt, endedAt, error, summary, events: history });
  }
  return { executions };
}

/** The words of the state that explains, if it came to that. */
function summaryIn(history: HistoryEvent[]): string | undefined {
  const explained = history.findLast(({ type, state }) => type === 'StateExited' && state === 'Explain');
  return Explained.safeParse(explained?.detail).data?.output.explain.summary;
}

const Explained = z.object({ output: z.object({ explain: z.object({ summary: z.string() }) }) });
