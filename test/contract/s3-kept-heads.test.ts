import { DeleteObjectsCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { S3KeptHeads } from '../../shared/audit/s3-kept-heads.ts';
import { DAY_MS } from '../../shared/clock/clock.ts';
import { Busy, NotFound } from '../../shared/errors/errors.ts';
import { AwsFault } from '../fakes/aws-errors.ts';
import type { FaultKind } from '../fakes/aws-faults.ts';
import { serveAws } from '../fakes/aws-server.ts';
import { FakeS3, type S3Unkindness } from '../fakes/s3.ts';
import { keptHeadsContract } from './kept-heads.suite.ts';
import { openS3Heads } from './s3-heads.ts';

const NAME = '2026-11-24';
const KEY = `heads/${NAME}.json`;

async function open({ attempts, ...unkindness }: S3Unkindness & { attempts?: number } = {}) {
  const fake = new FakeS3(unkindness);
  const server = await serveAws({ s3: fake });
  onTestFinished(async () => {
    await server.close();
    expect(server.defects).toEqual([]);
  });
  const opened = await openS3Heads(server.url, 'cottage-audit', attempts);
  const before = server.log.length;
  const calls = () => server.log.slice(before).map(({ operation, outcome }) => `${operation}: ${outcome}`);
  const inputs = (operation: string) =>
    server.log.flatMap((call) => (call.operation === operation ? [call.input] : []));
  /** The call after so many goes wrong so. */
  const fault = (kind: FaultKind, inCalls = 1) => server.faults.at(server.log.length + inCalls, kind);
  return { ...opened, fake, server, calls, inputs, fault };
}

describe('heads kept in S3', () => {
  keptHeadsContract(() => open());
});

describe('heads kept in S3, with pages of any length', () => {
  keptHeadsContract(async () => {
    const cuts = [0, 0.4, 0, 0.9];
    let cut = 0;
    return open({ cutPages: () => cuts[(cut += 1) % cuts.length] ?? 0 });
  });
});

describe('a head', () => {
  it('stands below the prefix that roles are held to, with a checksum, and only where there was none', async () => {
    const { keptHeads, inputs } = await open();
    await keptHeads.keep(NAME, '{}');
    expect(inputs('PutObject')).toMatchObject([
      { Bucket: 'cottage-audit', Key: KEY, IfNoneMatch: '*', ContentType: 'application/json' },
    ]);
    expect(inputs('PutObject')[0]).toHaveProperty('ChecksumSHA256');
  });

  it('is under the lock of its bucket, for as long as that says', async () => {
    const { keptHeads, client, bucket, fake } = await open();
    await keptHeads.keep(NAME, 'x');
    const got = await client.send(new GetObjectCommand({ Bucket: bucket, Key: KEY }));
    expect(got.ObjectLockMode).toBe('COMPLIANCE');
    const left = (got.ObjectLockRetainUntilDate?.getTime() ?? 0) - Date.now();
    expect(Math.round(left / DAY_MS)).toBe(365);
    const Objects = [{ Key: KEY, VersionId: got.VersionId }];
    const { Errors } = await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }));
    expect(Errors).toMatchObject([{ Key: KEY, Code: 'AccessDenied' }]);
    expect(fake.bucket(bucket).all()).toHaveLength(1);
  });

  it('is not hidden by the mark of a deletion, and none takes its place', async () => {
    const { keptHeads, client, bucket } = await open();
    await keptHeads.keep(NAME, 'first');
    await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: [{ Key: KEY }] } }));
    expect(await keptHeads.names()).toEqual([NAME]);
    expect(await keptHeads.read(NAME)).toBe('first');
    expect(await keptHeads.keep(NAME, 'forged')).toBe(false);
    expect(await keptHeads.keep(NAME, 'first')).toBe(true);
    expect(await keptHeads.read(NAME)).toBe('first');
  });

  it('is the first that was written, however many somebody writes over it', async () => {
    const { keptHeads, client, bucket } = await open({ cutPages: () => 0.002 });
    await keptHeads.keep(NAME, 'first');
    for (const Body of ['forged', 'again']) {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: KEY, Body }));
    }
    expect(await keptHeads.read(NAME)).toBe('first');
    expect(await keptHeads.names()).toEqual([NAME]);
  });

  it('has a name of one: what else stands in the bucket is none', async () => {
    const { keptHeads, client, bucket } = await open();
    for (const Key of [
      'heads/README.json',
      'heads/2026-11-25',
      'heads/2026-11-24/x.json',
      '2026-11-24.json',
    ]) {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'x' }));
    }
    expect(await keptHeads.names()).toEqual([]);
    // Its key begins like that of a head.
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: `${KEY}.old`, Body: 'x' }));
    await expect(keptHeads.read(NAME)).rejects.toThrow(NotFound);
    expect(await keptHeads.keep(NAME, 'first')).toBe(true);
    expect(await keptHeads.read(NAME)).toBe('first');
  });

  it('whose bytes have changed on the way is handed to nobody', async () => {
    const { keptHeads, fake, bucket } = await open();
    await keptHeads.keep(NAME, 'whole');
    fake.bucket(bucket).find(KEY).body[0] = 0;
    await expect(keptHeads.read(NAME)).rejects.toThrow(/checksum/i);
  });
});

