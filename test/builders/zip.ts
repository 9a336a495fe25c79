import { crc32, deflateRawSync } from 'node:zlib';
import type { PositionalReader } from '../../shared/artifacts/positional-reader.ts';

/** What one header says of an entry. */
export interface HeaderFields {
  flags: number;
  method: number;
  crc32: number;
  compressedSize: number;
  sizeBytes: number;
  name: Buffer | string;
  extra: Buffer;
}

export interface ZipEntry {
  name: Buffer | string;
  content?: Buffer | string;
  method?: number;
  flags?: number;
  extra?: Buffer;
  /** The bytes as they stand in the archive, in place of the content stored or deflated. */
  packed?: Buffer;
  /** A Unix mode with its file type. */
  mode?: number;
  externalAttributes?: number;
  /** A data descriptor behind the data, and empty sizes before it. */
  descriptor?: 'signed' | 'bare' | 'signed64' | 'bare64';
  descriptorSays?: Partial<Pick<HeaderFields, 'crc32' | 'compressedSize' | 'sizeBytes'>>;
  /** What the local header says in place of the truth; `signature` and `skip` (not written at all) besides. */
  local?: Partial<HeaderFields> & { signature?: number; skip?: boolean };
  /** What the central directory says in place of the truth; `unlisted` leaves it out. */
  central?: Partial<HeaderFields> & {
    signature?: number;
    offset?: number;
    disk?: number;
    comment?: Buffer;
    unlisted?: boolean;
  };
}

export interface ZipShape {
  /** Bytes before the archive; offsets do not count them. */
  prefix?: Buffer;
  /** Bytes between the directory and its end record. */
  gap?: Buffer;
  comment?: Buffer;
  /** A digital signature as the last record of the directory. */
  signature?: Buffer;
  /** Bytes after the comment. */
  suffix?: Buffer;
  /** What the end record says in place of the truth. */
  end?: Partial<EndFields>;
  /** A zip64 end record with its locator, and what they say in place of the truth. */
  end64?: Partial<EndFields> & {
    recordBytes?: number;
    /** What stands between the record and the locator. */
    more?: Buffer;
    signature?: number;
    position?: number;
    disks?: number;
  };
}

export interface EndFields {
  disk: number;
  directoryDisk: number;
  entriesOnDisk: number;
  entries: number;
  directoryBytes: number;
  directoryOffset: number;
  commentBytes: number;
}

/** Builds a zip byte by byte. It writes an honest archive unless told to lie, about anything. */
export function buildZip(entries: readonly ZipEntry[], shape: ZipShape = {}): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const entry of entries) {
    const local = entry.local?.skip === true ? Buffer.alloc(0) : localPart(entry);
    if (entry.central?.unlisted !== true) directory.push(centralHeader(entry, at));
    parts.push(local);
    at += local.length;
  }
  const count = directory.length;
  if (shape.signature !== undefined) directory.push(signatureRecord(shape.signature));
  const central = Buffer.concat(directory);
  const truth: EndFields = {
    disk: 0,
    directoryDisk: 0,
    entriesOnDisk: count,
    entries: count,
    directoryBytes: central.length,
    directoryOffset: at,
    commentBytes: shape.comment?.length ?? 0,
  };
  const empty = Buffer.alloc(0);
  return Buffer.concat([
    shape.prefix ?? empty,
    ...parts,
    central,
    shape.end64 === undefined ? empty : end64(truth, shape.end64, at + central.length),
    shape.gap ?? empty,
    endRecord({ ...truth, ...shape.end }),
    shape.comment ?? empty,
    shape.suffix ?? empty,
  ]);
}

/** Serves a buffer by position, and remembers the longest read and how many there were. */
export function bufferReader(bytes: Buffer): PositionalReader & { longest: number; reads: number } {
  return {
    sizeBytes: bytes.length,
    longest: 0,
    reads: 0,
    async read(start, end) {
      this.reads += 1;
      this.longest = Math.max(this.longest, end - start);
      return Buffer.from(bytes.subarray(start, end));
    },
  };
}

/** An extra field: id, length, value. */
export function extraField(id: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(id, 0);
  head.writeUInt16LE(value.length, 2);
  return Buffer.concat([head, value]);
}

/** 64-bit little-endian numbers, one after another. */
export function uint64s(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 8);
  for (const [index, value] of values.entries()) bytes.writeBigUInt64LE(BigInt(value), index * 8);
  return bytes;
}

function truthOf(entry: ZipEntry) {
  const content = Buffer.from(entry.content ?? '');
  const method = entry.method ?? 0;
  const packed = entry.packed ?? (method === 8 ? deflateRawSync(content) : content);
  return {
    packed,
    flags: (entry.flags ?? 0) | (entry.descriptor === undefined ? 0 : 0x8),
    method,
    crc32: crc32(content),
    compressedSize: packed.length,
    sizeBytes: content.length,
    name: entry.name,
    extra: entry.extra ?? Buffer.alloc(0),
  };
}

