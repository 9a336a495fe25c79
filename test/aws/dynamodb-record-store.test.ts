import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, onTestFinished } from 'vitest';
import { randomId } from '../../shared/ids/ids.ts';
import { DynamoDbRecordStore } from '../../shared/records/dynamodb-record-store.ts';
import { createRecordsTable } from '../contract/dynamodb-tables.ts';
import { recordStoreContract } from '../contract/record-store.suite.ts';
import { clientConfig } from '../fakes/aws-server.ts';
import { motoUrl } from './moto.ts';

async function openStore() {
  const client = new DynamoDBClient(clientConfig({ url: motoUrl() }));
  onTestFinished(() => client.destroy());
  const table = randomId('records');
  await createRecordsTable(client, table);
  return { store: new DynamoDbRecordStore({ client, table }), settle: () => {} };
}

describe('the DynamoDB store on moto', () => {
  recordStoreContract(openStore);
});
