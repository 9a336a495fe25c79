import { appendFile, mkdir, readdir, readFile, rmdir, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Durability, diskDurability } from '../../local/durability.ts';
import { LocalBlobStore } from '../../shared/blobs/local-blob-store.ts';
import { CorruptRecord, NotFound } from '../../shared/errors/errors.ts';
import { LocalSigner } from '../../shared/signer/local-signer.ts';
import { tempFolder } from '../builders/temp.ts';

const RELEASE = 'apps/a/r';

async function openStore(options: { folder?: string; durability?: Durability } = {}) {
  const folder = options.folder ?? tempFolder();
  const root = join(folder, 'blobs');
  const signer = await LocalSigner.open(join(folder, 'keys.json'));
  const { durability = diskDurability } = options;
  const store = await LocalBlobStore.open({ root, uploadUrl: () => '', signer, durability });
  const pack = join(root, `${RELEASE}.pack`);
  const again = () => openStore({ folder });
  return { store, root, folder, pack, again };
}

async function text(store: LocalBlobStore, path: string): Promise<string> {
  const blob = await store.get(`${RELEASE}/${path}`);
  try {
    return (await buffer(blob.stream())).toString();
  } finally {
    await blob.close();
  }
}

const put = (store: LocalBlobStore, path: string, content = path) =>
  store.put(`${RELEASE}/${path}`, Buffer.from(content));

const paths = async (store: LocalBlobStore): Promise<string[]> =>
  (await store.list('apps/')).blobs.map(({ key }) => key.slice(RELEASE.length + 1));

/** Notes the size of each file that is synced, and holds up or fails those it is told to. */
function watched(before: (what: string, n: number) => Promise<void> = async () => undefined) {
  const synced: string[] = [];
  let files = 0;
  const durability: Durability = {
    syncFile: async (file) => {
      await before('file', (files += 1));
      await diskDurability.syncFile(file);
      synced.push(`file of ${(await file.stat()).size}`);
    },
    syncFolder: async (path) => {
      await before(path, files);
      await diskDurability.syncFolder(path);
      synced.push(path);
    },
  };
  return { durability, synced };
}

