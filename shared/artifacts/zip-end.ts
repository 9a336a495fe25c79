import { HostileArtifact } from './artifact-faults.ts';
import { kindOfFile, TELLING_BYTES } from './other-formats.ts';
import { type PositionalReader, readWhole } from './positional-reader.ts';
import { findEndRecord } from './zip-end-record.ts';
import { IN_ZIP64, IN_ZIP64_SHORT, readUInt64, SIGNATURE } from './zip-records.ts';

/** Where the central directory stands. */
export interface Directory {
  start: number;
  end: number;
  entries: number;
  /** What to add to every offset the archive states: bytes put before it, as in a self-extracting archive. */
  base: number;
  /** It is not where the end record says, though nothing was put before the archive or taken away from its front. */
  misplaced: boolean;
}

interface EndRecord {
  position: number;
  disk: number;
  directoryDisk: number;
  entriesOnDisk: number;
  entries: number;
  directoryBytes: number;
  directoryOffset: number;
}

const LOCATOR64_BYTES = 20;
const END64_BYTES = 56;
/** Of the headers of an entry, before its name. */
const CENTRAL_BYTES = 46;
const LOCAL_BYTES = 30;

/**
 * Finds the central directory from the end of the archive. Bytes before the archive or after its comment are passed
 * over; anything two readers could take for two different directories is refused.
 * @throws HostileArtifact
 */
export async function findDirectory(reader: PositionalReader): Promise<Directory> {
  const end32 = await findEnd(reader);
  const end64 = await findEnd64(reader, end32);
  const end = end64?.record ?? end32;

  if (end.disk !== 0 || end.directoryDisk !== 0 || (end64?.disks ?? 1) > 1) {
    throw new HostileArtifact('artifact/multi-disk', { disk: end.disk });
  }
  if (end.entriesOnDisk !== end.entries) {
    throw new HostileArtifact('artifact/size-mismatch', { reason: 'entries', entries: end.entries });
  }
  const start = end.position - end.directoryBytes;
  const before = start - end.directoryOffset;
  // Negative when the front of the archive is missing: then what stood there is looked for, and not found.
  const misplaced = before < 0 && (await hasItsFront(reader, start));
  const base = misplaced ? 0 : before;
  if (end64 !== undefined && end64.statedPosition + before !== end.position) {
    throw new HostileArtifact('artifact/size-mismatch', { reason: 'zip64-locator' });
  }
  if (base > 0 && (await isDirectory(reader, end.directoryOffset))) {
    // One where the end record says it is, one right before it: readers differ on which to believe.
    throw new HostileArtifact('artifact/size-mismatch', { reason: 'two-directories' });
  }
  return { start, end: end.position, entries: end.entries, base, misplaced };
}

async function findEnd(reader: PositionalReader): Promise<EndRecord> {
  const found = await findEndRecord(reader);
  if (found === undefined) throw await withoutEnd(reader);
  const { position, record } = found;
  return {
    position,
    disk: record.readUInt16LE(4),
    directoryDisk: record.readUInt16LE(6),
    entriesOnDisk: record.readUInt16LE(8),
    entries: record.readUInt16LE(10),
    directoryBytes: record.readUInt32LE(12),
    directoryOffset: record.readUInt32LE(16),
  };
}

async function isDirectory(reader: PositionalReader, at: number): Promise<boolean> {
  const found = await reader.read(at, at + 4);
  return found.length === 4 && found.readUInt32LE() === SIGNATURE.central;
}

/** Does the first file of this directory stand exactly where the directory says, counted from the first byte? */
async function hasItsFront(reader: PositionalReader, start: number): Promise<boolean> {
  if (start < 0 || !(await isDirectory(reader, start))) return false;
  const central = await readWhole(reader, start, start + CENTRAL_BYTES);
  const nameBytes = central.readUInt16LE(28);
  const headerAt = central.readUInt32LE(42);
  const localEnd = headerAt + LOCAL_BYTES + nameBytes;
  if (start + CENTRAL_BYTES + nameBytes > reader.sizeBytes || localEnd > reader.sizeBytes) return false;
  const name = await readWhole(reader, start + CENTRAL_BYTES, start + CENTRAL_BYTES + nameBytes);
  const local = await readWhole(reader, headerAt, localEnd);
  return local.readUInt32LE() === SIGNATURE.local && local.subarray(LOCAL_BYTES).equals(name);
}

