import type { BlobStore } from '../blobs/blob-store.ts';
import type { PublishId } from '../ids/ids.ts';
import { removeWork } from '../releases/work.ts';
import type { Publish } from './publish.ts';

/** Where the archive stands that came inside the request itself, or was fetched for it. */
export const inlineArtifactKey = (publishId: PublishId): string => `incoming/${publishId}.zip`;

/**
 * Removes what a publish that has ended needs no more: its listing, and the archive that came with its request
 * or was fetched for it. A question keeps the archive, for the answer runs on from it. One that was uploaded stays: another publish may name it,
 * and the upload's own end removes it. Safe to run twice.
 */
export async function removeLeftovers(
  { publishId, artifact, status }: Pick<Publish, 'publishId' | 'artifact' | 'status'>,
  blobs: BlobStore,
): Promise<void> {
  await removeWork(blobs, publishId);
  const inline = artifact.key === inlineArtifactKey(publishId);
  if (inline && status !== 'needs-answers') await blobs.delete(artifact.key);
}
