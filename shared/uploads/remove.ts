import { type AppId, UploadId } from '../ids/ids.ts';
import type { Deps } from '../runtime/deps.ts';
import { uploadKey } from './upload.ts';

type UploadDeps = Pick<Deps, 'uploads' | 'blobs' | 'store'>;

/**
 * The file first: a record without one is done again, a file without a record is found by nobody. Safe to run twice.
 * @throws Conflict when a twin is at it; it is for the caller to come again
 */
export async function removeUpload(
  uploadId: UploadId,
  { uploads, blobs, store }: UploadDeps,
): Promise<boolean> {
  const upload = await uploads.find(uploadId);
  if (!upload) return false;
  await blobs.delete(upload.value.key);
  await store.write({ opId: `collect/${uploadId}`, operations: [uploads.removing(upload)] });
  return true;
}

/** Removes what was uploaded for an app's publishes, once the app is taken down. */
export async function removeUploadsOf(
  appId: AppId,
  deps: UploadDeps & Pick<Deps, 'publishes'>,
): Promise<void> {
  const publishes = await deps.publishes.ofApp(appId, Number.POSITIVE_INFINITY);
  for (const key of new Set(publishes.map(({ artifact }) => artifact.key))) {
    const uploadId = UploadId.safeParse(/^incoming\/(.*)\.zip$/.exec(key)?.[1]).data;
    if (uploadId !== undefined && uploadKey(uploadId) === key) await removeUpload(uploadId, deps);
  }
}
