import { Readable } from 'node:stream';
import { withArtifact } from '../../shared/artifacts/open-artifact.ts';
import type { PositionalReader } from '../../shared/artifacts/positional-reader.ts';
import { openEntry, readEntry } from '../../shared/artifacts/zip-reader.ts';
import type { BlobVersion } from '../../shared/blobs/blob-store.ts';
import { NotFound, Refused, ReleaseDeleting } from '../../shared/errors/errors.ts';
import { finding } from '../../shared/findings/catalogue.ts';
import { besidesOf } from '../../shared/hosting/release-objects.ts';
import { type AppId, instant, type ReleaseId, sha256 } from '../../shared/ids/ids.ts';
import { type Publish, pinOf } from '../../shared/publishes/publish.ts';
import type { Versioned } from '../../shared/records/record-type.ts';
import type { Release } from '../../shared/releases/release.ts';
import { releasePrefix } from '../../shared/releases/releases.ts';
import { HOOK_VERSION, withHook } from '../../shared/releases/telemetry-hook.ts';
import { loadWork, manifestKey, servedFiles, type Work, type WorkFile } from '../../shared/releases/work.ts';
import type { Deps } from '../../shared/runtime/deps.ts';
import { inParallel } from '../../shared/runtime/in-parallel.ts';
import { stageStep } from '../../shared/runtime/step.ts';

/** How many small files are written side by side: the more, the fewer syncs they share. */
const WRITERS = 64;

/** Larger files go one by one, as streams, so that memory stays within bounds. */
const SMALL_BYTES = 262_144;

/**
 * Writes every file of the release once, durably, straight to its own prefix, and beside them whatever else this edition's
 * edge wants to find there. Only then does the record say `stored`; nothing points at a release that is not.
 * @throws ReleaseDeleting while the same release is being collected
 */
export const deploy = stageStep('deploy', async (publish, deps) => {
  const { blobs, releases, effects, clock } = deps;
  const release = publish.release;
  if (!release) throw new NotFound(`publish ${publish.publishId} names no release`);
  const read = await releases.find(publish.appId, release);
  if (read?.value.state === 'stored') {
    await take(read, publish, deps);
    return { outcome: 'unchanged' };
  }
  if (read?.value.state === 'deleting') throw new ReleaseDeleting(`${release} is being collected`);
  const work = await loadWork(blobs, publish.publishId);
  const building = newRelease(publish, release, work, instant(clock.now()));
  if (!read) {
    const operations = [releases.changing(undefined, building)];
    await effects.commit({ opId: `${publish.publishId}/building/${release}`, operations });
  }
  const { put, besides } = writerOf(publish.appId, release, work, deps);
  try {
    await withArtifact(pinOf(publish), blobs, async (artifact) => {
      const [small, large] = [work.files.filter(isSmall), work.files.filter((file) => !isSmall(file))];
      await inParallel(small, WRITERS, (file) => write(artifact, file, put));
      for (const file of large) await writeStream(artifact, file, put);
    });
    await inParallel(besides, WRITERS, async ({ path, content }) => {
      await put(path, Buffer.from(content));
    });
  } catch (error) {
    if (error instanceof Refused) {
      return {
        outcome: 'refused',
        status: 'failed',
        findings: [finding('artifact/changed', {})],
        halt: error,
      };
    }
    throw error;
  }
  await blobs.put(
    manifestKey(publish.appId, release),
    Buffer.from(JSON.stringify({ files: servedFiles(work.files) })),
  );
  const operations = [
    releases.changing(read ?? { value: building, version: 1 }, { ...building, state: 'stored' }),
  ];
  await effects.commit({ opId: `${publish.publishId}/stored/${release}`, operations });
  return { outcome: 'stored' };
});

/** Marks a release that is there as this publish's, so that it is not collected meanwhile. */
async function take(
  read: Versioned<Release>,
  { publishId }: Publish,
  { releases, effects }: Deps,
): Promise<void> {
  if (read.value.usedBy === publishId) return;
  const operations = [releases.changing(read, { ...read.value, usedBy: publishId })];
  await effects.commit({ opId: `${publishId}/take/v${read.version}`, operations });
}

/** Stores one object of the release, at its path there. */
type Put = (path: string, body: Uint8Array | Readable) => Promise<BlobVersion>;

/** How the release is written as this edition's edge wants it: each object with what the edge has to know of it. */
function writerOf(appId: AppId, release: ReleaseId, work: Work, { blobs, settings }: Deps) {
  const prefix = releasePrefix(appId, release);
  const objects = settings.objectsOf(work.files.map(({ path }) => path));
  const metadata = new Map(objects.map((object) => [object.path, object.metadata]));
  const put: Put = (path, body) => blobs.put(prefix + path, body, metadata.get(path));
  return { put, besides: besidesOf(objects) };
}

/** Writes one file as it is served, after checking that it is the one that was looked at. */
async function write(artifact: PositionalReader, file: WorkFile, put: Put): Promise<void> {
  const original = await readEntry(artifact, file);
  const content = file.served ? withHook(original, file.served.hookAt) : original;
  if (sha256(content) !== (file.served ?? file).sha256) {
    throw new Refused(`${file.path} is not what was scanned`);
  }
  await put(file.path, content);
}

const isSmall = (file: WorkFile): boolean => file.sizeBytes <= SMALL_BYTES || file.served !== undefined;

/** As `write`, for a file that is served as it came. Nothing points at the release when its bytes turn out wrong. */
async function writeStream(artifact: PositionalReader, file: WorkFile, put: Put): Promise<void> {
  const stored = await put(file.path, Readable.from(openEntry(artifact, file)));
  if (stored.sha256 !== file.sha256) throw new Refused(`${file.path} is not what was scanned`);
}

function newRelease(publish: Publish, release: ReleaseId, work: Work, now: string): Release {
  const served = servedFiles(work.files);
  const index = served.find((file) => file.path === 'index.html');
  if (!index || !work.scan)
    throw new NotFound(`publish ${publish.publishId} has no index page or was not scanned`);
  return {
    appId: publish.appId,
    release,
    state: 'building',
    usedBy: publish.publishId,
    fileCount: served.length,
    sizeBytes: served.reduce((sum, file) => sum + file.sizeBytes, 0),
    indexSha256: index.sha256,
    hookVersion: HOOK_VERSION,
    facts: work.scan.facts,
    scanFindings: work.scan.findings,
    createdAt: now,
  };
}
