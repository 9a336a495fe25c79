import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { MAX_NAMED_BYTES } from '../../shared/blobs/blob-metadata.ts';
import { Busy, CorruptRecord, NotFound, TooLarge } from '../../shared/errors/errors.ts';
import { sha256 } from '../../shared/ids/ids.ts';
import { seeded } from '../builders/seeded.ts';
import type { FaultKind } from '../fakes/aws-faults.ts';
import { blobStoreContract, RELEASE } from './blob-store.suite.ts';
import { openFakeS3 as open } from './s3-on-fake.ts';

describe('the S3 store', () => {
  blobStoreContract(
    () => open(),
    () => open({ pageSize: 2 }),
  );
});

describe('the S3 store with pages cut short', () => {
  blobStoreContract(
    () => open({ cutPages: seeded(1) }),
    () => open({ cutPages: seeded(2), pageSize: 3 }),
  );
});

describe('where a blob stands', () => {
  it('what is uploaded is in a bucket of its own, and all else in the other', async () => {
    const { store, fake } = await open();
    await store.put('incoming/one', Buffer.from('x'));
    await store.put('incoming-not/one', Buffer.from('x'));
    await store.put(`${RELEASE}/a`, Buffer.from('x'));
    expect(
      fake
        .bucket('cottage-incoming')
        .current()
        .map(({ key }) => key),
    ).toEqual(['incoming/one']);
    expect(
      fake
        .bucket('cottage-releases')
        .current()
        .map(({ key }) => key),
    ).toEqual([`${RELEASE}/a`, 'incoming-not/one']);
  });

  it('a bucket that keeps no versions is an error, not a version', async () => {
    const { store, fake } = await open();
    fake.bucket('cottage-releases').isVersioned = false;
    await expect(store.put('listings/one', Buffer.from('x'))).rejects.toThrow('is not versioned');
  });

  it('what S3 is handed has its size, checksum, type and caching', async () => {
    const { store, inputs } = await open();
    const body = Readable.from(['in ', 'parts'].map((part) => Buffer.from(part)));
    await store.put('listings/one', body, { contentType: 'text/html', cacheControl: 'no-cache' });
    expect(inputs('PutObject')).toMatchObject([
      {
        ContentLength: 8,
        ChecksumSHA256: Buffer.from(sha256('in parts'), 'hex').toString('base64'),
        ContentType: 'text/html',
        CacheControl: 'no-cache',
      },
    ]);
  });

  it('S3 itself takes as much metadata as the store lets through, and no more', async () => {
    const { client, releaseBucket } = await open();
    const put = (length: number) =>
      client.send(
        new PutObjectCommand({
          Bucket: releaseBucket,
          Key: 'listings/one',
          Body: 'x',
          Metadata: { redirect: 'x'.repeat(length) },
        }),
      );
    await put(MAX_NAMED_BYTES - 'redirect'.length);
    await expect(put(MAX_NAMED_BYTES - 'redirect'.length + 1)).rejects.toMatchObject({
      name: 'MetadataTooLarge',
    });
  });

  it('a body over the limit is refused before S3 is asked, a stream without its rest', async () => {
    const { store, calls } = await open({ maxPutBytes: 10 });
    await store.put('listings/one', Buffer.alloc(10));
    await expect(store.put('listings/two', Buffer.alloc(11))).rejects.toThrow(TooLarge);
    let read = 0;
    async function* endless() {
      for (;;) {
        read += 1;
        yield Buffer.alloc(4);
      }
    }
    await expect(store.put('listings/two', Readable.from(endless()))).rejects.toThrow(TooLarge);
    expect(read).toBeLessThan(100);
    expect(calls()).toEqual(['PutObject']);
  });
});

describe('reading', () => {
  const large = randomBytes(1024 * 1024 + 1);

  it('a small blob is one request, however often it is read', async () => {
    const { store, calls } = await open();
    await store.put('listings/one', large.subarray(1));
    const reader = await store.get('listings/one');
    for (const at of [0, 500_000]) expect(await reader.read(at, at + 9)).toHaveLength(9);
    expect((await buffer(reader.stream())).equals(large.subarray(1))).toBe(true);
    expect(calls()).toEqual(['PutObject', 'GetObject']);
  });

  it('a large blob is read in ranges of the version that was opened, and of no other', async () => {
    const { store, inputs } = await open();
    const { versionId } = await store.put('incoming/one', large);
    const reader = await store.get('incoming/one');
    await store.put('incoming/one', Buffer.alloc(large.length));
    expect((await reader.read(10, 20)).equals(large.subarray(10, 20))).toBe(true);
    expect((await reader.read(large.length - 1, large.length + 5)).equals(large.subarray(-1))).toBe(true);
    expect(await reader.read(large.length, large.length + 5)).toHaveLength(0);
    expect((await buffer(reader.stream(1))).equals(large.subarray(1))).toBe(true);
    const ranges = inputs('GetObject').filter(({ Range }) => Range !== undefined);
    expect(ranges.map(({ Range, VersionId }) => [Range, VersionId === versionId])).toEqual([
      ['bytes=10-19', true],
      [`bytes=${large.length - 1}-${large.length - 1}`, true],
      [`bytes=1-${large.length - 1}`, true],
    ]);
  });

  it('bytes that are not those of their checksum are handed to nobody', async () => {
    const { store, fake } = await open();
    await store.put('listings/one', Buffer.from('whole'));
    fake.bucket('cottage-releases').find('listings/one').body[0] = 0;
    await expect(store.get('listings/one')).rejects.toThrow(/checksum/i);
  });

  it('a large blob that is deleted meanwhile is not found any more', async () => {
    const { store } = await open();
    await store.put('incoming/one', large);
    const reader = await store.get('incoming/one');
    await store.delete('incoming/one');
    await expect(reader.read(0, 1)).rejects.toThrow(NotFound);
    await expect(buffer(reader.stream())).rejects.toThrow(NotFound);
  });

  it('an object without the checksum of all its bytes is corrupt, not a blob', async () => {
    const { store, client } = await open();
    await client.send(new PutObjectCommand({ Bucket: 'cottage-releases', Key: 'listings/one', Body: 'x' }));
    await expect(store.get('listings/one')).rejects.toThrow(CorruptRecord);
  });

  it('what S3 deleted by a rule of its own is not found, in any version of it', async () => {
    const { store, fake } = await open();
    await store.put('incoming/one', Buffer.from('x'));
    const bucket = fake.bucket('cottage-incoming');
    bucket.delete('incoming/one');
    const [mark] = bucket.all();
    await expect(store.get('incoming/one')).rejects.toThrow(NotFound);
    await expect(store.get('incoming/one', mark?.versionId)).rejects.toThrow(NotFound);
    await expect(store.get('incoming/one', '')).rejects.toThrow(NotFound);
  });

  it('a bucket that is not there is an error, and never an absent blob', async () => {
    const { store } = await open({ releaseBucket: 'elsewhere', incomingBucket: 'elsewhere' });
    const wrong = { name: 'NoSuchBucket' };
    await expect(store.get('listings/one')).rejects.toMatchObject(wrong);
    await expect(store.list('')).rejects.toMatchObject(wrong);
    await expect(store.put('listings/one', Buffer.from('x'))).rejects.toMatchObject(wrong);
    await expect(store.delete('listings/one')).rejects.toMatchObject(wrong);
  });
});

