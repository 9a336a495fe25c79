import * as z from 'zod';
import { endPublish, outcomeOf } from '../../shared/publishes/ending.ts';
import { attemptOf } from '../../shared/publishes/publish.ts';
import { PublishInput, step } from '../../shared/runtime/step.ts';

/** Ends the publish with its reason: in the record, to the owner, and in the execution's output. */
export const explain = step({
  input: z.object({
    ...PublishInput.shape,
    /** Absent in executions that began before it was handed on. */
    executionName: z.string().optional(),
    execution: z.looseObject({
      error: z.object({ Error: z.string() }).optional(),
      checkPolicy: z.object({ outcome: z.string() }).optional(),
      approval: z.object({ outcome: z.string() }).optional(),
    }),
  }),
  run: async ({ publishId, executionName, execution }, deps) => {
    const outcome = outcomeOf({
      error: execution.error?.Error,
      checkPolicy: execution.checkPolicy?.outcome,
      approval: execution.approval?.outcome,
    });
    const attempt = executionName === undefined ? undefined : attemptOf(executionName, publishId);
    const ended = await endPublish(publishId, outcome, deps, attempt);
    return { status: ended.status, summary: ended.summary ?? '' };
  },
});
