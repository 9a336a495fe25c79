import * as z from 'zod';
import { isRetiring } from '../../shared/apps/app.ts';
import { haltedRemoval, overtakenRemoval } from '../../shared/apps/explain-removal.ts';
import { noteHalt, RemovalInput } from '../../shared/apps/removal-step.ts';
import { step } from '../../shared/runtime/step.ts';
import { explained } from '../../shared/summaries/explained.ts';

/**
 * Says in the app's record, and in the execution's output, why taking it down came to a halt. A step that knows better
 * than the name of its error has said so in the record already.
 */
export const explainRemoval = step({
  input: z.object({
    ...RemovalInput.shape,
    execution: z.looseObject({ error: z.object({ Error: z.string() }) }),
  }),
  run: async ({ execution, ...work }, deps) => {
    const error = execution.error.Error;
    const { value: app } = await deps.apps.get(work.appId);
    const mine = isRetiring(app) && app.retirement?.attempt === work.attempt;
    if (!mine)
      return explained(
        { failed: false, status: app.state, error, summary: overtakenRemoval(app) },
        { ...work },
        deps,
      );
    const summary = app.retirement?.summary ?? haltedRemoval(app, error);
    if (app.retirement?.summary === undefined) await noteHalt(work, summary, deps);
    return explained({ failed: true, status: 'halted', error, summary }, { ...work }, deps);
  },
});