describe('a release’s pack', () => {
  it('is one file, whatever paths it holds, and reads the same after a restart', async () => {
    const { store, root, again } = await openStore();
    for (const path of ['index.html', 'img/a.png', 'img', 'ü/%2e.txt', '.packed']) await put(store, path);
    expect(await readdir(join(root, 'apps/a'))).toEqual(['r.pack']);
    for (const reader of [store, (await again()).store]) {
      expect(await text(reader, 'img')).toBe('img');
      expect(await text(reader, 'ü/%2e.txt')).toBe('ü/%2e.txt');
      expect(await paths(reader)).toEqual(['.packed', 'img', 'img/a.png', 'index.html', 'ü/%2e.txt']);
    }
  });

  it('syncs new folders, then the file, then the file’s name; later puts sync the file alone', async () => {
    const { durability, synced } = watched();
    const { store, root, pack } = await openStore({ durability });
    await put(store, 'one');
    const size = (await stat(pack)).size;
    expect(synced).toEqual([root, join(root, 'apps'), `file of ${size}`, join(root, 'apps/a')]);
    synced.length = 0;
    await put(store, 'two');
    expect(synced).toEqual([`file of ${(await stat(pack)).size}`]);
  });

  it('shares one sync among the puts that wait for it, never one that began before theirs', async () => {
    const gate = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    const { durability, synced } = watched(async (what, n) => {
      if (what !== 'file' || n !== 1) return;
      reached.resolve();
      await gate.promise;
    });
    const { store } = await openStore({ durability });
    const order: string[] = [];
    const first = put(store, 'first').then(() => order.push('first'));
    await reached.promise;
    const others = Promise.all(['two', 'three', 'four'].map((path) => put(store, path))).then(() =>
      order.push('others'),
    );
    expect(await paths(store)).toEqual([]);
    await expect(store.get(`${RELEASE}/first`)).rejects.toThrow(NotFound);
    gate.resolve();
    await Promise.all([first, others]);
    expect(order).toEqual(['first', 'others']);
    expect(synced.filter((what) => what.startsWith('file'))).toHaveLength(2);
    expect(await paths(store)).toEqual(['first', 'four', 'three', 'two']);
  });

  it.each([
    ['file', 0],
    ['/apps/a', 1],
    ['/apps', 1],
    ['/blobs', 1],
  ])('a put whose sync of %s fails has stored nothing, and the next one tries again', async (bad, times) => {
    let fails = true;
    const { durability, synced } = watched(async (what) => {
      if (fails && what.endsWith(bad)) throw new Error('disk gone');
    });
    const { store, again } = await openStore({ durability });
    await expect(put(store, 'one')).rejects.toThrow('disk gone');
    expect(await paths(store)).toEqual([]);
    fails = false;
    await put(store, 'two');
    expect(await paths((await again()).store)).toEqual(['two']);
    expect(synced.some((what) => what.startsWith('file of') && what !== 'file of 0')).toBe(true);
    expect(synced.filter((what) => what.endsWith(bad))).toHaveLength(times);
  });

  it('a batch that fails takes nothing with it that was stored before', async () => {
    let fails = false;
    const { durability } = watched(async (what) => {
      if (fails && what === 'file') throw Object.assign(new Error('full'), { code: 'ENOSPC' });
    });
    const { store, pack, again } = await openStore({ durability });
    await put(store, 'one');
    const before = await readFile(pack);
    fails = true;
    await expect(put(store, 'two')).rejects.toThrow('ENOSPC');
    expect((await readFile(pack)).equals(before)).toBe(true);
    fails = false;
    await put(store, 'three');
    expect(await paths((await again()).store)).toEqual(['one', 'three']);
  });

  it('the last put of a path counts, and its version is its digest', async () => {
    const { store, again } = await openStore();
    const first = await put(store, 'one', 'old');
    const second = await put(store, 'one', 'new');
    for (const reader of [store, (await again()).store]) {
      expect(await text(reader, 'one')).toBe('new');
      await expect(reader.get(`${RELEASE}/one`, first.versionId)).rejects.toThrow(NotFound);
      await (await reader.get(`${RELEASE}/one`, second.versionId)).close();
    }
  });

  it('forgets a deleted file and a deleted folder, also after a restart', async () => {
    const { store, again } = await openStore();
    for (const path of ['a', 'b/c', 'b/d', 'bc']) await put(store, path);
    await store.delete(`${RELEASE}/a`);
    await store.delete(`${RELEASE}/b/`, { prefix: true });
    for (const reader of [store, (await again()).store]) expect(await paths(reader)).toEqual(['bc']);
  });

  it('a deleted release leaves no file and no folder, and may come again', async () => {
    const { store, root } = await openStore();
    await put(store, 'old');
    await store.delete(`${RELEASE}/`, { prefix: true });
    expect(await readdir(join(root, 'apps'))).toEqual([]);
    expect(await readdir(join(root, '.drafts'))).toEqual([]);
    await put(store, 'new');
    expect(await paths(store)).toEqual(['new']);
  });

  it('keeps other releases and other apps when one is deleted', async () => {
    const { store } = await openStore();
    for (const key of ['apps/a/r/x', 'apps/a/r2/x', 'apps/ab/r/x']) await store.put(key, Buffer.from(key));
    await store.delete('apps/a/r', { prefix: true });
    expect((await store.list('apps/')).blobs.map(({ key }) => key)).toEqual(['apps/a/r2/x', 'apps/ab/r/x']);
    await store.delete('apps/a/', { prefix: true });
    expect((await store.list('')).blobs.map(({ key }) => key)).toEqual(['apps/ab/r/x']);
  });

  it('what is put while the release is deleted is either there whole or gone', async () => {
    const { store, again } = await openStore();
    for (let round = 0; round < 20; round += 1) {
      const putting = Promise.all(['a', 'b', 'c'].map((path) => put(store, path, `${path}${round}`)));
      await Promise.all([putting, store.delete(RELEASE, { prefix: true })]);
      for (const path of await paths(store)) expect(await text(store, path)).toBe(`${path}${round}`);
    }
    const { store: later } = await again();
    expect(await paths(later)).toEqual(await paths(store));
  });

  it('a reader gets a file as it was put once, whatever is deleted and put again meanwhile', async () => {
    const { store } = await openStore();
    const key = `${RELEASE}/target`;
    const seen = new Set<string>();
    const read = async () => {
      const opened = await store.openReleaseFile(key);
      if (!opened) return;
      const bytes = Buffer.alloc(opened.sizeBytes);
      await opened.file.read(bytes, 0, bytes.length, opened.start);
      await opened.file.close();
      seen.add(bytes.toString());
    };
    for (let round = 0; round < 40; round += 1) {
      await put(store, 'before', '.'.repeat(round * 7));
      await put(store, 'target', 'whole');
      const early = Array.from({ length: 4 }, read);
      const deleting = store.delete(RELEASE, { prefix: true });
      const late = Array.from({ length: 4 }, read);
      await Promise.all([deleting, put(store, 'other', '-'.repeat(60)), ...early, ...late]);
    }
    expect([...seen]).toEqual(['whole']);
  });

  it('is one pack while it is written, however many others are used meanwhile', async () => {
    const gate = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    const { durability } = watched(async (what, n) => {
      if (what !== 'file' || n !== 1) return;
      reached.resolve();
      await gate.promise;
    });
    const { store, again } = await openStore({ durability });
    const first = put(store, 'first');
    await reached.promise;
    for (let i = 0; i < 600; i += 1) await store.openReleaseFile(`apps/b/r${i}/x`);
    const second = put(store, 'second');
    gate.resolve();
    await Promise.all([first, second]);
    expect(await paths(store)).toEqual(['first', 'second']);
    expect(await paths((await again()).store)).toEqual(['first', 'second']);
  });

  it('two packs at once never mix, however many there are', async () => {
    const { store } = await openStore();
    const keys = Array.from({ length: 600 }, (_, i) => `apps/a${i % 7}/r${i}/f`);
    await Promise.all(keys.map((key) => store.put(key, Buffer.from(key))));
    for (const key of keys) {
      const opened = await store.openReleaseFile(key);
      const bytes = Buffer.alloc(opened?.sizeBytes ?? 0);
      await opened?.file.read(bytes, 0, bytes.length, opened.start);
      await opened?.file.close();
      expect(bytes.toString()).toBe(key);
    }
  });

  it.each(['apps/a', 'apps/a/r', 'apps/a/r/', 'apps//r/x', 'apps/a/../x', 'apps/a/r/..'])(
    'refuses %s, which is no key of a release’s file',
    async (key) => {
      const { store } = await openStore();
      await expect(store.put(key, Buffer.from('x'))).rejects.toThrow(TypeError);
    },
  );
});

