import { copyFile, mkdir, readdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Durability, diskDurability } from '../../local/durability.ts';
import { LocalBlobStore, type LocalBlobStoreOptions } from '../../shared/blobs/local-blob-store.ts';
import { Busy, CorruptRecord, NotFound } from '../../shared/errors/errors.ts';
import { LocalSigner } from '../../shared/signer/local-signer.ts';
import { tempFolder } from '../builders/temp.ts';
import { type BlobHarness, blobStoreContract, RELEASE, upload } from './blob-store.suite.ts';

const uploadUrl = () => 'http://127.0.0.1:4600/uploads';

async function openStore(options: Partial<LocalBlobStoreOptions> = {}) {
  const folder = tempFolder();
  const root = join(folder, 'blobs');
  const signer = await LocalSigner.open(join(folder, 'signing-key.json'));
  const store = await LocalBlobStore.open({ root, uploadUrl, signer, ...options });
  return { store, root, folder, signer };
}

async function openHarness(options: Partial<LocalBlobStoreOptions> = {}): Promise<BlobHarness> {
  const { store, root } = await openStore(options);
  return {
    store,
    stored: async (key) => {
      const path = join(root, key);
      if (key.startsWith('apps/')) return packed(root, key);
      const latest = (await allFiles(path).catch((): string[] => [])).toSorted().at(-1);
      if (latest === undefined) return undefined;
      const file = await readFile(join(path, latest));
      return file.subarray(0, file.length - 8 - Number(file.subarray(-8).toString()));
    },
    post: ({ fields }, file) =>
      store.receiveUpload(fields, Readable.from([file])).then(
        () => true,
        () => false,
      ),
  };
}

/** A file out of its release's pack, read by the layout that docs/decisions tell. */
async function packed(root: string, key: string): Promise<Buffer | undefined> {
  const [, app, release, ...path] = key.split('/');
  const bytes = await readFile(join(root, 'apps', `${app}`, `${release}.pack`)).catch(() => Buffer.alloc(0));
  let found: Buffer | undefined;
  for (let at = 0; at < bytes.length; ) {
    expect(bytes.subarray(at, at + 4).toString()).toBe('CPK1');
    const start = at + 12 + bytes.readUInt32BE(at + 4);
    const header = JSON.parse(bytes.subarray(at + 12, start).toString());
    at = start + (header.sizeBytes ?? 0);
    if (header.path === path.join('/')) found = header.removed ? undefined : bytes.subarray(start, at);
  }
  return found;
}

async function allFiles(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries.filter((e) => e.isFile()).map((e) => relative(root, join(e.parentPath, e.name)));
}

blobStoreContract(
  () => openHarness(),
  () => openHarness({ pageSize: 2 }),
);

/** Notes what was synced, and lets a test hold it up. */
function watched(before: (what: string) => Promise<void> = () => Promise.resolve()) {
  const synced: string[] = [];
  const durability: Durability = {
    syncFile: async (file) => {
      await before('file');
      const { size } = await file.stat();
      await diskDurability.syncFile(file);
      synced.push(`file of ${size}`);
    },
    syncFolder: async (path) => {
      await before(path);
      await diskDurability.syncFolder(path);
      synced.push(path);
    },
  };
  return { synced, durability };
}

/** Holds up the first sync of what is asked for, until told to go on. */
function held(holds: (what: string) => boolean) {
  const gate = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  const { durability } = watched((what) => {
    if (!holds(what)) return Promise.resolve();
    reached.resolve();
    return gate.promise;
  });
  return { durability, reached: reached.promise, open: gate.resolve };
}

