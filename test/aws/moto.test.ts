import { CreateBucketCommand, HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { randomId } from '../../shared/ids/ids.ts';
import { clientConfig } from '../fakes/aws-server.ts';
import { motoUrl } from './moto.ts';

it('moto answers the clients that the fakes answer', async () => {
  const client = new S3Client(clientConfig({ url: motoUrl() }));
  const Bucket = randomId('bucket').toLowerCase().replaceAll('_', '-');
  const location = { LocationConstraint: 'eu-central-1' } as const;
  await client.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: location }));
  expect(await client.send(new HeadBucketCommand({ Bucket }))).toMatchObject({
    BucketRegion: 'eu-central-1',
  });
});