describe('S3 in trouble', () => {
  it('keeps a head once, although the answer to it got lost', async () => {
    const { keptHeads, observe, fault, calls } = await open({ attempts: 2 });
    fault('timeout-after-effect', 2);
    expect(await keptHeads.keep(NAME, 'x')).toBe(true);
    expect(calls()).toEqual([
      'ListObjectVersions: ok',
      'PutObject: timeout-after-effect',
      'PutObject: PreconditionFailed',
      'ListObjectVersions: ok',
      'GetObject: ok',
    ]);
    expect(await observe()).toEqual([`${NAME}.json`]);
  });

  const kinds: FaultKind[] = ['throttle', 'server-error', 'timeout-after-effect'];
  it.each(kinds)('is busy, whatever is asked of it: %s', async (kind) => {
    const { keptHeads, fault } = await open();
    await keptHeads.keep(NAME, 'x');
    const asked: [call: () => Promise<unknown>, inCalls: number][] = [
      [() => keptHeads.keep('2026-11-25', 'x'), 1],
      [() => keptHeads.keep('2026-11-26', 'x'), 2],
      [() => keptHeads.names(), 1],
      [() => keptHeads.read(NAME), 1],
      [() => keptHeads.read(NAME), 2],
    ];
    for (const [call, inCalls] of asked) {
      fault(kind, inCalls);
      await expect(call()).rejects.toThrow(Busy);
    }
  });

  it('that sees another write of the key at the same moment is asked again later', async () => {
    const { keptHeads, fake } = await open();
    fake.refusePut(new AwsFault('ConditionalRequestConflict', 409, 'a conflicting operation occurred'));
    await expect(keptHeads.keep(NAME, 'x')).rejects.toThrow(Busy);
    expect(await keptHeads.keep(NAME, 'x')).toBe(true);
  });

  it('that says there is one and shows none is asked again later', async () => {
    const { keptHeads, fault } = await open();
    fault('conditional-failure', 2);
    await expect(keptHeads.keep(NAME, 'x')).rejects.toThrow(Busy);
    expect(await keptHeads.keep(NAME, 'x')).toBe(true);
  });

  it('without the bucket is an error, and never an absent head', async () => {
    const { client } = await open();
    const keptHeads = new S3KeptHeads({ client, bucket: 'elsewhere' });
    const wrong = { name: 'NoSuchBucket' };
    await expect(keptHeads.read(NAME)).rejects.toMatchObject(wrong);
    await expect(keptHeads.names()).rejects.toMatchObject(wrong);
    await expect(keptHeads.keep(NAME, 'x')).rejects.toMatchObject(wrong);
  });
});