/** No end record: the front of a zip, a part of a split one, or something else altogether. */
async function withoutEnd(reader: PositionalReader): Promise<HostileArtifact> {
  const first = await reader.read(0, TELLING_BYTES);
  const signature = first.length >= 4 ? first.readUInt32LE() : 0;
  if (signature === SIGNATURE.local) return new HostileArtifact('artifact/truncated', { reason: 'no-end' });
  // A split archive's first part begins with this mark instead of a file.
  if (signature === SIGNATURE.descriptor) return new HostileArtifact('artifact/multi-disk');
  return new HostileArtifact('artifact/not-a-zip', { reason: 'no-end', kind: kindOfFile(first) });
}

interface End64 {
  record: EndRecord;
  /** Where the locator says the record is. */
  statedPosition: number;
  disks: number;
}

/** The zip64 end record, which stands right before its locator, which stands right before the end record. */
async function findEnd64(reader: PositionalReader, end: EndRecord): Promise<End64 | undefined> {
  const locatorAt = end.position - LOCATOR64_BYTES;
  const locator = locatorAt < 0 ? undefined : await readWhole(reader, locatorAt, end.position);
  if (locator?.readUInt32LE() !== SIGNATURE.locator64) {
    if (end.directoryBytes === IN_ZIP64 || end.directoryOffset === IN_ZIP64) {
      throw new HostileArtifact('artifact/truncated', { reason: 'zip64-locator' });
    }
    return undefined;
  }
  await refuseEncryptedDirectory(reader, readUInt64(locator, 8), locatorAt);
  const position = locatorAt - END64_BYTES;
  const block = await readWhole(reader, position, locatorAt);
  // Its stated length leaves out the signature and itself. A longer one holds what nobody but an attacker writes.
  if (block.readUInt32LE() !== SIGNATURE.end64 || readUInt64(block, 4) !== END64_BYTES - 12) {
    throw new HostileArtifact('artifact/size-mismatch', { reason: 'zip64-end' });
  }
  const record: EndRecord = {
    position,
    disk: block.readUInt32LE(16),
    directoryDisk: block.readUInt32LE(20),
    entriesOnDisk: readUInt64(block, 24),
    entries: readUInt64(block, 32),
    directoryBytes: readUInt64(block, 40),
    directoryOffset: readUInt64(block, 48),
  };
  refuseDisagreement(end, record);
  return { record, statedPosition: readUInt64(locator, 8), disks: locator.readUInt32LE(16) };
}

/** Where the fields of an encrypted directory begin in a zip64 end record, and the algorithm among them (APPNOTE 7.3.4). */
const ENCRYPTION = { leastBytes: END64_BYTES + 28, algorithmAt: END64_BYTES + 18 };

/** A longer zip64 end record tells how the directory is encrypted: then there is nothing to read at all. */
async function refuseEncryptedDirectory(
  reader: PositionalReader,
  position: number,
  locatorAt: number,
): Promise<void> {
  if (position + ENCRYPTION.leastBytes > locatorAt) return;
  const block = await readWhole(reader, position, position + ENCRYPTION.leastBytes);
  const isEnd64 =
    block.readUInt32LE() === SIGNATURE.end64 && position + 12 + readUInt64(block, 4) === locatorAt;
  if (isEnd64 && block.readUInt16LE(ENCRYPTION.algorithmAt) !== 0) {
    throw new HostileArtifact('artifact/encrypted', {}, '');
  }
}

const agrees = (short: number, long: number, deferred: number) => short === deferred || short === long;

/** The short record defers to the long one, or says the same. */
function refuseDisagreement(end: EndRecord, end64: EndRecord): void {
  const same =
    agrees(end.disk, end64.disk, IN_ZIP64_SHORT) &&
    agrees(end.directoryDisk, end64.directoryDisk, IN_ZIP64_SHORT) &&
    agrees(end.entriesOnDisk, end64.entriesOnDisk, IN_ZIP64_SHORT) &&
    agrees(end.entries, end64.entries, IN_ZIP64_SHORT) &&
    agrees(end.directoryBytes, end64.directoryBytes, IN_ZIP64) &&
    agrees(end.directoryOffset, end64.directoryOffset, IN_ZIP64);
  if (!same) throw new HostileArtifact('artifact/size-mismatch', { reason: 'zip64-end' });
}
