import { ACMClient } from '@aws-sdk/client-acm';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { Route53Client } from '@aws-sdk/client-route-53';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { SFNClient } from '@aws-sdk/client-sfn';
import { onTestFinished } from 'vitest';
import { Route53Dns } from '../../shared/dns/route53-dns.ts';
import { AwsInspection, type AwsInspectionOptions } from '../../shared/doctor/aws-inspection.ts';
import { DynamoDbRecordStore } from '../../shared/records/dynamodb-record-store.ts';
import type { clientConfig } from '../fakes/aws-server.ts';
import { createRecordsTable } from './dynamodb-tables.ts';
import { BASE } from './inspection.suite.ts';
import { createStateMachine } from './step-functions.ts';

export const MAIL_FROM = 'cottage@example.com';

/** An inspection of what answers to these clients, where it makes a table and a state machine. */
export async function openAwsInspection(
  config: ReturnType<typeof clientConfig>,
  definition: string,
  { table, ...options }: { table: string } & Partial<AwsInspectionOptions>,
  claim: <T extends ACMClient | DynamoDBClient | KMSClient | Route53Client | SESv2Client | SFNClient>(
    client: T,
  ) => T = (client) => client,
) {
  const clients = {
    acm: claim(new ACMClient({ ...config, region: 'us-east-1' })),
    dynamodb: claim(new DynamoDBClient(config)),
    kms: claim(new KMSClient(config)),
    route53: claim(new Route53Client(config)),
    ses: claim(new SESv2Client(config)),
    sfn: claim(new SFNClient(config)),
  };
  onTestFinished(() => {
    for (const client of Object.values(clients)) client.destroy();
  });
  await createRecordsTable(clients.dynamodb, table);
  const publishStateMachine = await createStateMachine(clients.sfn, `cottage-${table}`, definition);
  const waitingNot = { random: () => 0, pause: async () => undefined };
  const inspection = new AwsInspection({
    clients,
    table,
    baseDomain: BASE,
    publishStateMachine,
    signingKeys: {},
    mailFrom: MAIL_FROM,
    waiting: waitingNot,
    ...options,
  });
  return {
    inspection,
    clients,
    publishStateMachine,
    store: new DynamoDbRecordStore({ client: clients.dynamodb, table, waiting: waitingNot }),
    dns: new Route53Dns({ client: clients.route53 }),
  };
}
