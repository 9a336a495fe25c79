import { randomBytes } from 'node:crypto';
import { readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openFolder } from '../../cli/folder-site.ts';
import { zipFiles } from '../../cli/zip-folder.ts';
import { readEntry, readListing } from '../../shared/artifacts/zip-reader.ts';
import { sha256 } from '../../shared/ids/ids.ts';
import { siteFolder } from '../builders/cli-run.ts';
import { tempFolder } from '../builders/temp.ts';

const MB = 1_000_000;

const inputs = (files: Record<string, Buffer>) =>
  Object.entries(files).map(([path, content]) => ({ path, read: async () => content }));

async function zipOf(files: Record<string, Buffer>): Promise<Buffer> {
  const target = join(tempFolder(), 'site.zip');
  await zipFiles(inputs(files), target, 100 * MB);
  return readFileSync(target);
}

/** Contents by path, as Cottage's own strict reader sees them. */
async function unzip(archive: Buffer): Promise<Record<string, string>> {
  const reader = {
    sizeBytes: archive.length,
    read: async (start: number, end: number) => archive.subarray(start, end),
  };
  const { entries } = await readListing(reader);
  const contents = await Promise.all(
    entries.map(async (entry) => [entry.path, (await readEntry(reader, entry)).toString('latin1')] as const),
  );
  return Object.fromEntries(contents);
}

describe('the zip writer', () => {
  test('writes what the strict reader gives back, whatever the contents', async () => {
    const content = fc.oneof(
      fc.uint8Array({ maxLength: 2_000 }).map((bytes) => Buffer.from(bytes)),
      fc.integer({ min: 0, max: 20_000 }).map((length) => Buffer.alloc(length, 'ab')),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(content, { minLength: 1, maxLength: 5 }), async (contents) => {
        const files = Object.fromEntries(contents.map((each, i) => [`file-${i}/é ${i}.bin`, each]));
        const expected = Object.entries(files).map(([path, each]) => [path, each.toString('latin1')]);
        expect(await unzip(await zipOf({ top: Buffer.from('x'), ...files }))).toEqual(
          Object.fromEntries([['top', 'x'], ...expected]),
        );
      }),
      { numRuns: 25 },
    );
  });

  test('keeps names as UTF-8', async () => {
    const files = { 'index.html': Buffer.from('a'), 'bilder/größe 昼.png': Buffer.from('b') };
    const archive = await zipOf(files);
    expect(Object.keys(await unzip(archive))).toEqual(['index.html', 'bilder/größe 昼.png']);
    // Readers that are less strict go by the flag.
    expect(archive.readUInt16LE(6)).toBe(0x0800);
    expect(archive.readUInt16LE(archive.indexOf(Buffer.from('PK\x01\x02', 'latin1')) + 8)).toBe(0x0800);
  });

  test('packs what becomes smaller and stores the rest as it is', async () => {
    const noise = randomBytes(5_000);
    const archive = await zipOf({ 'text.txt': Buffer.alloc(50_000, 'lunch '), 'noise.bin': noise });
    expect(archive.length).toBeLessThan(6_000);
    expect(archive.includes(noise)).toBe(true);
  });

  test('gives every file the first day a zip file knows, and the mode of an ordinary file made on Unix', async () => {
    const archive = await zipOf({ 'index.html': Buffer.from('a') });
    const central = archive.indexOf(Buffer.from('PK\x01\x02', 'latin1'));
    expect(archive.readUInt32LE(10)).toBe(0x0021_0000);
    expect(archive.readUInt32LE(central + 12)).toBe(0x0021_0000);
    expect(archive.readUInt8(central + 5)).toBe(3);
    expect(archive.readUInt32LE(central + 38) >>> 16).toBe(0o100644);
  });

  test('answers with the size and the digest of what it wrote', async () => {
    const target = join(tempFolder(), 'site.zip');
    const written = await zipFiles(inputs({ 'index.html': Buffer.from('a') }), target, MB);
    expect(written).toEqual({ sizeBytes: statSync(target).size, sha256: sha256(readFileSync(target)) });
  });

  test('stops as soon as the archive is larger than it may be', async () => {
    const noise = randomBytes(1_000);
    const files = inputs({ 'a.bin': noise, 'b.bin': noise });
    const small = join(tempFolder(), 'small.zip');
    await expect(zipFiles(files, small, 1_500)).rejects.toMatchObject({ code: 'artifact/too-large' });
    const { sizeBytes } = await zipFiles(files, join(tempFolder(), 'whole.zip'), MB);
    await zipFiles(files, join(tempFolder(), 'exact.zip'), sizeBytes);
    const less = zipFiles(files, join(tempFolder(), 'less.zip'), sizeBytes - 1);
    await expect(less).rejects.toMatchObject({ code: 'artifact/too-large' });
  });
});

async function archiveOf(folder: string): Promise<{ sha256: string; bytes: Buffer }> {
  const site = await openFolder(folder);
  const archive = await site.pack();
  onTestFinished(() => archive.dispose());
  return { sha256: archive.sha256, bytes: readFileSync(archive.file) };
}

describe('a folder', () => {
  test('makes the same zip file whatever the order and the times its files were made in', async () => {
    const one = siteFolder({ 'index.html': '<p>1', 'css/a.css': 'a{}', 'css-b.js': '1' });
    const other = siteFolder({ 'css-b.js': '1', 'css/a.css': 'a{}', 'index.html': '<p>1' });
    utimesSync(join(other, 'css-b.js'), new Date(86_400_000), new Date(86_400_000));
    const [first, second] = [await archiveOf(one), await archiveOf(other)];
    expect(second.sha256).toBe(first.sha256);
    expect(Object.keys(await unzip(first.bytes))).toEqual(['css-b.js', 'css/a.css', 'index.html']);
  });

  test('makes another zip file when one byte changes', async () => {
    const folder = siteFolder({ 'index.html': '<p>1' });
    const before = await archiveOf(folder);
    writeFileSync(join(folder, 'index.html'), '<p>2');
    expect((await archiveOf(folder)).sha256).not.toBe(before.sha256);
  });
});
