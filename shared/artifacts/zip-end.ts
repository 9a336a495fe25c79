import { HostileArtifact } from './artifact-faults.ts';
import { type PositionalReader, readWhole } from './positional-reader.ts';
import { IN_ZIP64, IN_ZIP64_SHORT, readUInt64, SIGNATURE } from './zip-records.ts';

/** Where the central directory stands. */
export interface Directory {
  start: number;
  end: number;
  entries: number;
  /** What to add to every offset the archive states: bytes put before it, as in a self-extracting archive. */
  base: number;
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

const END_BYTES = 22;
const LOCATOR64_BYTES = 20;
const END64_BYTES = 56;
const MAX_COMMENT_BYTES = 0xffff;

/**
 * Finds the central directory from the end of the archive. Bytes before the archive or after its comment are passed
 * over; anything two readers could take for two different directories is refused.
 * @throws HostileArtifact
 */
export async function findDirectory(reader: PositionalReader): Promise<Directory> {
  const end32 = await findEnd(reader);
  const end64 = await findEnd64(reader, end32);
  const end = end64?.record ?? end32;

  if (
    end.disk !== 0 ||
    end.directoryDisk !== 0 ||
    end.entriesOnDisk !== end.entries ||
    (end64?.disks ?? 1) > 1
  ) {
    throw new HostileArtifact('artifact/multi-disk', { disk: end.disk });
  }
  const start = end.position - end.directoryBytes;
  // Negative when the front of the archive is missing: then what stood there is looked for, and not found.
  const base = start - end.directoryOffset;
  if (end64 !== undefined && end64.statedPosition + base !== end.position) {
    throw new HostileArtifact('artifact/size-mismatch', { reason: 'zip64-locator' });
  }
  return { start, end: end.position, entries: end.entries, base };
}

async function findEnd(reader: PositionalReader): Promise<EndRecord> {
  const tailStart = Math.max(0, reader.sizeBytes - END_BYTES - MAX_COMMENT_BYTES);
  const tail = await readWhole(reader, tailStart, reader.sizeBytes);
  const candidates = endCandidates(tail);
  // An end record may hide in another one's comment, with a directory of its own; which one counts, readers differ on.
  const exact = candidates.filter((at) => at + END_BYTES + commentBytes(tail, at) === tail.length);
  if (exact.length > 1) throw new HostileArtifact('artifact/not-a-zip', { reason: 'two-ends' });
  const at = exact[0] ?? candidates[0];
  if (at === undefined) throw await withoutEnd(reader);
  if (at + END_BYTES + commentBytes(tail, at) > tail.length) {
    throw new HostileArtifact('artifact/truncated', { reason: 'comment' });
  }
  return {
    position: tailStart + at,
    disk: tail.readUInt16LE(at + 4),
    directoryDisk: tail.readUInt16LE(at + 6),
    entriesOnDisk: tail.readUInt16LE(at + 8),
    entries: tail.readUInt16LE(at + 10),
    directoryBytes: tail.readUInt32LE(at + 12),
    directoryOffset: tail.readUInt32LE(at + 16),
  };
}

const commentBytes = (tail: Buffer, at: number) => tail.readUInt16LE(at + 20);

/** Positions that look like an end record, last first. */
function endCandidates(tail: Buffer): number[] {
  const signature = Buffer.alloc(4);
  signature.writeUInt32LE(SIGNATURE.end);
  const found: number[] = [];
  let at = tail.length - END_BYTES;
  while (at >= 0) {
    at = tail.lastIndexOf(signature, at);
    if (at < 0) break;
    found.push(at);
    at -= 1;
  }
  return found;
}

/** No end record: the front of a zip, a part of a split one, or something else altogether. */
async function withoutEnd(reader: PositionalReader): Promise<HostileArtifact> {
  const first = await reader.read(0, 4);
  const signature = first.length === 4 ? first.readUInt32LE() : 0;
  if (signature === SIGNATURE.local) return new HostileArtifact('artifact/truncated', { reason: 'no-end' });
  // A split archive's first part begins with this mark instead of a file.
  if (signature === SIGNATURE.descriptor) return new HostileArtifact('artifact/multi-disk');
  return new HostileArtifact('artifact/not-a-zip', { reason: 'no-end' });
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
