import * as z from 'zod';
import { endPublish, outcomeOf } from '../../shared/publishes/ending.ts';
import { attemptOf, type Publish } from '../../shared/publishes/publish.ts';
import { goesOn } from '../../shared/publishes/summary.ts';
import type { Deps } from '../../shared/runtime/deps.ts';
import { PublishInput, step } from '../../shared/runtime/step.ts';
import { explained } from '../../shared/summaries/explained.ts';

const Caught = z.object({ Error: z.string() });

/**
 * Ends the publish with its reason: in the record, to the owner, and in the execution's output, where an admin who has
 * nothing but the execution's history reads it.
 */
export const explain = step({
  input: z.object({
    ...PublishInput.shape,
    /** Absent in executions that began before it was handed on. */
    executionName: z.string().optional(),
    execution: z.looseObject({
      error: Caught.optional(),
      revertError: Caught.optional(),
      checkPolicy: z.object({ outcome: z.string() }).optional(),
      approval: z.object({ outcome: z.string() }).optional(),
    }),
  }),
  run: async ({ publishId, executionName, execution }, deps) => {
    const error = execution.error?.Error;
    const how = { error, revertError: execution.revertError?.Error };
    const outcome = outcomeOf({
      error,
      checkPolicy: execution.checkPolicy?.outcome,
      approval: execution.approval?.outcome,
      ...(error === 'Declined' ? { declinedBy: await declinedBy(publishId, deps) } : {}),
    });
    const attempt = executionName === undefined ? undefined : attemptOf(executionName, publishId);
    const ended = await endPublish(publishId, { ...outcome, how }, deps, attempt);
    const { status, summary = goesOn(ended) } = ended;
    return explained({ failed: status === 'failed', status, error, summary }, { publishId }, deps);
  },
});

/** Who said no: the record of the question knows. */
async function declinedBy(
  publishId: Publish['publishId'],
  { publishes, decisions }: Deps,
): Promise<string | undefined> {
  const { decisionId } = (await publishes.get(publishId)).value;
  return decisionId && (await decisions.find(decisionId))?.value.answer?.by;
}
