import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { BlobStore, BlobVersion } from '../blobs/blob-store.ts';
import { otherFile } from '../downloads/download-refused.ts';
import { hostOf } from '../downloads/download-url.ts';
import { Cancelled, NotFound } from '../errors/errors.ts';
import type { Deps } from '../runtime/deps.ts';
import { recordStage } from '../runtime/step.ts';
import { removeLeftovers } from './leftovers.ts';
import { type ArtifactPin, type ArtifactSource, isEnded, isPinned, type Publish } from './publish.ts';

/**
 * The pinned bytes of a publish. Where it named a URL they are fetched, once: they count only when they are those it
 * named, and are pinned then in place of the URL. Safe to run twice.
 * @throws DownloadRefused, HostileArtifact, SourceUnavailable as `Downloads`; Cancelled when the publish has ended
 */
export async function fetchArtifact(publish: Publish, deps: Deps): Promise<ArtifactPin> {
  const { publishId, artifact } = publish;
  const { blobs, publishes } = deps;
  if (isPinned(artifact)) return artifact;
  // It can take minutes, and whoever looks should see that something is going on.
  await recordStage(publish, 'fetching', deps, (fresh) => ({ ...fresh, status: 'running' }));
  const { versionId, sha256, sizeBytes } =
    (await fetchedBefore(artifact, blobs)) ?? (await fetchNow(artifact, deps));
  const pin: ArtifactPin = { key: artifact.key, versionId, sha256, sizeBytes };
  const { value: now } = await publishes.get(publishId);
  if (isEnded(now.status)) {
    // Whoever ended it has cleared up already, perhaps before there was anything.
    await removeLeftovers(now, blobs);
    throw new Cancelled(`${publishId} ended while its artifact was fetched`);
  }
  await recordStage(publish, 'fetched', deps, (fresh) =>
    isPinned(fresh.artifact) ? fresh : { ...fresh, artifact: pin },
  );
  return pin;
}

/** By a run of this step that died before it could say so. */
async function fetchedBefore(source: ArtifactSource, blobs: BlobStore): Promise<BlobVersion | undefined> {
  try {
    const blob = await blobs.get(source.key);
    await blob.close();
    return blob.sha256 === source.sha256 ? blob : undefined;
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}

async function fetchNow(
  { key, url, sha256 }: ArtifactSource,
  { blobs, downloads, settings, log }: Deps,
): Promise<BlobVersion> {
  const bytes = await downloads.open(url, settings.limits.archiveBytes);
  const stored = await blobs.put(key, Readable.from(checked(bytes, sha256)));
  log.info('artifact fetched', { key, from: hostOf(new URL(url)), sizeBytes: stored.sizeBytes });
  return stored;
}

/** The same bytes, with an error in place of their end when they are not the file meant: nothing is stored then. */
async function* checked(bytes: AsyncIterable<Uint8Array>, sha256: string): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  for await (const chunk of bytes) {
    hash.update(chunk);
    yield chunk;
  }
  const arrived = hash.digest('hex');
  if (arrived !== sha256) throw otherFile(sha256, arrived);
}
