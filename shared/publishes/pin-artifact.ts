import { DownloadRefused } from '../downloads/download-refused.ts';
import { checkUrl } from '../downloads/download-url.ts';
import { NotFound } from '../errors/errors.ts';
import { refuse } from '../errors/problems.ts';
import type { PublishId, UploadId } from '../ids/ids.ts';
import type { Platform } from '../platforms/platform.ts';
import type { Deps } from '../runtime/deps.ts';
import { inlineArtifactKey } from './leftovers.ts';
import type { ArtifactPin, ArtifactSource } from './publish.ts';

/** How a publish request names its bytes. */
export type NamedArtifact = { uploadId: UploadId } | { zip: string } | { url: string; sha256: string };

/** Pins the bytes: the version that was uploaded, or the archive that came along; of one that lies elsewhere, the digest. */
export async function pinArtifact(
  publishId: PublishId,
  artifact: NamedArtifact,
  platform: Platform,
  deps: Deps,
): Promise<ArtifactPin | ArtifactSource> {
  if ('url' in artifact) return sourceOf(publishId, artifact, deps);
  if ('uploadId' in artifact) {
    const upload = (await deps.uploads.find(artifact.uploadId))?.value;
    if (!upload || upload.platform !== platform.platformId)
      throw refuse('upload/unknown', 'There is no such upload.');
    const blob = await deps.blobs.get(upload.key).catch((error: unknown) => {
      if (error instanceof NotFound) throw refuse('upload/unknown', 'Nothing has been uploaded there yet.');
      throw error;
    });
    await blob.close();
    return { key: upload.key, versionId: blob.versionId, sha256: upload.sha256, sizeBytes: blob.sizeBytes };
  }
  const bytes = Buffer.from(artifact.zip, 'base64');
  if (bytes.toString('base64').replace(/=+$/, '') !== artifact.zip.replace(/=+$/, '')) {
    throw refuse('body/fields', 'artifact.zip: not base64', {
      fields: [{ path: 'artifact.zip', message: 'not base64' }],
    });
  }
  const key = inlineArtifactKey(publishId);
  const { versionId, sha256: digest, sizeBytes } = await deps.blobs.put(key, bytes);
  return { key, versionId, sha256: digest, sizeBytes };
}

/** Nothing is fetched here; what can be seen from the URL alone is said at once, though. */
function sourceOf(
  publishId: PublishId,
  { url, sha256: digest }: { url: string; sha256: string },
  { settings }: Deps,
): ArtifactSource {
  try {
    const { href } = checkUrl(url, settings.downloads);
    return { key: inlineArtifactKey(publishId), url: href, sha256: digest };
  } catch (error) {
    if (!(error instanceof DownloadRefused)) throw error;
    const { title, why } = error.finding;
    throw refuse('artifact/url', `${title}. ${why}`, { findings: [error.finding] });
  }
}
