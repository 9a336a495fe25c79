import { truncateSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { type CacheLimits, FileCache, type KeptFile, type ReleaseFile } from '../../local/edge/file-cache.ts';
import { EDGE_LIMITS } from '../../local/edge/limits.ts';
import { tempFolder } from '../builders/temp.ts';

/** A cache of files whose content is their key, as long as `sizeBytes`; and every file it opened. */
function cacheOf(sizeBytes: number, limits: Partial<CacheLimits> = {}) {
  const folder = tempFolder();
  const opened: FileHandle[] = [];
  const faults = { next: 0 };
  const openReleaseFile = async (key: string): Promise<ReleaseFile | undefined> => {
    if (key.endsWith('missing')) return undefined;
    const path = join(folder, key.replaceAll('/', '-'));
    writeFileSync(path, Buffer.alloc(sizeBytes, key));
    if (faults.next > 0) truncateSync(path, sizeBytes - 1);
    faults.next -= 1;
    const file = await open(path);
    opened.push(file);
    return { file, start: 0, sizeBytes };
  };
  const cache = new FileCache({ openReleaseFile }, { ...EDGE_LIMITS, ...limits });
  return { cache, opened, faults };
}

const bytesOf = (found: KeptFile | ReleaseFile | undefined): Buffer => {
  if (found && 'bytes' in found) return found.bytes;
  throw new TypeError('not kept');
};

describe('what the edge keeps in memory', () => {
  it('is read once, and closed', async () => {
    const { cache, opened } = cacheOf(5_000);
    const first = await cache.open('apps/a/r/x.txt');
    expect(bytesOf(first).equals(Buffer.alloc(5_000, 'apps/a/r/x.txt'))).toBe(true);
    expect(await cache.open('apps/a/r/x.txt')).toBe(first);
    expect(cache.kept('apps/a/r/x.txt', 'identity')).toBe(first);
    expect(opened.map(({ fd }) => fd)).toEqual([-1]);
    expect(await cache.open('apps/a/r/missing')).toBeUndefined();
  });

  it('is one thing, however many ask for it at a time', async () => {
    const { cache, opened } = cacheOf(5_000);
    const asking = Array.from({ length: 20 }, () => cache.open('apps/a/r/x.txt'));
    expect(new Set(await Promise.all(asking)).size).toBe(1);
    const packing = Array.from({ length: 20 }, () => cache.compressed('apps/a/r/x.txt', 'gzip'));
    const packed = await Promise.all(packing);
    expect(new Set(packed).size).toBe(1);
    expect(gunzipSync(bytesOf(packed[0])).equals(Buffer.alloc(5_000, 'apps/a/r/x.txt'))).toBe(true);
    await vi.waitFor(() => expect(opened.every(({ fd }) => fd === -1)).toBe(true));
  });

  it('is another thing for another app, release, file and encoding', async () => {
    const { cache } = cacheOf(5_000);
    const keys = ['apps/a/r1/x.txt', 'apps/a/r2/x.txt', 'apps/b/r1/x.txt', 'apps/a/r1/y.txt'];
    const all: unknown[] = [];
    for (const key of keys) {
      all.push(await cache.open(key));
      for (const encoding of ['gzip', 'br'] as const) all.push(await cache.compressed(key, encoding));
    }
    expect(new Set(all).size).toBe(12);
    expect(all).not.toContain(undefined);
  });

  it('holds no memory but its own', async () => {
    const { cache } = cacheOf(5_000);
    const key = 'apps/a/r/x.txt';
    const found = [
      await cache.open(key),
      await cache.compressed(key, 'br'),
      await cache.compressed(key, 'gzip'),
    ];
    for (const bytes of found.map(bytesOf)) expect(bytes.buffer.byteLength).toBe(bytes.length);
  });

  it('is at most so much, of which what was asked for last stays', async () => {
    const { cache } = cacheOf(30_000, { cacheBytes: 100_000 });
    for (let i = 0; i < 20; i += 1) {
      await cache.open(`apps/a/r/${i}.txt`);
      await cache.compressed(`apps/a/r/${i}.txt`, 'br');
      expect(cache.sizeBytes).toBeLessThanOrEqual(100_000);
    }
    expect(cache.kept('apps/a/r/19.txt', 'identity')).toBeDefined();
    expect(cache.kept('apps/a/r/0.txt', 'identity')).toBeUndefined();
    expect(cache.sizeBytes).toBeGreaterThan(50_000);
  });

  it('is at most 64 MB when nobody says otherwise', async () => {
    const { cache } = cacheOf(1_000_000);
    for (let i = 0; i < 80; i += 1) await cache.open(`apps/a/r/${i}.png`);
    expect(cache.sizeBytes).toBeGreaterThan(60_000_000);
    expect(cache.sizeBytes).toBeLessThanOrEqual(64_000_000);
  });

  it('counts small files for what they really take', async () => {
    const { cache } = cacheOf(1, { cacheBytes: 100_000 });
    for (let i = 0; i < 200; i += 1) await cache.open(`apps/a/r/${i}.txt`);
    expect(cache.kept('apps/a/r/0.txt', 'identity')).toBeUndefined();
  });

  it('is no large file, unless compressed; whoever opens it closes it', async () => {
    const { cache, opened } = cacheOf(20_000, { keptBytes: 10_000 });
    const found = await cache.open('apps/a/r/x.txt');
    expect(found).toMatchObject({ sizeBytes: 20_000 });
    expect(await cache.compressed('apps/a/r/x.txt', 'gzip')).toBeDefined();
    expect(cache.kept('apps/a/r/x.txt', 'identity')).toBeUndefined();
    expect(opened.map(({ fd }) => fd === -1)).toEqual([false, true]);
    await opened[0]?.close();
  });

  it('is nothing that could not be read to its end, which is tried again', async () => {
    const { cache, opened, faults } = cacheOf(5_000);
    faults.next = 2;
    await expect(cache.open('apps/a/r/x.txt')).rejects.toThrow('lost its end');
    await expect(cache.compressed('apps/a/r/x.txt', 'br')).rejects.toThrow('lost its end');
    expect(await cache.compressed('apps/a/r/x.txt', 'br')).toBeDefined();
    expect(opened.every(({ fd }) => fd === -1)).toBe(true);
  });

  it('is compressed a few at a time; what comes on top of those that wait is not', async () => {
    const { cache } = cacheOf(5_000, { compressions: 2, waitingCompressions: 3 });
    const asked = Array.from({ length: 8 }, (_, i) => cache.compressed(`apps/a/r/${i}.txt`, 'br'));
    const made = (await Promise.all(asked)).map((file) => file !== undefined);
    expect(made).toEqual([true, true, true, true, true, false, false, false]);
    expect(await cache.compressed('apps/a/r/7.txt', 'br')).toBeDefined();
  });
});