function localPart(entry: ZipEntry): Buffer {
  const truth = truthOf(entry);
  const streamed = entry.descriptor === undefined ? {} : { crc32: 0, compressedSize: 0, sizeBytes: 0 };
  const says = { ...truth, ...streamed, ...entry.local };
  const name = Buffer.from(says.name);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(entry.local?.signature ?? 0x04034b50, 0);
  header.writeUInt16LE(20, 4);
  header.writeUInt16LE(says.flags, 6);
  header.writeUInt16LE(says.method, 8);
  header.writeUInt32LE(says.crc32, 14);
  header.writeUInt32LE(says.compressedSize, 18);
  header.writeUInt32LE(says.sizeBytes, 22);
  header.writeUInt16LE(name.length, 26);
  header.writeUInt16LE(says.extra.length, 28);
  return Buffer.concat([header, name, says.extra, truth.packed, descriptorOf(entry, truth)]);
}

function descriptorOf(entry: ZipEntry, truth: ReturnType<typeof truthOf>): Buffer {
  if (entry.descriptor === undefined) return Buffer.alloc(0);
  const says = { ...truth, ...entry.descriptorSays };
  const signature = Buffer.from([0x50, 0x4b, 7, 8]);
  const head = Buffer.alloc(4);
  head.writeUInt32LE(says.crc32);
  const sizes = uint64s(says.compressedSize, says.sizeBytes);
  const wide = entry.descriptor.endsWith('64');
  const tail = wide ? sizes : Buffer.concat([sizes.subarray(0, 4), sizes.subarray(8, 12)]);
  return Buffer.concat([entry.descriptor.startsWith('signed') ? signature : Buffer.alloc(0), head, tail]);
}

function centralHeader(entry: ZipEntry, offset: number): Buffer {
  const says = { ...truthOf(entry), ...entry.central };
  const name = Buffer.from(says.name);
  const comment = entry.central?.comment ?? Buffer.alloc(0);
  const header = Buffer.alloc(46);
  header.writeUInt32LE(entry.central?.signature ?? 0x02014b50, 0);
  header.writeUInt16LE((entry.mode === undefined ? 0 : 3 << 8) | 20, 4);
  header.writeUInt16LE(20, 6);
  header.writeUInt16LE(says.flags, 8);
  header.writeUInt16LE(says.method, 10);
  header.writeUInt32LE(says.crc32, 16);
  header.writeUInt32LE(says.compressedSize, 20);
  header.writeUInt32LE(says.sizeBytes, 24);
  header.writeUInt16LE(name.length, 28);
  header.writeUInt16LE(says.extra.length, 30);
  header.writeUInt16LE(comment.length, 32);
  header.writeUInt16LE(entry.central?.disk ?? 0, 34);
  header.writeUInt32LE(entry.externalAttributes ?? (entry.mode ?? 0) * 0x10000, 38);
  header.writeUInt32LE(entry.central?.offset ?? offset, 42);
  return Buffer.concat([header, name, says.extra, comment]);
}

function signatureRecord(content: Buffer): Buffer {
  const head = Buffer.from('PK\x05\x05\0\0', 'latin1');
  head.writeUInt16LE(content.length, 4);
  return Buffer.concat([head, content]);
}

function endRecord(says: EndFields): Buffer {
  const record = Buffer.alloc(22);
  record.writeUInt32LE(0x06054b50, 0);
  record.writeUInt16LE(says.disk, 4);
  record.writeUInt16LE(says.directoryDisk, 6);
  record.writeUInt16LE(says.entriesOnDisk, 8);
  record.writeUInt16LE(says.entries, 10);
  record.writeUInt32LE(says.directoryBytes, 12);
  record.writeUInt32LE(says.directoryOffset, 16);
  record.writeUInt16LE(says.commentBytes, 20);
  return record;
}

function end64(truth: EndFields, lies: NonNullable<ZipShape['end64']>, position: number): Buffer {
  const says = { ...truth, ...lies };
  const record = Buffer.alloc(56);
  record.writeUInt32LE(lies.signature ?? 0x06064b50, 0);
  record.writeBigUInt64LE(BigInt(lies.recordBytes ?? 44), 4);
  record.writeUInt16LE(45, 12);
  record.writeUInt16LE(45, 14);
  record.writeUInt32LE(says.disk, 16);
  record.writeUInt32LE(says.directoryDisk, 20);
  uint64s(says.entriesOnDisk, says.entries, says.directoryBytes, says.directoryOffset).copy(record, 24);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(lies.position ?? position), 8);
  locator.writeUInt32LE(lies.disks ?? 1, 16);
  return Buffer.concat([record, lies.more ?? Buffer.alloc(0), locator]);
}
