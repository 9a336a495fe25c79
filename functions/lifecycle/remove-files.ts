import { removalStep } from '../../shared/apps/removal-step.ts';
import { removeReleases } from '../../shared/releases/collect.ts';
import { removeUploadsOf } from '../../shared/uploads/remove.ts';

/** Deletes every release of the app with its files, which nothing shows any more, and what was uploaded for them. */
export const removeFiles = removalStep(async ({ appId }, deps) => {
  await removeReleases(appId, deps);
  await removeUploadsOf(appId, deps);
  return 'removed';
});
