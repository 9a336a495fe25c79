import { createHash } from 'node:crypto';
import { HostileArtifact } from '../../shared/artifacts/artifact-faults.ts';
import { artifactFinding } from '../../shared/artifacts/artifact-finding.ts';
import { digestFiles } from '../../shared/artifacts/digest-files.ts';
import { readAhead } from '../../shared/artifacts/positional-reader.ts';
import { readListing } from '../../shared/artifacts/zip-reader.ts';
import type { BlobReader } from '../../shared/blobs/blob-store.ts';
import { DownloadRefused } from '../../shared/downloads/download-refused.ts';
import { NotFound, Refused } from '../../shared/errors/errors.ts';
import { finding } from '../../shared/findings/catalogue.ts';
import { fetchArtifact } from '../../shared/publishes/fetch-artifact.ts';
import type { ArtifactPin } from '../../shared/publishes/publish.ts';
import { saveWork } from '../../shared/releases/work.ts';
import { stageStep } from '../../shared/runtime/step.ts';

/**
 * Fetches the artifact if it lies elsewhere, reads the pinned bytes as an enemy's, and keeps a listing of what is in them.
 * Writes no file of it.
 */
export const unpack = stageStep('unpack', async (publish, deps) => {
  const { blobs, settings } = deps;
  let artifact: BlobReader | undefined;
  try {
    const pin = await fetchArtifact(publish, deps);
    artifact = await openPinned(pin, blobs);
    if (!artifact || !(await isAsAccepted(artifact, pin))) return refused(finding('artifact/changed', {}));
    const reader = readAhead(artifact);
    const listing = await readListing(reader, settings.limits);
    await saveWork(blobs, publish.publishId, { files: await digestFiles(reader, listing.entries) });
    return { outcome: 'unpacked', findings: listing.notes.map(artifactFinding) };
  } catch (error) {
    if (error instanceof HostileArtifact) return refused(artifactFinding(error));
    if (error instanceof DownloadRefused) return refused(error.finding);
    throw error;
  } finally {
    await artifact?.close();
  }
});

function refused(found: ReturnType<typeof finding>) {
  return {
    outcome: 'refused',
    status: 'failed' as const,
    findings: [found],
    halt: new Refused(`the artifact was refused: ${found.code}`),
  };
}

/** The accepted version of the bytes, or undefined when it is gone. */
async function openPinned(
  pin: ArtifactPin,
  blobs: Parameters<typeof saveWork>[0],
): Promise<BlobReader | undefined> {
  try {
    return await blobs.get(pin.key, pin.versionId);
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
}

async function isAsAccepted(artifact: BlobReader, pin: ArtifactPin): Promise<boolean> {
  const hash = createHash('sha256');
  for await (const chunk of artifact.stream()) hash.update(chunk as Buffer);
  return hash.digest('hex') === pin.sha256;
}