describe('listing', () => {
  it('goes on behind a page that is empty and not the last', async () => {
    const cuts = [0, 0, 0.9];
    const { store, inputs } = await open({ cutPages: () => cuts.shift() ?? 0.9 });
    await store.put('listings/one', Buffer.from('x'));
    const cursor = Buffer.from('listings/').toString('base64url');
    expect((await store.list('listings/', cursor)).blobs).toHaveLength(1);
    const asked = inputs('ListObjectsV2').map(({ StartAfter, ContinuationToken }) => [
      StartAfter,
      ContinuationToken !== undefined,
    ]);
    expect(asked).toEqual([
      ['listings/', false],
      [undefined, true],
      [undefined, true],
    ]);
  });
});

describe('deleting', () => {
  it('leaves nothing of a key: no version, and no mark', async () => {
    const { store, fake } = await open({ pageSize: 2 });
    const bucket = fake.bucket('cottage-incoming');
    for (let i = 0; i < 5; i += 1) await store.put('incoming/one', Buffer.from(`${i}`));
    bucket.delete('incoming/one');
    await store.put('incoming/one', Buffer.from('again'));
    await store.put('incoming/one2', Buffer.from('another'));
    await store.delete('incoming/one');
    expect(bucket.all().map(({ key }) => key)).toEqual(['incoming/one2']);
  });

  it('takes more keys than S3 does at a time', async () => {
    const { store, fake, calls } = await open();
    const bucket = fake.bucket('cottage-releases');
    for (let i = 0; i < 2001; i += 1) bucket.put(`${RELEASE}/${i}`, Buffer.from('x'), {}, {});
    await store.delete(RELEASE, { prefix: true });
    expect(bucket.all()).toEqual([]);
    expect(calls().filter((name) => name === 'DeleteObjects')).toHaveLength(3);
  });

  it.each([
    ['AccessDenied', { name: 'AccessDenied' }],
    ['InternalError', { name: 'Busy', retryable: true }],
    ['SlowDown', { name: 'Busy', retryable: true }],
  ])('one key that S3 does not delete (%s) is an error, though the rest is gone', async (code, error) => {
    const { store, fake } = await open();
    for (const name of ['a', 'b', 'c']) await store.put(`${RELEASE}/${name}`, Buffer.from('x'));
    fake.refuseDelete(`${RELEASE}/b`, code);
    await expect(store.delete(RELEASE, { prefix: true })).rejects.toMatchObject(error);
    expect((await store.list('')).blobs.map(({ key }) => key)).toEqual([`${RELEASE}/b`]);
  });

  it('nobody deletes every release at once', async () => {
    const { store } = await open();
    await store.put(`${RELEASE}/a`, Buffer.from('x'));
    for (const key of ['apps', 'apps/']) {
      await expect(store.delete(key, { prefix: true })).rejects.toThrow(TypeError);
    }
    expect((await store.list('')).blobs).toHaveLength(1);
  });
});

describe('S3 in trouble', () => {
  const kinds: FaultKind[] = ['throttle', 'server-error', 'timeout-after-effect'];
  it.each(kinds)('is busy, whatever is asked of it: %s', async (kind) => {
    const { store, fault } = await open();
    const large = randomBytes(1024 * 1024 + 1);
    await store.put('incoming/one', large);
    const reader = await store.get('incoming/one');
    const asked: [call: () => Promise<unknown>, inCalls?: number][] = [
      [() => store.put('incoming/two', Buffer.from('x'))],
      [() => store.get('incoming/one')],
      [() => reader.read(0, 5)],
      [() => buffer(reader.stream())],
      [() => store.list('incoming/')],
      [() => store.delete('incoming/one')],
      [() => store.delete('incoming/one'), 2],
    ];
    for (const [call, inCalls] of asked) {
      fault(kind, inCalls);
      const failure: unknown = await call().catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(Busy);
      expect((failure as Busy).publicMessage).not.toContain('S3');
    }
  });
});
