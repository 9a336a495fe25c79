import {
  CreateBucketCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  PutObjectLockConfigurationCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { onTestFinished } from 'vitest';
import { S3KeptHeads } from '../../shared/audit/s3-kept-heads.ts';
import { clientConfig } from '../fakes/aws-server.ts';

/** A new bucket for heads, as the templates make it, in whatever answers at `url`, with an observer's way round it. */
export async function openS3Heads(url: string, bucket: string, attempts = 1) {
  const client = new S3Client(clientConfig({ url }, attempts));
  onTestFinished(() => client.destroy());
  await createAuditBucket(client, bucket);
  const keptHeads = new S3KeptHeads({ client, bucket });
  const restarted = () => new S3KeptHeads({ client, bucket });
  const observe = async () => {
    const found: string[] = [];
    let more: ListObjectVersionsCommandOutput | undefined;
    do {
      const from = { KeyMarker: more?.NextKeyMarker, VersionIdMarker: more?.NextVersionIdMarker };
      more = await client.send(new ListObjectVersionsCommand({ Bucket: bucket, ...from }));
      found.push(...(more.Versions ?? []).map(({ Key = '' }) => Key.replace(/^heads\//, '')));
    } while (more.IsTruncated);
    return found;
  };
  return { client, bucket, keptHeads, restarted, observe };
}

export async function createAuditBucket(client: S3Client, Bucket: string): Promise<void> {
  const CreateBucketConfiguration = { LocationConstraint: 'eu-central-1' } as const;
  const ObjectLockEnabledForBucket = true;
  await client.send(
    new CreateBucketCommand({ Bucket, CreateBucketConfiguration, ObjectLockEnabledForBucket }),
  );
  const DefaultRetention = { Mode: 'COMPLIANCE', Days: 365 } as const;
  await client.send(
    new PutObjectLockConfigurationCommand({
      Bucket,
      ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', Rule: { DefaultRetention } },
    }),
  );
}
