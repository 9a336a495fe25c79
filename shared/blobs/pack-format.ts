import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import * as z from 'zod';
import { CorruptRecord } from '../errors/errors.ts';
import { sha256 } from '../ids/ids.ts';

/**
 * A pack holds the files of one release, one record behind the other:
 *
 *     "CPK1" | length of the header, 4 bytes | CRC-32 of the header, 4 bytes | header, JSON | the file's bytes
 *
 * (numbers big-endian). Nothing in it is ever changed: a later record of the same path replaces an earlier one, and one
 * that says `removed` takes it away. Records are written in batches, each synced before the next begins, and each
 * record says where its batch began. So only records of the last batch can be torn by a crash, and their bytes are
 * checked when the pack is read; nobody was told that those were stored.
 */
const MAGIC = Buffer.from('CPK1');
const FIXED_BYTES = 12;
/** A path has at most 1,024 bytes, each at most 6 in JSON. */
const MAX_HEADER_BYTES = 8_192;

const Header = z.union([
  z.strictObject({ path: z.string(), batch: z.int().min(0), sizeBytes: z.int().min(0), sha256: z.string() }),
  z.strictObject({ path: z.string(), batch: z.int().min(0), removed: z.literal(true) }),
]);
export type PackHeader = z.infer<typeof Header>;

/** Where a file's bytes stand in its pack, and what they are. */
export interface PackedFile {
  start: number;
  sizeBytes: number;
  sha256: string;
}

/** What a record begins with; the file's bytes follow. */
export function encodeHeader(header: PackHeader): Buffer {
  const json = Buffer.from(JSON.stringify(header));
  const fixed = Buffer.alloc(FIXED_BYTES);
  MAGIC.copy(fixed);
  fixed.writeUInt32BE(json.length, 4);
  fixed.writeUInt32BE(crc32(json), 8);
  return Buffer.concat([fixed, json]);
}

interface PackRecord {
  header: PackHeader;
  /** Of the record, and of the file's bytes in it. */
  at: number;
  start: number;
}

/**
 * Reads which files a pack holds. `end` is where its good records end: what follows was torn by a crash.
 * @throws CorruptRecord when a record is damaged that was synced once
 */
export async function readPack(file: FileHandle): Promise<{ files: Map<string, PackedFile>; end: number }> {
  const reader = new WindowReader(file, (await file.stat()).size);
  const records: PackRecord[] = [];
  let end = 0;
  for (;;) {
    const record = await readRecord(reader, end);
    if (!record) break;
    records.push(record);
    end = endOf(record);
  }
  if (end < reader.size && (await laterBatchBegins(reader, end))) {
    throw new CorruptRecord('a pack is damaged in its middle');
  }
  const whole = await withoutTorn(reader, records);
  const files = new Map<string, PackedFile>();
  for (const { header, start } of whole) {
    files.delete(header.path);
    if (!('removed' in header)) {
      files.set(header.path, { start, sizeBytes: header.sizeBytes, sha256: header.sha256 });
    }
  }
  const last = whole.at(-1);
  return { files, end: last ? endOf(last) : 0 };
}

function endOf({ header, start }: PackRecord): number {
  return start + ('removed' in header ? 0 : header.sizeBytes);
}

async function readRecord(reader: WindowReader, at: number): Promise<PackRecord | undefined> {
  const fixed = await reader.read(at, FIXED_BYTES);
  if (!fixed?.subarray(0, 4).equals(MAGIC)) return undefined;
  const length = fixed.readUInt32BE(4);
  const sum = fixed.readUInt32BE(8);
  const json = length <= MAX_HEADER_BYTES ? await reader.read(at + FIXED_BYTES, length) : undefined;
  if (!json || crc32(json) !== sum) return undefined;
  const parsed = Header.safeParse(JSON.parse(json.toString()));
  if (!parsed.success || parsed.data.batch > at) return undefined;
  const record = { header: parsed.data, at, start: at + FIXED_BYTES + length };
  return endOf(record) <= reader.size ? record : undefined;
}

/** Is there a record behind a bad place whose batch began behind it too? Then the bad place had been synced. */
async function laterBatchBegins(reader: WindowReader, badAt: number): Promise<boolean> {
  for await (const at of reader.find(MAGIC, badAt + 1)) {
    const record = await readRecord(reader, at);
    if (record && record.header.batch > badAt) return true;
  }
  return false;
}

/** The records up to the first of the last batch whose bytes are not what its header says. */
async function withoutTorn(reader: WindowReader, records: PackRecord[]): Promise<PackRecord[]> {
  const lastBatch = records.at(-1)?.header.batch;
  for (const [i, { header, start }] of records.entries()) {
    if (header.batch !== lastBatch || 'removed' in header) continue;
    const bytes = await reader.read(start, header.sizeBytes);
    if (!bytes || sha256(bytes) !== header.sha256) return records.slice(0, i);
  }
  return records;
}

const WINDOW_BYTES = 262_144;

/** Reads a file by position, a window at a time. */
class WindowReader {
  readonly size: number;
  readonly #file: FileHandle;
  #window: Buffer = Buffer.alloc(0);
  #from = 0;

  constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.size = size;
  }

  /** Exactly these bytes, valid until the next call; undefined where the file ends before. */
  async read(at: number, length: number): Promise<Buffer | undefined> {
    if (at + length > this.size) return undefined;
    if (at < this.#from || at + length > this.#from + this.#window.length) await this.#load(at, length);
    return this.#window.subarray(at - this.#from, at - this.#from + length);
  }

  /** The places at or after `from` where these bytes stand. */
  async *find(bytes: Buffer, from: number): AsyncGenerator<number> {
    let at = from;
    for (;;) {
      const window = await this.read(at, Math.min(WINDOW_BYTES, this.size - at));
      if (!window || window.length < bytes.length) return;
      const found = window.indexOf(bytes);
      if (found >= 0) yield at + found;
      at += found >= 0 ? found + 1 : window.length - bytes.length + 1;
    }
  }

  async #load(at: number, length: number): Promise<void> {
    const window = Buffer.allocUnsafe(Math.min(Math.max(WINDOW_BYTES, length), this.size - at));
    let filled = 0;
    while (filled < window.length) {
      const { bytesRead } = await this.#file.read(window, filled, window.length - filled, at + filled);
      if (bytesRead === 0) throw new CorruptRecord('a pack became shorter while it was read');
      filled += bytesRead;
    }
    this.#window = window;
    this.#from = at;
  }
}
