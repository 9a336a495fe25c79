import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { digestFiles } from '../../shared/artifacts/digest-files.ts';
import type { PositionalReader } from '../../shared/artifacts/positional-reader.ts';
import { type ListedFile, readListing } from '../../shared/artifacts/zip-reader.ts';
import { bufferReader, buildZip, type ZipEntry } from '../builders/zip.ts';

const sha256 = (content: ZipEntry['content'] = '') => createHash('sha256').update(content).digest('hex');

const MIXED: ZipEntry[] = [
  { name: 'empty' },
  { name: 'stored.txt', content: 'stored' },
  { name: 'packed.txt', content: 'packed '.repeat(500), method: 8 },
  { name: 'large.bin', content: randomBytes(1_500_000), method: 8 },
  { name: 'large-stored.bin', content: randomBytes(1_500_000) },
  ...Array.from({ length: 40 }, (_, n) => ({ name: `many/${n}`, content: randomBytes(150_000), method: 8 })),
];

async function listed(entries: ZipEntry[]) {
  const reader = bufferReader(buildZip(entries));
  return { reader, files: (await readListing(reader)).entries };
}

describe('the digests of the files of an archive', () => {
  test('are those of their contents, in their order, with all the listing says', async () => {
    const { reader, files } = await listed(MIXED);
    expect(await digestFiles(reader, files)).toEqual(
      files.map((file, index) => ({ ...file, sha256: sha256(MIXED[index]?.content) })),
    );
  });

  test('are taken in one pass, a window at a time', async () => {
    const { reader, files } = await listed(MIXED);
    reader.longest = 0;
    reader.reads = 0;
    await digestFiles(reader, files);
    expect(reader.longest).toBeLessThanOrEqual(256 * 1024);
    expect(reader.reads).toBeLessThan(2 * (reader.sizeBytes / (256 * 1024)));
  });

  test('leave others their turn', async () => {
    const { reader, files } = await listed(MIXED);
    const inMemory: PositionalReader & { peek: (from: number, to: number) => Buffer } = {
      sizeBytes: reader.sizeBytes,
      peek: (from, to) => bytes.subarray(from, to),
      read: async (from, to) => bytes.subarray(from, to),
    };
    const bytes = await reader.read(0, reader.sizeBytes);
    let turns = 0;
    let done = false;
    const count = () => {
      turns += 1;
      if (!done) setImmediate(count);
    };
    setImmediate(count);
    await digestFiles(
      inMemory,
      files.filter(({ path }) => path.startsWith('many/')),
    );
    done = true;
    // One for every four megabytes, and what comes before and after.
    expect(turns).toBeGreaterThan(0);
    expect(turns).toBeLessThan(5);
  });

  test.each<[string, Partial<ListedFile>, string]>([
    ['a wrong sum', { crc32: 7 }, 'artifact/crc'],
    ['one byte less than stated', { sizeBytes: 7 }, 'artifact/size-mismatch'],
    ['one byte more than stated', { sizeBytes: 5 }, 'artifact/size-mismatch'],
    ['an end behind the archive', { offset: 5_000 }, 'artifact/truncated'],
  ])('are not given for %s, however small the file', async (_, says, code) => {
    const { reader, files } = await listed([{ name: 'a', content: 'stored' }]);
    const lie = files.map((file) => ({ ...file, ...says }));
    await expect(digestFiles(reader, lie)).rejects.toMatchObject({
      name: 'HostileArtifact',
      code,
      entry: 'a',
    });
  });
});
