import { randomBytes } from 'node:crypto';
import { crc32, deflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { PositionalReader } from '../../shared/artifacts/positional-reader.ts';
import { type ListedFile, openEntry, readEntry, readListing } from '../../shared/artifacts/zip-reader.ts';
import { page } from '../builders/hostile-zip.ts';
import { bufferReader, buildZip, type ZipEntry } from '../builders/zip.ts';

/** Too large for the short way, and does not compress: several chunks on both sides. */
const large = randomBytes(2_500_000);
const packedLarge = deflateRawSync(large);

/** The first entry of an archive, with the reader it stands in. */
async function first(
  entry: ZipEntry,
): Promise<{ reader: ReturnType<typeof bufferReader>; file: ListedFile }> {
  const reader = bufferReader(buildZip([entry]));
  const { entries } = await readListing(reader);
  reader.longest = 0;
  return { reader, file: entries[0] as ListedFile };
}

/** The chunks that come before the end or the error, and the error. */
async function drain(
  reader: PositionalReader,
  file: ListedFile,
): Promise<{ chunks: Buffer[]; error?: unknown }> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of openEntry(reader, file)) chunks.push(chunk);
    return { chunks };
  } catch (error) {
    return { chunks, error };
  }
}

const bytesOf = (chunks: Buffer[]) => chunks.reduce((sum, chunk) => sum + chunk.length, 0);

describe.each([0, 8])('a large entry by method %i', (method) => {
  test('comes in chunks and is read in chunks', async () => {
    const { reader, file } = await first({ name: 'a', content: large, method });
    const { chunks, error } = await drain(reader, file);
    expect(error).toBeUndefined();
    expect(Buffer.concat(chunks).equals(large)).toBe(true);
    expect(chunks.length).toBeGreaterThan(5);
    expect(Math.max(...chunks.map((chunk) => chunk.length))).toBeLessThanOrEqual(256 * 1024);
    expect(reader.longest).toBeLessThanOrEqual(256 * 1024);
    expect((await readEntry(reader, file)).equals(large)).toBe(true);
  });

  test('with a wrong CRC is refused before its last byte comes', async () => {
    const { reader, file } = await first({ name: 'a', content: large, method });
    const { chunks, error } = await drain(reader, { ...file, crc32: file.crc32 ^ 1 });
    expect(error).toMatchObject({ code: 'artifact/crc', entry: 'a' });
    expect(bytesOf(chunks)).toBeLessThan(large.length);
  });

  test('in a file that ends before is refused', async () => {
    const { reader, file } = await first({ name: 'a', content: large, method });
    const { error } = await drain({ sizeBytes: 2_000_000, read: (from, to) => reader.read(from, to) }, file);
    expect(error).toMatchObject({ code: 'artifact/truncated', entry: 'a' });
  });

  test('passes on what reading throws, as it is', async () => {
    const { reader, file } = await first({ name: 'a', content: large, method });
    const broken = new Error('the disk is gone');
    const failing: PositionalReader = {
      sizeBytes: reader.sizeBytes,
      read: async (from, to) => {
        if (from > 1_000_000) throw broken;
        return reader.read(from, to);
      },
    };
    expect((await drain(failing, file)).error).toBe(broken);
  });

  test('may be left in the middle', async () => {
    const { reader, file } = await first({ name: 'a', content: large, method });
    for await (const chunk of openEntry(reader, file)) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    expect(reader.reads).toBeLessThan(15);
  });
});

describe('a large entry that lies', () => {
  test.each<[string, Partial<ListedFile>, Buffer, string]>([
    ['has one byte more than stated', { sizeBytes: large.length - 1 }, packedLarge, 'artifact/size-mismatch'],
    ['has one byte less than stated', { sizeBytes: large.length + 1 }, packedLarge, 'artifact/size-mismatch'],
    [
      'has a byte behind its stream',
      {},
      Buffer.concat([packedLarge, Buffer.from('x')]),
      'artifact/size-mismatch',
    ],
    [
      'has a megabyte behind its stream',
      {},
      Buffer.concat([packedLarge, Buffer.alloc(1_000_000)]),
      'artifact/size-mismatch',
    ],
    ['has its stream cut', {}, packedLarge.subarray(0, -10), 'artifact/size-mismatch'],
    [
      'has a damaged stream',
      {},
      Buffer.concat([packedLarge.subarray(0, 1_500_000), Buffer.alloc(1_000_000, 0xff)]),
      'artifact/crc',
    ],
  ])('%s', async (_, says, packed, code) => {
    const file = {
      path: 'a',
      method: 8,
      offset: 0,
      compressedSize: packed.length,
      sizeBytes: large.length,
      crc32: crc32(large),
    };
    const { chunks, error } = await drain(bufferReader(packed), { ...file, ...says });
    expect(error).toMatchObject({ name: 'HostileArtifact', code, entry: 'a' });
    expect(bytesOf(chunks)).toBeLessThan(large.length);
  });

  test('about its size is stopped at the size, not at the end of the bomb', async () => {
    const packed = deflateRawSync(Buffer.alloc(300_000_000), { level: 1 });
    const reader = bufferReader(packed);
    const file = {
      path: 'a',
      method: 8,
      offset: 0,
      compressedSize: packed.length,
      sizeBytes: 600_000,
      crc32: 0,
    };
    const { chunks, error } = await drain(reader, file);
    expect(error).toMatchObject({ code: 'artifact/size-mismatch', detail: { reason: 'too-long' } });
    expect(bytesOf(chunks)).toBeLessThanOrEqual(600_000);
    expect(reader.reads).toBeLessThan(packed.length / (256 * 1024));
  });
});

describe('each check of an entry matters on its own', () => {
  const content = 'the content of a page';
  const honest = {
    path: 'a',
    method: 0,
    offset: 0,
    compressedSize: 21,
    sizeBytes: 21,
    crc32: crc32(content),
  };

  test('with all of them right it is read', async () => {
    expect((await readEntry(bufferReader(Buffer.from(content)), honest)).toString()).toBe(content);
  });

  test('bytes of the right size with another sum are refused', async () => {
    const other = bufferReader(Buffer.from('the content of a pagE'));
    await expect(readEntry(other, honest)).rejects.toMatchObject({ code: 'artifact/crc' });
  });

  test('bytes of the right sum with another size are refused', async () => {
    const reader = bufferReader(deflateRawSync(content));
    const file = { ...honest, method: 8, compressedSize: reader.sizeBytes, sizeBytes: 22 };
    await expect(readEntry(reader, file)).rejects.toMatchObject({ code: 'artifact/size-mismatch' });
  });

  test('stored bytes of two sizes are refused before any is read', async () => {
    const says = { sizeBytes: 22 };
    const bytes = buildZip([{ name: 'a', content, local: says, central: says }]);
    await expect(readListing(bufferReader(bytes))).rejects.toMatchObject({ code: 'artifact/size-mismatch' });
  });

  test('right bytes under a path that leads outside are refused', async () => {
    const bytes = buildZip([page, { name: 'x/../../a', content }]);
    await expect(readListing(bufferReader(bytes))).rejects.toMatchObject({ code: 'artifact/path-traversal' });
  });
});
