import * as z from 'zod';
import { isRetiring } from '../../shared/apps/app.ts';
import { haltedRemoval } from '../../shared/apps/explain-removal.ts';
import { noteHalt, RemovalInput } from '../../shared/apps/removal-step.ts';
import { step } from '../../shared/runtime/step.ts';

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
    const { value: app } = await deps.apps.get(work.appId);
    const mine = isRetiring(app) && app.retirement?.attempt === work.attempt;
    const summary = app.retirement?.summary ?? haltedRemoval(app, execution.error.Error);
    if (mine && app.retirement?.summary === undefined) await noteHalt(work, summary, deps);
    return { status: mine ? 'halted' : app.state, summary: mine ? summary : '' };
  },
});