describe('a pack that a crash tore', () => {
  it('keeps every batch before the last, wherever it breaks off, and is whole again with the next put', async () => {
    const { store, pack, again } = await openStore();
    await put(store, 'one', 'the first file');
    const kept = (await stat(pack)).size;
    await put(store, 'two', 'the second file');
    const bytes = await readFile(pack);
    for (let size = kept; size < bytes.length; size += 1) {
      await writeFile(pack, bytes.subarray(0, size));
      const { store: later } = await again();
      expect(await paths(later)).toEqual(['one']);
      await put(later, 'three');
      expect(await paths((await again()).store)).toEqual(['one', 'three']);
      expect(await text(later, 'one')).toBe('the first file');
    }
  });

  it('drops bytes of the last batch that never came to the disk', async () => {
    const { store, pack, again } = await openStore();
    await put(store, 'one', 'the first file');
    await put(store, 'two', 'the second file');
    const bytes = await readFile(pack);
    bytes.fill(0, bytes.length - 5);
    await writeFile(pack, bytes);
    expect(await paths((await again()).store)).toEqual(['one']);
  });

  it('does not bring back what it lost once something as long is put in its place', async () => {
    const gate = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    const { durability } = watched(async (what, n) => {
      if (what !== 'file' || n !== 2) return;
      reached.resolve();
      await gate.promise;
    });
    const { store, pack, again } = await openStore({ durability });
    await put(store, 'first');
    const begin = (await stat(pack)).size;
    const blocker = put(store, 'second');
    await reached.promise;
    const batch = Promise.all(['a', 'b', 'c'].map((path) => put(store, path, path.repeat(9))));
    gate.resolve();
    await Promise.all([blocker, batch]);
    const bytes = await readFile(pack);
    expect(bytes.length).toBeGreaterThan(begin);
    bytes.write('x', bytes.indexOf('aaaaaaaaa'));
    await writeFile(pack, bytes);
    const { store: later } = await again();
    expect(await paths(later)).toEqual(['first', 'second']);
    await put(later, 'a', 'A'.repeat(9));
    expect(await paths((await again()).store)).toEqual(['a', 'first', 'second']);
  });

  it('with rubbish behind it is read up to there', async () => {
    const { store, pack, again } = await openStore();
    await put(store, 'one');
    await appendFile(pack, Buffer.concat([Buffer.from('CPK1'), Buffer.alloc(50, 255)]));
    const { store: later } = await again();
    expect(await paths(later)).toEqual(['one']);
    await put(later, 'two');
    expect(await paths((await again()).store)).toEqual(['one', 'two']);
  });
});

