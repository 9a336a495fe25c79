import { HostileArtifact } from './artifact-faults.ts';
import { type PositionalReader, readWhole } from './positional-reader.ts';
import type { CentralEntry } from './zip-directory.ts';
import { decodeName } from './zip-names.ts';
import { ENCRYPTED_FLAGS, EXTRA, FLAG, IN_ZIP64, parseExtra, readUInt64, SIGNATURE } from './zip-records.ts';

/** An entry whose local header, data and descriptor agree with the central directory. */
export interface LocatedEntry extends CentralEntry {
  /** Position of the first compressed byte. */
  dataAt: number;
}

const HEADER_BYTES = 30;

/**
 * Walks the archive from front to back, holding every local header and data descriptor against the directory. No two
 * entries may share a byte, and no entry may stand between them that the directory does not know.
 * @throws HostileArtifact
 */
export async function locateEntries(
  reader: PositionalReader,
  entries: readonly CentralEntry[],
  directoryStart: number,
): Promise<LocatedEntry[]> {
  const ordered = entries.toSorted((a, b) => a.headerAt - b.headerAt);
  const located: LocatedEntry[] = [];
  let cursor = 0;
  for (const [index, entry] of ordered.entries()) {
    const next = ordered[index + 1]?.headerAt ?? directoryStart;
    const { dataAt, end } = await checkLocal(reader, entry, next);
    await refuseUnlisted(reader, cursor, entry.headerAt);
    cursor = end;
    located.push({ ...entry, dataAt });
  }
  await refuseUnlisted(reader, cursor, directoryStart);
  return located;
}

/** What fills the gap before an entry may be anything but a file that other readers would find. */
async function refuseUnlisted(reader: PositionalReader, from: number, to: number): Promise<void> {
  if (to - from < HEADER_BYTES) return;
  const gap = await readWhole(reader, from, from + 4);
  if (gap.readUInt32LE() === SIGNATURE.local) {
    throw new HostileArtifact('artifact/size-mismatch', { reason: 'unlisted-entry', at: from });
  }
}

async function checkLocal(
  reader: PositionalReader,
  entry: CentralEntry,
  next: number,
): Promise<{ dataAt: number; end: number }> {
  const fixed = await readWhole(reader, entry.headerAt, entry.headerAt + HEADER_BYTES, entry.name);
  // Before anything else, so that one local header under many names is called what it is.
  if (next === entry.headerAt) throw new HostileArtifact('artifact/overlap', {}, entry.name);
  if (fixed.readUInt32LE() !== SIGNATURE.local) {
    throw new HostileArtifact('artifact/size-mismatch', { reason: 'local-header' }, entry.name);
  }
  const nameEnd = HEADER_BYTES + fixed.readUInt16LE(26);
  const headerEnd = nameEnd + fixed.readUInt16LE(28);
  const header = await readWhole(reader, entry.headerAt, entry.headerAt + headerEnd, entry.name);
  const flags = header.readUInt16LE(6);
  if ((flags & ENCRYPTED_FLAGS) !== 0) throw new HostileArtifact('artifact/encrypted', {}, entry.name);
  const method = header.readUInt16LE(8);
  if (method !== entry.method) throw new HostileArtifact('artifact/unknown-method', { method }, entry.name);
  refuseOtherName(entry, header.subarray(HEADER_BYTES, nameEnd), flags);

  const streamed = (flags & FLAG.descriptor) !== 0;
  const stated = statedSizes(header, header.subarray(nameEnd), entry.name);
  refuseOtherSizes(entry, stated, streamed);

  const dataAt = entry.headerAt + headerEnd;
  const dataEnd = dataAt + entry.compressedSize;
  if (dataEnd > reader.sizeBytes) {
    throw new HostileArtifact(
      'artifact/truncated',
      { endsAt: reader.sizeBytes, neededTo: dataEnd },
      entry.name,
    );
  }
  // Folders have nothing to describe, and many tools then leave the descriptor out.
  const described = streamed && !entry.isFolder;
  const end = dataEnd + (described ? await descriptorBytes(reader, entry, dataEnd) : 0);
  if (end > next) throw new HostileArtifact('artifact/overlap', {}, entry.name);
  return { dataAt, end };
}

/** Names are compared as read, not as bytes: some tools write each header in its own encoding. */
function refuseOtherName(entry: CentralEntry, raw: Buffer, flags: number): void {
  const name = decodeName(raw, (flags & FLAG.utf8) !== 0);
  if (name !== entry.name)
    throw new HostileArtifact('artifact/name-invalid', { reason: 'two-names' }, entry.name);
}

interface Sizes {
  crc32: number;
  compressedSize: number;
  sizeBytes: number;
}

function statedSizes(header: Buffer, extraBlock: Buffer, name: string): Sizes {
  const sizes = {
    crc32: header.readUInt32LE(14),
    compressedSize: header.readUInt32LE(18),
    sizeBytes: header.readUInt32LE(22),
  };
  const extra = parseExtra(extraBlock);
  if (typeof extra === 'string') {
    throw new HostileArtifact('artifact/size-mismatch', { reason: `extra-${extra}` }, name);
  }
  const zip64 = extra.get(EXTRA.zip64);
  let at = 0;
  for (const field of ['sizeBytes', 'compressedSize'] as const) {
    if (sizes[field] === IN_ZIP64 && zip64 !== undefined && at + 8 <= zip64.length) {
      sizes[field] = readUInt64(zip64, at);
      at += 8;
    }
  }
  return sizes;
}

/** What was streamed into the archive may leave a field empty here, and tell it in the descriptor. */
function refuseOtherSizes(entry: CentralEntry, stated: Sizes, streamed: boolean): void {
  const agrees = (here: number, there: number) => here === there || (streamed && here === 0);
  if (!agrees(stated.compressedSize, entry.compressedSize) || !agrees(stated.sizeBytes, entry.sizeBytes)) {
    throw new HostileArtifact(
      'artifact/size-mismatch',
      { statedBytes: stated.sizeBytes, sizeBytes: entry.sizeBytes },
      entry.name,
    );
  }
  if (!agrees(stated.crc32, entry.crc32)) {
    throw new HostileArtifact('artifact/crc', { reason: 'headers-differ' }, entry.name);
  }
}

/** Length of the data descriptor: with or without a signature, with 32-bit or 64-bit sizes. */
async function descriptorBytes(reader: PositionalReader, entry: CentralEntry, at: number): Promise<number> {
  const found = await reader.read(at, at + 24);
  const layouts = descriptorLayouts(entry);
  const match = layouts.find((layout) => found.subarray(0, layout.length).equals(layout));
  if (match !== undefined) return match.length;
  const crc = Buffer.alloc(4);
  crc.writeUInt32LE(entry.crc32);
  const sameCrc = found.subarray(0, 4).equals(crc) || found.subarray(4, 8).equals(crc);
  const code = sameCrc ? 'artifact/size-mismatch' : 'artifact/crc';
  throw new HostileArtifact(code, { reason: 'descriptor' }, entry.name);
}

function descriptorLayouts(entry: CentralEntry): Buffer[] {
  const wide = Buffer.alloc(24);
  wide.writeUInt32LE(SIGNATURE.descriptor, 0);
  wide.writeUInt32LE(entry.crc32, 4);
  wide.writeBigUInt64LE(BigInt(entry.compressedSize), 8);
  wide.writeBigUInt64LE(BigInt(entry.sizeBytes), 16);
  const short = Buffer.alloc(16);
  wide.copy(short, 0, 0, 12);
  wide.copy(short, 12, 16, 20);
  return [wide, short, wide.subarray(4), short.subarray(4)];
}
