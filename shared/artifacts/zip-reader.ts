/**
 * Reads zip archives as if each came from an enemy: by file position, in bounded memory, refusing the whole archive at
 * the first thing that two readers could see differently or that could harm whoever unpacks it.
 */
import { type ArtifactFault, HostileArtifact, type NoteCode } from './artifact-faults.ts';
import { type ArtifactLimits, DEFAULT_LIMITS } from './limits.ts';
import { buffered, type PositionalReader } from './positional-reader.ts';
import { refuseCollisions, tidy } from './tidy.ts';
import type { ListedFile } from './zip-content.ts';
import { readDirectory } from './zip-directory.ts';
import { findDirectory } from './zip-end.ts';
import { type LocatedEntry, locateEntries } from './zip-local.ts';

export { type ListedFile, openEntry, readEntry } from './zip-content.ts';

export interface Listing {
  /** The files, in the order of their bytes in the archive, so that unpacking reads it once from front to back. */
  entries: ListedFile[];
  /** What was forgiven. */
  notes: ArtifactFault<NoteCode>[];
}

/**
 * Everything the archive says about its files, checked but for their contents, which `openEntry` checks. Holds no more
 * than the listing and a window of the archive in memory.
 * @throws HostileArtifact
 */
export async function readListing(
  reader: PositionalReader,
  limits: ArtifactLimits = DEFAULT_LIMITS,
): Promise<Listing> {
  if (reader.sizeBytes === 0) throw new HostileArtifact('artifact/empty');
  refuseOver('artifact/too-large', reader.sizeBytes, limits.archiveBytes);
  const source = buffered(reader);
  const directory = await findDirectory(source);
  if (directory.entries > limits.files) {
    throw new HostileArtifact('artifact/too-many-files', { files: directory.entries, limit: limits.files });
  }
  const stated = await readDirectory(source, directory, limits);
  const located = await locateEntries(source, stated, directory.start);
  if (directory.misplaced) {
    throw new HostileArtifact('artifact/size-mismatch', { reason: 'directory-offset' });
  }
  refuseBombs(located, reader.sizeBytes, limits);
  refuseCollisions(located);
  const { files, notes } = tidy(located.filter((entry) => !entry.isFolder).map(listed));
  if (files.length === 0) throw new HostileArtifact('artifact/empty');
  return { entries: files, notes };
}

function listed(entry: LocatedEntry): ListedFile {
  const { path, method, compressedSize, sizeBytes, crc32 } = entry;
  return { path, method, offset: entry.dataAt, compressedSize, sizeBytes, crc32 };
}

/** Limits on what it all unpacks to; the most telling one speaks first. */
function refuseBombs(entries: readonly LocatedEntry[], archiveBytes: number, limits: ArtifactLimits): void {
  let unpackedBytes = 0;
  for (const { name, sizeBytes, compressedSize } of entries) {
    unpackedBytes += sizeBytes;
    refuseRatio(sizeBytes, compressedSize, limits, name);
    refuseOver('artifact/file-too-large', sizeBytes, limits.fileBytes, name);
  }
  // All together: the largest stands for the rest, so that there is a name to show.
  const largest = entries.reduce((a, b) => (b.sizeBytes > a.sizeBytes ? b : a), { name: '', sizeBytes: 0 });
  refuseRatio(unpackedBytes, archiveBytes, limits, largest.name);
  refuseOver('artifact/unpacked-too-large', unpackedBytes, limits.unpackedBytes);
}

function refuseRatio(sizeBytes: number, packedBytes: number, limits: ArtifactLimits, entry: string): void {
  if (sizeBytes > limits.ratioFromBytes && sizeBytes > limits.ratio * packedBytes) {
    throw new HostileArtifact('artifact/ratio', { sizeBytes, packedBytes, limit: limits.ratio }, entry);
  }
}

function refuseOver(
  code: 'artifact/too-large' | 'artifact/unpacked-too-large' | 'artifact/file-too-large',
  sizeBytes: number,
  limitBytes: number,
  entry?: string,
): void {
  if (sizeBytes > limitBytes) throw new HostileArtifact(code, { sizeBytes, limitBytes }, entry);
}
