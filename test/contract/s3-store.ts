import {
  CreateBucketCommand,
  GetObjectCommand,
  PutBucketVersioningCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { onTestFinished } from 'vitest';
import type { UploadLink } from '../../shared/blobs/blob-store.ts';
import { S3BlobStore, type S3BlobStoreOptions } from '../../shared/blobs/s3-blob-store.ts';
import { clientConfig } from '../fakes/aws-server.ts';

/** A new S3 store, in two new buckets of whatever answers at `url`, with an observer's way round it. */
export async function openS3(
  url: string,
  names: [incoming: string, releases: string],
  options: Partial<S3BlobStoreOptions> = {},
) {
  const client = new S3Client(clientConfig({ url }));
  onTestFinished(() => client.destroy());
  for (const Bucket of names) {
    const CreateBucketConfiguration = { LocationConstraint: 'eu-central-1' } as const;
    await client.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  }
  const [incomingBucket, releaseBucket] = names;
  const store = new S3BlobStore({ client, incomingBucket, releaseBucket, ...options });
  return { store, client, incomingBucket, releaseBucket, stored, post };

  async function stored(key: string): Promise<Buffer | undefined> {
    const Bucket = key.startsWith('incoming/') ? incomingBucket : releaseBucket;
    try {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: key }));
      return Buffer.from((await Body?.transformToByteArray()) ?? []);
    } catch (error) {
      if ((error as Error).name === 'NoSuchKey') return undefined;
      throw error;
    }
  }
}

/** Posts a file as a browser would. */
async function post({ url: to, fields }: UploadLink, file: Buffer): Promise<boolean> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new Blob([new Uint8Array(file)]), 'lunch.zip');
  const answer = await fetch(to, { method: 'POST', body: form });
  await answer.arrayBuffer();
  return answer.ok;
}