describe('a put on disk', () => {
  it('syncs every new folder, the whole file, then the name of the file', async () => {
    const { synced, durability } = watched();
    const { store, root } = await openStore({ durability });
    await store.put('uploads/one', Buffer.from('12345'));
    expect(synced.map((what) => what.replace(/^file of \d+$/, 'file'))).toEqual([
      'file',
      root,
      join(root, 'uploads'),
      join(root, 'uploads/one'),
    ]);
  });

  it('is not there while its file is not synced', async () => {
    const { durability, reached, open } = held((what) => what === 'file');
    const { store } = await openStore({ durability });
    const put = store.put('uploads/one', Buffer.from('x'));
    await reached;
    await expect(store.get('uploads/one')).rejects.toThrow(NotFound);
    open();
    await put;
    await (await store.get('uploads/one')).close();
  });

  it('is not resolved while its folder is not synced', async () => {
    const { durability, reached, open } = held((what) => what.endsWith('uploads/one'));
    const { store } = await openStore({ durability });
    const order: string[] = [];
    const put = store.put('uploads/one', Buffer.from('x')).finally(() => order.push('resolved'));
    await reached;
    await new Promise(setImmediate);
    order.push('synced');
    open();
    await put;
    expect(order).toEqual(['synced', 'resolved']);
  });

  it('of a folder that is deleted meanwhile makes it again', async () => {
    let store: LocalBlobStore | undefined;
    let armed = false;
    const { durability } = watched(async (what) => {
      if (!armed || !what.endsWith('/uploads')) return;
      armed = false;
      await store?.delete('uploads', { prefix: true });
    });
    const opened = await openStore({ durability });
    store = opened.store;
    armed = true;
    await store.put('uploads/one', Buffer.from('x'));
    expect(await allFiles(opened.root)).toHaveLength(1);
  });

  it.each(['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE'])('says Busy on %s', async (code) => {
    const { durability } = watched(() => Promise.reject(Object.assign(new Error(code), { code })));
    const { store } = await openStore({ durability });
    await expect(store.put('uploads/one', Buffer.from('x'))).rejects.toThrow(Busy);
  });

  it('leaves nothing but its file, and opening clears what a crash left', async () => {
    const { store, root, signer } = await openStore();
    await store.put(`${RELEASE}/a`, Buffer.from('x'));
    expect(await allFiles(root)).toEqual([`${RELEASE}.pack`]);
    await writeFile(join(root, '.drafts', 'half'), 'x');
    await LocalBlobStore.open({ root, uploadUrl: () => '', signer });
    expect(await allFiles(root)).toEqual([`${RELEASE}.pack`]);
  });

  it('leaves nothing at all of a deleted key', async () => {
    const { store, root } = await openStore();
    await store.put('uploads/one', Buffer.from('x'));
    await store.put('uploads/one', Buffer.from('y'));
    await store.delete('uploads/one');
    expect(await readdir(root, { recursive: true })).toEqual(expect.arrayContaining(['uploads']));
    expect(await readdir(join(root, 'uploads'))).toEqual([]);
    expect(await readdir(join(root, '.drafts'))).toEqual([]);
  });
});

describe('symbolic links in the folder', () => {
  it('are never followed: not read, listed, written through or deleted through', async () => {
    const { store, root, folder } = await openStore();
    const outside = join(folder, 'outside');
    await mkdir(join(outside, 'r'), { recursive: true });
    await writeFile(join(outside, 'r', 'secret'), 'secret');
    const other = await openStore();
    await other.store.put('apps/a/r/secret', Buffer.from('secret'));
    await copyFile(join(other.root, 'apps/a/r.pack'), join(outside, 'r.pack'));
    await mkdir(join(root, 'apps/b'), { recursive: true });
    await symlink(outside, join(root, 'apps/a'));
    await symlink(join(outside, 'r'), join(root, 'uploads'));
    await symlink(join(outside, 'r.pack'), join(root, 'apps/b/r.pack'));
    for (const key of ['apps/a/r/secret', 'apps/b/r/secret']) {
      await expect(store.get(key)).rejects.toThrow(NotFound);
      expect(await store.openReleaseFile(key)).toBeUndefined();
    }
    expect((await store.list('')).blobs).toEqual([]);
    expect((await store.list('apps/a/r/')).blobs).toEqual([]);
    await expect(store.put('apps/a/r/new', Buffer.from('x'))).rejects.toThrow('symbolic link');
    await expect(store.put('apps/b/r/new', Buffer.from('x'))).rejects.toThrow('ELOOP');
    await expect(store.put('uploads/new', Buffer.from('x'))).rejects.toThrow('symbolic link');
    await store.delete('apps/a/r/secret');
    await store.delete('apps/a/r', { prefix: true });
    await store.delete('uploads', { prefix: true });
    expect((await allFiles(outside)).toSorted()).toEqual(['r.pack', 'r/secret']);
  });
});

describe('opening a file for the edge', () => {
  it('opens release files only, and no folders', async () => {
    const { store } = await openStore();
    await store.put(`${RELEASE}/a/index.html`, Buffer.from('hello'));
    await store.put('uploads/one', Buffer.from('x'));
    const opened = await store.openReleaseFile(`${RELEASE}/a/index.html`);
    expect(opened?.sizeBytes).toBe(5);
    const bytes = Buffer.alloc(5);
    await opened?.file.read(bytes, 0, 5, opened.start);
    expect(bytes.toString()).toBe('hello');
    await opened?.file.close();
    for (const key of [`${RELEASE}/a`, `${RELEASE}/b`, `${RELEASE}/a/index.html/x`, 'uploads/one', '../x']) {
      expect(await store.openReleaseFile(key)).toBeUndefined();
    }
    expect(await store.openReleaseFile(`${RELEASE}/${'n'.repeat(256)}`)).toBeUndefined();
  });
});

