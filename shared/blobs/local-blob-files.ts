import { createHash } from 'node:crypto';
import { constants, type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import * as z from 'zod';
import { CorruptRecord } from '../errors/errors.ts';
import type { BlobMetadata, BlobReader, BlobVersion } from './blob-store.ts';

/** What a version's file says of itself behind its bytes: this as JSON, then the JSON's length in 8 digits. */
const About = z.strictObject({
  sizeBytes: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  metadata: z.strictObject({
    contentType: z.string().optional(),
    cacheControl: z.string().optional(),
    named: z.record(z.string(), z.string()).optional(),
  }),
});
type About = z.infer<typeof About>;

const LENGTH_DIGITS = 8;
/** More than any `About` is, so that a damaged length can't make us read a whole file. */
const MAX_ABOUT_BYTES = 65_536;

/** Opens a file for reading; a symbolic link in its place is an error (ELOOP). */
export function openNoFollow(path: string): Promise<FileHandle> {
  return open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
}

/** Writes the whole body at the file's position and says what it was. */
export async function writeBody(
  file: FileHandle,
  body: Uint8Array | AsyncIterable<Uint8Array>,
): Promise<Omit<BlobVersion, 'versionId'>> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of body instanceof Uint8Array ? [body] : body) {
    hash.update(chunk);
    sizeBytes += chunk.byteLength;
    await file.writeFile(chunk);
  }
  return { sizeBytes, sha256: hash.digest('hex') };
}

export async function writeAbout(file: FileHandle, about: About): Promise<void> {
  const json = Buffer.from(JSON.stringify(about));
  await file.writeFile(Buffer.concat([json, Buffer.from(String(json.length).padStart(LENGTH_DIGITS, '0'))]));
}

/** @throws CorruptRecord when the file does not end as `writeAbout` ends it. */
export async function readAbout(file: FileHandle): Promise<About> {
  const { size } = await file.stat();
  const end = size - LENGTH_DIGITS;
  if (end < 0) throw new CorruptRecord('a blob has lost its end');
  const length = Number((await readRange(file, end, size)).toString('latin1'));
  if (!Number.isInteger(length) || length > MAX_ABOUT_BYTES || length > end) {
    throw new CorruptRecord('a blob has lost its end');
  }
  const parsed = About.safeParse(parseJson((await readRange(file, end - length, end)).toString()));
  if (!parsed.success || parsed.data.sizeBytes !== end - length) {
    throw new CorruptRecord('a blob does not say what it is');
  }
  return parsed.data;
}

/** Reads the blob that stands in an open file from `offset` on. */
export function blobReader(
  file: FileHandle,
  version: BlobVersion,
  metadata: BlobMetadata,
  offset = 0,
): BlobReader {
  const clamp = (position: number) => offset + Math.min(Math.max(position, 0), version.sizeBytes);
  let closing: Promise<void> | undefined;
  return {
    ...version,
    metadata,
    stream: (start = 0, end = version.sizeBytes) => streamRange(file, clamp(start), clamp(end)),
    read: (start, end) => readRange(file, clamp(start), clamp(end)),
    close: () => (closing ??= file.close()),
  };
}

function streamRange(file: FileHandle, start: number, end: number): Readable {
  if (start >= end) return Readable.from([]);
  return file.createReadStream({ start, end: end - 1, autoClose: false });
}

async function readRange(file: FileHandle, start: number, end: number): Promise<Buffer> {
  const buffer = Buffer.alloc(Math.max(end - start, 0));
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, start + filled);
    if (bytesRead === 0) throw new CorruptRecord('a blob has lost its end');
    filled += bytesRead;
  }
  return buffer;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
