import { expect, onTestFinished } from 'vitest';
import type { S3BlobStoreOptions } from '../../shared/blobs/s3-blob-store.ts';
import type { FaultKind } from '../fakes/aws-faults.ts';
import { serveAws } from '../fakes/aws-server.ts';
import { FakeS3, type S3Unkindness } from '../fakes/s3.ts';
import { openS3 } from './s3-store.ts';

const BUCKETS: [string, string] = ['cottage-incoming', 'cottage-releases'];

/** A new store over a fake S3, until the test ends. */
export async function openFakeS3({ cutPages, ...options }: S3Unkindness & Partial<S3BlobStoreOptions> = {}) {
  const fake = new FakeS3(cutPages ? { cutPages } : {});
  const server = await serveAws({ s3: fake });
  onTestFinished(async () => {
    await server.close();
    expect(server.defects).toEqual([]);
  });
  const opened = await openS3(server.url, BUCKETS, options);
  const before = server.log.length;
  const calls = () => server.log.slice(before).map(({ operation }) => operation);
  const inputs = (operation: string) =>
    server.log.flatMap((call) =>
      call.operation === operation ? [call.input as Record<string, unknown>] : [],
    );
  /** The next call goes wrong so. */
  const fault = (kind: FaultKind, inCalls = 1) => server.faults.at(server.log.length + inCalls, kind);
  return { ...opened, fake, server, calls, inputs, fault };
}