describe('a damaged file', () => {
  it('is an error, never an absent blob', async () => {
    const { store, root } = await openStore();
    const { versionId } = await store.put('uploads/one', Buffer.from('some bytes'));
    const path = join(root, 'uploads/one', versionId);
    const whole = await readFile(path);
    for (const size of [whole.length - 1, whole.length - 9, 12, 5, 0]) {
      await truncate(path, size);
      await expect(store.get('uploads/one')).rejects.toThrow(CorruptRecord);
      await writeFile(path, whole);
    }
    await writeFile(path, whole.subarray(1));
    await expect(store.get('uploads/one')).rejects.toThrow(CorruptRecord);
  });
});

describe('receiving an upload', () => {
  const file = Buffer.from('PK: an archive');
  const key = 'uploads/one';
  afterEach(() => {
    vi.useRealTimers();
  });

  async function linked() {
    const opened = await openStore();
    const link = await opened.store.uploadLink(upload(key, file));
    const receive = (fields: Record<string, string>, body = file) =>
      opened.store.receiveUpload(fields, Readable.from([body]));
    return { ...opened, link, receive };
  }

  it('answers with the version it stored, and the link says where to post', async () => {
    const { store, link, receive } = await linked();
    expect(link.url).toBe('http://127.0.0.1:4600/uploads');
    const received = await receive(link.fields);
    const reader = await store.get(key, received.versionId);
    expect(received).toEqual({
      key,
      versionId: reader.versionId,
      sizeBytes: file.length,
      sha256: reader.sha256,
    });
    await reader.close();
  });

  it('the same file posted again is the upload there is; it takes no more room', async () => {
    const { root, link, receive } = await linked();
    const first = await receive(link.fields);
    expect(await receive(link.fields)).toEqual(first);
    expect(await allFiles(root)).toHaveLength(1);
  });

  it.each([
    ['too large', Buffer.concat([file, Buffer.from('!')]), 413, 'upload/too-large'],
    ['too small', file.subarray(1), 422, 'upload/digest-mismatch'],
    ['different', Buffer.from('PK: an_archive'), 422, 'upload/digest-mismatch'],
  ])('a file that is %s is refused, leaving nothing', async (_, body, status, code) => {
    const { root, link, receive } = await linked();
    await expect(receive(link.fields, body)).rejects.toMatchObject({ status, code });
    expect(await allFiles(root)).toEqual([]);
  });

  it('stops reading at the first byte too many', async () => {
    const { store, link } = await linked();
    let given = 0;
    const endless = new Readable({
      highWaterMark: 1,
      read() {
        given += 1000;
        this.push(Buffer.alloc(1000));
      },
    });
    await expect(store.receiveUpload(link.fields, endless)).rejects.toMatchObject({
      code: 'upload/too-large',
    });
    expect(endless.destroyed).toBe(true);
    expect(given).toBeLessThan(10_000);
  });

  it('refuses at the instant of expiry, by system time, before it asks for a key', async () => {
    const { store, signer, link, receive } = await linked();
    const verify = vi.spyOn(signer, 'verify');
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Number(link.fields['expires']));
    await expect(receive(link.fields)).rejects.toMatchObject({ status: 410, code: 'upload/expired' });
    expect(verify).not.toHaveBeenCalled();
    vi.setSystemTime(Number(link.fields['expires']) - 1);
    await receive(link.fields);
    expect(await store.list('')).toMatchObject({ blobs: [{ key }] });
  });

  it.each([
    ['key', 'uploads/two'],
    ['key', '../two'],
    ['size', '15'],
    ['size', '1e1'],
    ['size', '-1'],
    ['sha256', 'a'.repeat(64)],
    ['expires', '9999999999999'],
    ['kid', 'k2'],
    ['kid', '__proto__'],
    ['mac', 'A'.repeat(43)],
    ['mac', ''],
    ['extra', 'x'],
  ])('refuses a form whose %s was made %j', async (field, value) => {
    const { root, link, receive } = await linked();
    await expect(receive({ ...link.fields, [field]: value })).rejects.toMatchObject({
      status: 400,
      code: 'upload/form-invalid',
    });
    expect(await allFiles(root)).toEqual([]);
  });

  it.each(['key', 'size', 'sha256', 'expires', 'kid', 'mac'])(
    'refuses a form without its %s',
    async (field) => {
      const { link, receive } = await linked();
      const { [field]: _, ...rest } = link.fields;
      await expect(receive(rest)).rejects.toMatchObject({ code: 'upload/form-invalid' });
    },
  );
});