describe('a damaged pack', () => {
  it('is an error, never an absent file: what was synced once does not go unnoticed', async () => {
    const { store, pack, again } = await openStore();
    for (const path of ['one', 'two', 'three']) await put(store, path);
    const bytes = await readFile(pack);
    const second = bytes.indexOf('CPK1', 4);
    for (const at of [0, 5, 9, 20, second, second + 5, second + 9, second + 20]) {
      const damaged = Buffer.from(bytes);
      damaged.writeUInt8(damaged.readUInt8(at) ^ 0xff, at);
      await writeFile(pack, damaged);
      const { store: later } = await again();
      await expect(later.get(`${RELEASE}/three`)).rejects.toThrow(CorruptRecord);
      await expect(put(later, 'four')).rejects.toThrow(CorruptRecord);
      expect((await readFile(pack)).equals(damaged)).toBe(true);
    }
  });

  it('shows a changed file as it stands, for the doctor to see, and all others as they are', async () => {
    const { store, pack, again } = await openStore();
    for (const path of ['one', 'two', 'three']) await put(store, path, `${path}!`);
    const bytes = await readFile(pack);
    bytes.write('?', bytes.indexOf('two!') + 3);
    await writeFile(pack, bytes);
    const { store: later } = await again();
    expect(await paths(later)).toEqual(['one', 'three', 'two']);
    expect(await text(later, 'two')).toBe('two?');
    expect(await text(later, 'three')).toBe('three!');
  });

  it('that is cut off while it is read tells so', async () => {
    const { store, pack } = await openStore();
    await put(store, 'one', 'x'.repeat(100));
    await truncate(pack, (await stat(pack)).size - 10);
    const blob = await store.get(`${RELEASE}/one`);
    await expect(blob.read(0, 100)).rejects.toThrow(CorruptRecord);
    await blob.close();
  });
});

describe('releases of an earlier version', () => {
  it('are packed at the first start, and a start that broke off goes on', async () => {
    const { store, root, again } = await openStore();
    await put(store, 'half/packed', 'packed');
    const folder = join(root, RELEASE);
    await mkdir(join(folder, 'img'), { recursive: true });
    await writeFile(join(folder, 'index.html'), 'home');
    await writeFile(join(folder, 'img/a.png'), 'picture');
    await mkdir(join(root, 'apps/b/r2'), { recursive: true });
    await writeFile(join(root, 'apps/b/r2/x'), 'other');
    // A store that knows all is packed does not look.
    expect((await (await again()).store.list('')).blobs).toHaveLength(1);
    await rmdir(join(root, '.packed'));
    const { store: later } = await again();
    expect((await later.list('apps/')).blobs.map(({ key }) => key)).toEqual([
      `${RELEASE}/half/packed`,
      `${RELEASE}/img/a.png`,
      `${RELEASE}/index.html`,
      'apps/b/r2/x',
    ]);
    expect(await text(later, 'img/a.png')).toBe('picture');
    expect(await readdir(join(root, 'apps/a'))).toEqual(['r.pack']);
  });
});

it('a pack holds what a map would, whatever is put and deleted, and after every restart', async () => {
  const path = fc.constantFrom('a', 'b', 'a/b', 'a/c', 'é', '\u{1f600}');
  const change = fc.oneof(
    fc.record({ put: path, content: fc.uint8Array({ maxLength: 300 }) }),
    fc.record({ remove: path }),
    fc.constant({ restart: true }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 30 }), async (changes) => {
      const model = new Map<string, string>();
      let { store, again } = await openStore();
      for (const one of changes) {
        if ('put' in one) {
          await store.put(`${RELEASE}/${one.put}`, one.content);
          model.set(one.put, Buffer.from(one.content).toString());
        } else if ('remove' in one) {
          await store.delete(`${RELEASE}/${one.remove}`);
          model.delete(one.remove);
        } else ({ store, again } = await again());
      }
      const held = new Map<string, string>();
      for (const found of await paths(store)) held.set(found, await text(store, found));
      expect(held).toEqual(model);
    }),
    { numRuns: 40 },
  );
});
