import { removalStep } from '../../shared/apps/removal-step.ts';
import { removeReleases } from '../../shared/releases/collect.ts';

/** Deletes every release of the app, with its files; nothing shows them any more. */
export const removeFiles = removalStep(async ({ appId }, deps) => {
  await removeReleases(appId, deps);
  return 'removed';
});
