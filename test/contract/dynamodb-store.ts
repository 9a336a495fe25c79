import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { onTestFinished } from 'vitest';
import { DynamoDbRecordStore } from '../../shared/records/dynamodb-record-store.ts';
import { clientConfig, serveAws } from '../fakes/aws-server.ts';
import { type DynamoDbUnkindness, FakeDynamoDb } from '../fakes/dynamodb.ts';
import { createRecordsTable } from './dynamodb-tables.ts';

export const TABLE = 'records';

interface Options extends DynamoDbUnkindness {
  /** How often the SDK itself tries. */
  attempts?: number;
  random?: () => number;
  /** In place of waiting. */
  onPause?: () => unknown;
}

/** A new store over a fake DynamoDB, until the test ends. Its pauses take no time, and are written down. */
export async function openDynamoDb({ attempts = 1, random = () => 1, onPause, ...unkindness }: Options = {}) {
  const fake = new FakeDynamoDb(unkindness);
  const server = await serveAws({ dynamodb: fake });
  const client = new DynamoDBClient(clientConfig(server, attempts));
  onTestFinished(async () => {
    client.destroy();
    await server.close();
  });
  await createRecordsTable(client, TABLE);
  const pauses: number[] = [];
  const pause = async (milliseconds: number) => {
    pauses.push(milliseconds);
    await onPause?.();
  };
  const store = new DynamoDbRecordStore({ client, table: TABLE, waiting: { random, pause } });
  /** The calls of the store itself, without the making of its table. */
  const calls = () => server.log.slice(1).map(({ operation, outcome }) => `${operation}: ${outcome}`);
  return { store, settle: () => fake.settle(), fake, server, client, pauses, calls };
}
