import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { crc32, deflateRaw } from 'node:zlib';
import { HostileArtifact } from '../shared/artifacts/artifact-faults.ts';

/**
 * A zip writer for what Cottage takes: at most 20,000 files and 100 MB, so neither ZIP64 nor more than one file in
 * memory at a time. The same files give the same bytes: fixed times, no owners, the order they come in.
 * The format is PKWARE's APPNOTE; numbers in brackets are its sections.
 */
export interface ZipInput {
  path: string;
  read(): Promise<Buffer>;
}

interface Entry {
  name: Buffer;
  crc: number;
  method: number;
  packedBytes: number;
  sizeBytes: number;
  offset: number;
}

const deflate = promisify(deflateRaw);

const STORED = 0;
const DEFLATED = 8;
/** Version 2.0: deflate and folders [4.4.3]. */
const VERSION = 20;
/** Made on Unix, so that the mode below counts [4.4.2]. */
const MADE_BY = (3 << 8) | VERSION;
/** Names are UTF-8 [4.4.4, bit 11]. */
const UTF8 = 0x0800;
/** 1980-01-01, the first day a zip file knows [4.4.6]. */
const DATE = (1 << 5) | 1;
/** An ordinary file everybody may read: `-rw-r--r--` [4.4.15]. */
const ATTRIBUTES = 0o100644 * 0x10000;

/**
 * Writes the files to a new zip file at `target`.
 * @throws HostileArtifact `artifact/too-large` as soon as it grows beyond `limitBytes`; half a file is left then.
 */
export async function zipFiles(
  inputs: readonly ZipInput[],
  target: string,
  limitBytes: number,
): Promise<{ sizeBytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const output = await open(target, 'wx');
  const write = async (bytes: Buffer): Promise<void> => {
    sizeBytes += bytes.length;
    if (sizeBytes > limitBytes) throw new HostileArtifact('artifact/too-large', { sizeBytes, limitBytes });
    hash.update(bytes);
    await output.write(bytes);
  };
  try {
    const entries: Entry[] = [];
    for (const input of inputs) {
      const content = await input.read();
      const deflated = await deflate(content);
      const packed = deflated.length < content.length ? deflated : content;
      const entry: Entry = {
        name: Buffer.from(input.path, 'utf8'),
        crc: crc32(content),
        method: packed === deflated ? DEFLATED : STORED,
        packedBytes: packed.length,
        sizeBytes: content.length,
        offset: sizeBytes,
      };
      await write(localHeader(entry));
      await write(packed);
      entries.push(entry);
    }
    const start = sizeBytes;
    for (const entry of entries) await write(centralHeader(entry));
    await write(endOfDirectory(entries.length, start, sizeBytes - start));
  } finally {
    await output.close();
  }
  return { sizeBytes, sha256: hash.digest('hex') };
}

/** What both headers of an entry share, from "version needed" to "extra field length" [4.3.7, 4.3.12]. */
function common({ name, crc, method, packedBytes, sizeBytes }: Entry): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(VERSION, 0);
  fields.writeUInt16LE(UTF8, 2);
  fields.writeUInt16LE(method, 4);
  fields.writeUInt16LE(DATE, 8);
  fields.writeUInt32LE(crc, 10);
  fields.writeUInt32LE(packedBytes, 14);
  fields.writeUInt32LE(sizeBytes, 18);
  fields.writeUInt16LE(name.length, 22);
  return fields;
}

function localHeader(entry: Entry): Buffer {
  return Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common(entry), entry.name]);
}

function centralHeader(entry: Entry): Buffer {
  const madeBy = Buffer.alloc(2);
  madeBy.writeUInt16LE(MADE_BY);
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE(ATTRIBUTES, 6);
  rest.writeUInt32LE(entry.offset, 10);
  return Buffer.concat([Buffer.from('PK\x01\x02', 'latin1'), madeBy, common(entry), rest, entry.name]);
}

function endOfDirectory(entries: number, offset: number, sizeBytes: number): Buffer {
  const record = Buffer.alloc(22);
  record.write('PK\x05\x06', 0, 'latin1');
  record.writeUInt16LE(entries, 8);
  record.writeUInt16LE(entries, 10);
  record.writeUInt32LE(sizeBytes, 12);
  record.writeUInt32LE(offset, 16);
  return record;
}
