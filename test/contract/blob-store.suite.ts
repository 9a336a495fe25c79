import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { BlobStore, UploadLink } from '../../shared/blobs/blob-store.ts';
import { NotFound } from '../../shared/errors/errors.ts';
import { sha256 } from '../../shared/ids/ids.ts';

export interface BlobHarness {
  store: BlobStore;
  /** The latest bytes of a key by a way round the store; undefined when there are none. */
  stored: (key: string) => Promise<Buffer | undefined>;
  /** Posts a file to an upload link as a stranger would; is it taken? */
  post: (link: UploadLink, file: Buffer) => Promise<boolean>;
}

export const RELEASE = 'apps/a_aaaaaaaaaaaaaaaaaaaaaaaaaa/r_bbbbbbbbbbbbbbbbbbbbbbbbbb';

/** What every `BlobStore` does. `open` gives a new and empty one; `smallPages` one that lists few keys at a time. */
export function blobStoreContract(open: () => Promise<BlobHarness>, smallPages: () => Promise<BlobHarness>) {
  blobContract(open, smallPages);
  uploadLinkContract(open);
}

/** All of it but upload links. */
export function blobContract(open: () => Promise<BlobHarness>, smallPages: () => Promise<BlobHarness>) {
  describe.each([
    ['a release file', `${RELEASE}/index.html`],
    ['any other blob', 'incoming/one'],
  ])('%s', (_, key) => {
    it('reads back what was put, with its size and digest', async () => {
      const { store, stored } = await open();
      const body = randomBytes(200_000);
      const put = await store.put(key, body);
      expect(put).toMatchObject({ sizeBytes: body.length, sha256: sha256(body) });
      const reader = await store.get(key);
      expect(reader).toMatchObject(put);
      expect(await buffer(reader.stream())).toEqual(body);
      expect((await stored(key))?.equals(body)).toBe(true);
      await reader.close();
    });

    it('takes a stream, and may be empty', async () => {
      const { store } = await open();
      await store.put(key, Readable.from([Buffer.from('in '), Buffer.from('parts')]));
      const reader = await store.get(key);
      expect((await reader.read(0, 100)).toString()).toBe('in parts');
      await reader.close();
      await store.put(key, Buffer.alloc(0));
      const empty = await store.get(key);
      expect(empty).toMatchObject({ sizeBytes: 0, sha256: sha256('') });
      expect(await buffer(empty.stream())).toHaveLength(0);
      await empty.close();
    });

    it('reads by position, clamped to its size', async () => {
      const { store } = await open();
      await store.put(key, Buffer.from('0123456789'));
      const reader = await store.get(key);
      expect((await reader.read(2, 5)).toString()).toBe('234');
      expect((await reader.read(-3, 2)).toString()).toBe('01');
      expect((await reader.read(8, 99)).toString()).toBe('89');
      expect(await reader.read(99, 100)).toHaveLength(0);
      expect((await buffer(reader.stream(2, 5))).toString()).toBe('234');
      expect((await buffer(reader.stream(8, 99))).toString()).toBe('89');
      expect((await buffer(reader.stream(7))).toString()).toBe('789');
      expect(await buffer(reader.stream(4, 4))).toHaveLength(0);
      await reader.close();
      await reader.close();
    });

    it('an open reader keeps reading what it opened, whatever is put or deleted', async () => {
      const { store } = await open();
      await store.put(key, Buffer.from('the first'));
      const reader = await store.get(key);
      await store.put(key, Buffer.from('another'));
      await store.delete(key);
      expect((await reader.read(0, 100)).toString()).toBe('the first');
      await reader.close();
    });

    it('a put whose body breaks off leaves what was there', async () => {
      const { store, stored } = await open();
      await store.put(key, Buffer.from('whole'));
      const broken = new Readable({
        read() {
          this.push('half');
          this.destroy(new Error('the line is dead'));
        },
      });
      await expect(store.put(key, broken)).rejects.toThrow('the line is dead');
      expect((await stored(key))?.toString()).toBe('whole');
    });

    it('is gone once deleted, and deleting it again is fine', async () => {
      const { store, stored } = await open();
      const { versionId } = await store.put(key, Buffer.from('x'));
      await store.delete(key);
      await store.delete(key);
      await expect(store.get(key)).rejects.toThrow(NotFound);
      await expect(store.get(key, versionId)).rejects.toThrow(NotFound);
      expect(await stored(key)).toBeUndefined();
    });

    it('a version that never was is not found', async () => {
      const { store } = await open();
      await store.put(key, Buffer.from('x'));
      for (const versionId of ['nothing', '', '../one', '000000000009-aaaaaaaaaaaaaaaa']) {
        await expect(store.get(key, versionId)).rejects.toThrow(NotFound);
      }
    });
  });

  describe('versions', () => {
    it('an older version reads as it was after later puts, even of the same bytes', async () => {
      const { store } = await open();
      const first = await store.put('incoming/one', Buffer.from('first'), { contentType: 'text/plain' });
      const second = await store.put('incoming/one', Buffer.from('second'));
      const third = await store.put('incoming/one', Buffer.from('first'));
      expect(new Set([first, second, third].map((version) => version.versionId)).size).toBe(3);
      for (const [version, text] of [
        [first, 'first'],
        [second, 'second'],
        [third, 'first'],
      ] as const) {
        const reader = await store.get('incoming/one', version.versionId);
        expect((await reader.read(0, 100)).toString()).toBe(text);
        await reader.close();
      }
      const latest = await store.get('incoming/one');
      expect(latest.versionId).toBe(third.versionId);
      await latest.close();
    });

    it('a key used again after a delete never answers to an old version id', async () => {
      const { store } = await open();
      const { versionId } = await store.put('incoming/one', Buffer.from('old'));
      await store.delete('incoming/one');
      await store.put('incoming/one', Buffer.from('new'));
      await expect(store.get('incoming/one', versionId)).rejects.toThrow(NotFound);
    });

    it('each keeps its own metadata', async () => {
      const { store } = await open();
      const metadata = {
        contentType: 'application/json',
        cacheControl: 'no-store',
        named: { redirect: '/a%20b/', 'content-policy': "default-src 'self'; img-src *" },
      };
      const first = await store.put('listings/one', Buffer.from('{}'), metadata);
      await store.put('listings/one', Buffer.from('{}'));
      const reader = await store.get('listings/one', first.versionId);
      expect(reader.metadata).toEqual(metadata);
      await reader.close();
      const latest = await store.get('listings/one');
      expect(latest.metadata).toEqual({});
      await latest.close();
    });
  });

  describe('metadata', () => {
    it('takes 2,048 bytes of names and values', async () => {
      const { store } = await open();
      const named = { a: 'x'.repeat(1000), 'b-2': '~'.repeat(1044) };
      await store.put('listings/one', Buffer.from('{}'), { named });
      const reader = await store.get('listings/one');
      expect(reader.metadata).toEqual({ named });
      await reader.close();
    });

    it.each<[string, Record<string, string>]>([
      ['a byte more', { a: 'x'.repeat(1000), 'b-2': '~'.repeat(1045) }],
      ['a capital in a name', { Redirect: 'x' }],
      ['a name that is none', { 'a b': 'x' }],
      ['an empty name', { '': 'x' }],
      ['an empty value', { a: '' }],
      ['a value that is no ASCII', { a: 'ü' }],
      ['a value of two lines', { a: 'x\r\ny' }],
      ['a space at the end', { a: 'x ' }],
    ])('with %s is refused, and nothing is stored', async (_, named) => {
      const { store, stored } = await open();
      for (const key of ['listings/one', `${RELEASE}/a`]) {
        await expect(store.put(key, Buffer.from('x'), { named })).rejects.toThrow(TypeError);
        expect(await stored(key)).toBeUndefined();
      }
    });
  });

  describe('listing and deleting many', () => {
    const keys = [
      `${RELEASE}/a`,
      `${RELEASE}/b!`,
      `${RELEASE}/b/c`,
      `${RELEASE}/b0`,
      `${RELEASE}/ﬀ`,
      `${RELEASE}/😀`,
      `${RELEASE}2/a`,
      'uploads/1',
      'uploads/1!',
      'uploads/1/2',
      'uploads/10',
    ];

    async function fill({ store }: BlobHarness): Promise<void> {
      for (const key of keys.toReversed()) await store.put(key, Buffer.from(key));
    }

    it.each([
      ['everything', ''],
      ['a release', `${RELEASE}/`],
      ['a release and those whose id begins the same', RELEASE],
      ['part of a name', 'uploads/1'],
      ['below a key', 'uploads/1/'],
      ['nothing', 'uploads/2'],
      ['no such folder', 'elsewhere/deep/'],
    ])('lists %s in byte order, however short the pages are', async (_, prefix) => {
      const wanted = keys.filter((key) => key.startsWith(prefix));
      for (const harness of [await open(), await smallPages()]) {
        await fill(harness);
        expect(await listAll(harness.store, prefix)).toEqual(wanted);
      }
    });

    it('lists the size of the latest version', async () => {
      const { store } = await open();
      await store.put('uploads/1', Buffer.from('long'));
      await store.put('uploads/1', Buffer.from('short'), { contentType: 'text/plain' });
      await store.put(`${RELEASE}/a`, Buffer.from('abc'));
      expect((await store.list('')).blobs).toEqual([
        { key: `${RELEASE}/a`, sizeBytes: 3 },
        { key: 'uploads/1', sizeBytes: 5 },
      ]);
    });

    it.each([
      [`${RELEASE}/`, keys.filter((key) => !key.startsWith(`${RELEASE}/`))],
      [RELEASE, keys.filter((key) => !key.startsWith(`${RELEASE}/`))],
      ['uploads/1', keys.filter((key) => key !== 'uploads/1/2')],
      ['uploads', keys.filter((key) => !key.startsWith('uploads/'))],
      ['nowhere', keys],
      [`${RELEASE}/a`, keys],
    ])('deleting below %s takes what is below it and nothing else', async (prefix, left) => {
      const harness = await open();
      await fill(harness);
      await harness.store.delete(prefix, { prefix: true });
      expect(await listAll(harness.store, '')).toEqual(left);
    });

    it.each([
      ['uploads/1', keys.filter((key) => key !== 'uploads/1')],
      [`${RELEASE}/a`, keys.filter((key) => key !== `${RELEASE}/a`)],
      [`${RELEASE}/b`, keys],
      [RELEASE, keys],
    ])('deleting %s takes that key and nothing below it', async (key, left) => {
      const harness = await open();
      await fill(harness);
      await harness.store.delete(key);
      expect(await listAll(harness.store, '')).toEqual(left);
    });
  });

  describe('keys', () => {
    const long = 'n'.repeat(255);
    it.each([
      ['uploads/ü 😀.zip'],
      ['uploads/a:b?c#d%2e'],
      ['uploads/...'],
      [`${RELEASE}/.well-known/x`],
      [`uploads/${long}`],
    ])('%s is one', async (key) => {
      const { store } = await open();
      await store.put(key, Buffer.from('x'));
      expect((await store.list('')).blobs).toEqual([{ key, sizeBytes: 1 }]);
    });

    it.each([
      [''],
      ['/'],
      ['/etc/passwd'],
      ['a//b'],
      ['a/'],
      ['.'],
      ['..'],
      ['../a'],
      ['a/../b'],
      ['a/./b'],
      ['a/..'],
      ['a\\..\\b'],
      ['a/b\u0000c'],
      ['a/b\nc'],
      ['a/b\u007fc'],
      ['a/\ud800'],
      ['.drafts/x'],
      [`a/${long}n`],
      [`a/${`${long}/`.repeat(4)}b`],
    ])('%j is none, whatever is asked of it', async (key) => {
      const { store } = await open();
      await expect(store.put(key, Buffer.from('x'))).rejects.toThrow(TypeError);
      await expect(store.get(key)).rejects.toThrow(TypeError);
      await expect(store.uploadLink(upload(key, Buffer.from('x')))).rejects.toThrow(TypeError);
      await expect(store.delete(key)).rejects.toThrow(TypeError);
    });
  });
}

