import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe } from 'vitest';
import { randomId } from '../../shared/ids/ids.ts';
import { dynamoDbRules } from '../contract/dynamodb-rules.suite.ts';
import { clientConfig } from '../fakes/aws-server.ts';
import { motoUrl } from './moto.ts';

describe('moto’s DynamoDB', () => {
  dynamoDbRules(async () => ({
    client: new DynamoDBClient(clientConfig({ url: motoUrl() })),
    table: randomId('table'),
  }));
});
