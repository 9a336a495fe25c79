import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createInflateRaw, type InflateRaw, inflateRawSync } from 'node:zlib';
import { HostileArtifact } from './artifact-faults.ts';
import { type BufferedReader, type PositionalReader, readWhole } from './positional-reader.ts';
import { METHOD } from './zip-records.ts';

/** A file of an archive that may be unpacked. */
export interface ListedFile {
  /** Relative, `/`-separated, without empty, `.` or `..` segments. */
  path: string;
  /** 0 stored, 8 deflated. */
  method: number;
  /** Position of its first compressed byte in the archive. */
  offset: number;
  compressedSize: number;
  sizeBytes: number;
  crc32: number;
}

/** Up to this size, packed and unpacked, an entry is read and inflated in one go. */
const SMALL_BYTES = 1_000_000;
const CHUNK_BYTES = 256 * 1024;

/**
 * An entry's content, checked: nothing more than its stated size ever comes, and the last chunk comes only when size
 * and CRC-32 are exactly as stated. How large it may be was decided when it was listed.
 * @throws HostileArtifact `artifact/size-mismatch`, `artifact/crc`, `artifact/truncated`
 */
export async function* openEntry(reader: PositionalReader, entry: ListedFile): AsyncGenerator<Buffer, void> {
  if (isSmall(entry)) {
    yield await readSmall(reader, entry);
    return;
  }
  const check = new ContentCheck(entry);
  const chunks = entry.method === METHOD.stored ? packedChunks(reader, entry) : inflated(reader, entry);
  // One chunk is held back, so that whoever writes a file sees an error before its last byte.
  let held: Buffer | undefined;
  for await (const chunk of chunks) {
    check.take(chunk);
    if (held !== undefined) yield held;
    held = chunk;
  }
  check.finish();
  if (held !== undefined) yield held;
}

/**
 * An entry's whole content, checked as by `openEntry`; in memory, so for entries that are known to be small.
 * @throws HostileArtifact as `openEntry`
 */
export async function readEntry(reader: PositionalReader, entry: ListedFile): Promise<Buffer> {
  if (isSmall(entry)) return readSmall(reader, entry);
  const chunks: Buffer[] = [];
  for await (const chunk of openEntry(reader, entry)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/**
 * A small entry's whole content, checked as by `openEntry`, when its bytes are in memory; else undefined.
 * @throws HostileArtifact as `openEntry`
 */
export function peekEntry(reader: BufferedReader, entry: ListedFile): Buffer | undefined {
  const packed = isSmall(entry) ? reader.peek(entry.offset, entry.offset + entry.compressedSize) : undefined;
  return packed && checkedSmall(packed, entry);
}

const isSmall = (entry: ListedFile) => entry.sizeBytes <= SMALL_BYTES && entry.compressedSize <= SMALL_BYTES;

async function readSmall(reader: PositionalReader, entry: ListedFile): Promise<Buffer> {
  return checkedSmall(
    await readWhole(reader, entry.offset, entry.offset + entry.compressedSize, entry.path),
    entry,
  );
}

function checkedSmall(packed: Buffer, entry: ListedFile): Buffer {
  const content = entry.method === METHOD.stored ? packed : inflateSmall(packed, entry);
  const check = new ContentCheck(entry);
  check.take(content);
  check.finish();
  return content;
}

function inflateSmall(packed: Buffer, entry: ListedFile): Buffer {
  try {
    // With `info`, Node returns the engine beside the content; its types do not say so. One byte more than stated is
    // room to notice that there is more, without asking for a second buffer when there is not.
    const { buffer, engine } = inflateRawSync(packed, {
      info: true,
      maxOutputLength: entry.sizeBytes + 1,
      chunkSize: Math.max(entry.sizeBytes + 1, 64),
    }) as unknown as { buffer: Buffer; engine: InflateRaw };
    refuseTrailing(engine, entry);
    return buffer;
  } catch (error) {
    throw inflateFault(error, entry);
  }
}

async function* inflated(reader: PositionalReader, entry: ListedFile): AsyncGenerator<Buffer, void> {
  const inflate = createInflateRaw({ chunkSize: CHUNK_BYTES });
  // Its error is the one that reading `inflate` throws; here it only must not go unheard.
  const fed = pipeline(Readable.from(packedChunks(reader, entry)), inflate).catch(() => undefined);
  try {
    for await (const chunk of inflate) yield chunk as Buffer;
    await fed;
    refuseTrailing(inflate, entry);
  } catch (error) {
    throw inflateFault(error, entry);
  } finally {
    inflate.destroy();
  }
}

async function* packedChunks(reader: PositionalReader, entry: ListedFile): AsyncGenerator<Buffer, void> {
  const end = entry.offset + entry.compressedSize;
  for (let at = entry.offset; at < end; at += CHUNK_BYTES) {
    yield await readWhole(reader, at, Math.min(at + CHUNK_BYTES, end), entry.path);
  }
}

/** Bytes behind the end of the compressed stream are not part of the file, and nobody's business to be there. */
function refuseTrailing(engine: InflateRaw, entry: ListedFile): void {
  if (engine.bytesWritten !== entry.compressedSize) {
    throw new HostileArtifact(
      'artifact/size-mismatch',
      { reason: 'trailing-bytes', compressedSize: entry.compressedSize, usedBytes: engine.bytesWritten },
      entry.path,
    );
  }
}

/** What zlib says, as a fault of the archive; anything else (the disk, the network) stays what it is. */
function inflateFault(error: unknown, entry: ListedFile): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ERR_BUFFER_TOO_LARGE') return tooLong(entry);
  if (code === 'Z_BUF_ERROR') {
    return new HostileArtifact('artifact/size-mismatch', { reason: 'stream-cut' }, entry.path);
  }
  if (code === 'Z_DATA_ERROR') {
    return new HostileArtifact('artifact/crc', { reason: 'stream-damaged' }, entry.path);
  }
  return error;
}

const tooLong = (entry: ListedFile) =>
  new HostileArtifact(
    'artifact/size-mismatch',
    { reason: 'too-long', sizeBytes: entry.sizeBytes },
    entry.path,
  );

/** Counts and sums content as it passes. */
class ContentCheck {
  readonly #entry: ListedFile;
  #bytes = 0;
  #crc = 0;

  constructor(entry: ListedFile) {
    this.#entry = entry;
  }

  take(chunk: Buffer): void {
    this.#bytes += chunk.length;
    // At once: a bomb that lies about its size is not inflated to its end.
    if (this.#bytes > this.#entry.sizeBytes) throw tooLong(this.#entry);
    this.#crc = crc32(chunk, this.#crc);
  }

  finish(): void {
    if (this.#bytes !== this.#entry.sizeBytes) {
      throw new HostileArtifact(
        'artifact/size-mismatch',
        { reason: 'too-short', sizeBytes: this.#entry.sizeBytes, foundBytes: this.#bytes },
        this.#entry.path,
      );
    }
    if (this.#crc !== this.#entry.crc32) throw new HostileArtifact('artifact/crc', {}, this.#entry.path);
  }
}
