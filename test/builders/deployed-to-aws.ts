import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { openAws, PORT_MAKERS } from '../../shared/runtime/aws.ts';
import { readAwsEnvironment } from '../../shared/runtime/environment.ts';
import { silentLog } from '../../shared/runtime/log.ts';
import { createRecordsTable } from '../contract/dynamodb-tables.ts';
import { clientConfig, type Fake, serveAws } from '../fakes/aws-server.ts';
import type { ServiceName } from '../fakes/aws-services.ts';
import { FakeDynamoDb } from '../fakes/dynamodb.ts';
import { FakeS3 } from '../fakes/s3.ts';
import { VARIABLES } from './aws-runtime.ts';

export type DeployedToAws = Awaited<ReturnType<typeof deployToAws>>;

/** The AWS edition's composition root over fakes of the table and of the bucket, which Deploy needs, and of `more`. */
export async function deployToAws(more: Partial<Record<ServiceName, Fake>> = {}) {
  const s3 = new FakeS3();
  const server = await serveAws({ dynamodb: new FakeDynamoDb(), s3, ...more });
  const sdk = clientConfig(server);
  const clients = { dynamodb: new DynamoDBClient(sdk), s3: new S3Client(sdk) };
  const Bucket = VARIABLES.COTTAGE_RELEASE_BUCKET;
  await createRecordsTable(clients.dynamodb, VARIABLES.COTTAGE_TABLE);
  for (const each of [Bucket, VARIABLES.COTTAGE_INCOMING_BUCKET]) {
    await clients.s3.send(new CreateBucketCommand({ Bucket: each }));
    const VersioningConfiguration = { Status: 'Enabled' as const };
    await clients.s3.send(new PutBucketVersioningCommand({ Bucket: each, VersioningConfiguration }));
  }
  const environment = readAwsEnvironment({ ...VARIABLES });
  return {
    deps: openAws({ name: 'deployed-to-aws', environment, ports: PORT_MAKERS, log: silentLog, sdk }),
    client: clients.s3,
    server,
    bucket: () => s3.bucket(Bucket),
    close: async () => {
      for (const client of Object.values(clients)) client.destroy();
      await server.close();
    },
  };
}
