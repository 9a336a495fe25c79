import type { BlobStore } from '../blobs/blob-store.ts';
import type { ArtifactPin } from '../publishes/publish.ts';
import { type PositionalReader, readAhead } from './positional-reader.ts';

/**
 * Opens the accepted version of the bytes for as long as the work takes. Reads that lie side by side share one window.
 * @throws NotFound when that version is gone
 */
export async function withArtifact<T>(
  pin: ArtifactPin,
  blobs: BlobStore,
  work: (artifact: PositionalReader) => Promise<T>,
): Promise<T> {
  const blob = await blobs.get(pin.key, pin.versionId);
  try {
    return await work(readAhead(blob));
  } finally {
    await blob.close();
  }
}