/** What every upload link does. */
export function uploadLinkContract(open: () => Promise<BlobHarness>) {
  describe('an upload link', () => {
    const file = Buffer.from('PK: an archive');

    it('takes the file it was made for', async () => {
      const { store, stored, post } = await open();
      expect(await post(await store.uploadLink(upload('incoming/one', file)), file)).toBe(true);
      expect((await stored('incoming/one'))?.equals(file)).toBe(true);
    });

    it.each([
      ['one byte more', Buffer.concat([file, Buffer.from('!')])],
      ['one byte less', file.subarray(1)],
      ['other bytes of the same length', Buffer.from('PK: an_archive')],
      ['nothing', Buffer.alloc(0)],
    ])('refuses %s, and keeps nothing', async (_, other) => {
      const { store, stored, post } = await open();
      expect(await post(await store.uploadLink(upload('incoming/one', file)), other)).toBe(false);
      expect(await stored('incoming/one')).toBeUndefined();
    });

    it('refuses to be turned to another key', async () => {
      const { store, stored, post } = await open();
      const link = await store.uploadLink(upload('incoming/one', file));
      expect(await post({ ...link, fields: { ...link.fields, key: 'uploads/two' } }, file)).toBe(false);
      expect(await stored('uploads/two')).toBeUndefined();
    });

    it('is worth nothing once it expired', async () => {
      const { store, stored, post } = await open();
      const request = { ...upload('incoming/one', file), expiresAt: Date.now() - 1 };
      expect(await post(await store.uploadLink(request), file)).toBe(false);
      expect(await stored('incoming/one')).toBeUndefined();
    });
  });
}

async function listAll(store: BlobStore, prefix: string): Promise<string[]> {
  const found: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.list(prefix, cursor);
    found.push(...page.blobs.map((blob) => blob.key));
    cursor = page.next;
  } while (cursor !== undefined);
  return found;
}

export function upload(key: string, file: Buffer) {
  return { key, sizeBytes: file.length, sha256: sha256(file), expiresAt: Date.now() + 60_000 };
}
