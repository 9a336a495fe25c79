import { revertPublish } from '../../shared/apps/revert-publish.ts';
import { PublishInput, step } from '../../shared/runtime/step.ts';

/** Points back at what was live before, if the flip is still this publish's (rule 8); else leaves the edge alone. */
export const revert = step({
  input: PublishInput,
  run: async ({ publishId, appId, sequence }, deps) => {
    const isReverted = await revertPublish({ publishId, appId, seq: sequence }, deps);
    return { outcome: isReverted ? 'reverted' : 'not-mine' };
  },
});
