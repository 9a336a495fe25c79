import { DynamoDBClient, QueryCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it, onTestFinished } from 'vitest';
import { dynamoDbRules } from '../contract/dynamodb-rules.suite.ts';
import { openDynamoDb, TABLE } from '../contract/dynamodb-store.ts';
import { clientConfig, serveAws } from './aws-server.ts';
import { FakeDynamoDb } from './dynamodb.ts';

describe('the fake of DynamoDB', () => {
  dynamoDbRules(async () => {
    const server = await serveAws({ dynamodb: new FakeDynamoDb() });
    onTestFinished(() => server.close());
    return { client: new DynamoDBClient(clientConfig(server)), table: 'table' };
  });
});

const key = { pk: { S: 'p' }, sk: { S: 'a' } };

const puts = (count: number, text: string) =>
  Array.from({ length: count }, (_, i) => ({
    Put: { TableName: TABLE, Item: { ...key, sk: { S: String(i) }, text: { S: text } } },
  }));

describe('where the fake is stricter than moto', () => {
  const range = {
    TableName: TABLE,
    KeyConditionExpression: '#p = :p AND begins_with(#s, :b)',
    ExpressionAttributeNames: { '#p': 'pk', '#s': 'sk' },
    ExpressionAttributeValues: { ':p': { S: 'p' }, ':b': { S: 'b' } },
  };
  it.each<[string, object, string]>([
    ['an index that is not there', { IndexName: 'nowhere' }, 'does not have the specified index: nowhere'],
    ['limit 0', { Limit: 0 }, 'Limit must be greater'],
    [
      'bounds the wrong way round',
      {
        KeyConditionExpression: '#p = :p AND #s BETWEEN :b AND :a',
        ExpressionAttributeValues: { ...range.ExpressionAttributeValues, ':a': { S: 'a' } },
      },
      'upper bound to be greater',
    ],
    ['a start outside the bounds', { ExclusiveStartKey: key }, 'outside query boundaries'],
    ['a start that is half a key', { ExclusiveStartKey: { pk: { S: 'p' } } }, 'starting key is invalid'],
    ['an empty bound', { ExpressionAttributeValues: { ':p': { S: 'p' }, ':b': { S: '' } } }, 'empty string'],
    [
      'a bare name',
      { KeyConditionExpression: 'pk = :p AND begins_with(#s, :b)' },
      'Syntax error; token: "pk"',
    ],
    [
      'a name declared and not used',
      { ExpressionAttributeNames: { ...range.ExpressionAttributeNames, '#x': 'x' } },
      'unused: #x',
    ],
  ])('a query is refused for %s', async (_, change, says) => {
    const { client } = await openDynamoDb();
    await expect(client.send(new QueryCommand({ ...range, ...change }))).rejects.toThrow(says);
  });

  const absent = {
    ConditionExpression: 'attribute_not_exists(#k)',
    ExpressionAttributeNames: { '#k': 'pk' },
  };

  it.each<[string, object, string]>([
    [
      'an index key that is a number',
      { Item: { ...key, due_pk: { N: '1' }, due_sk: { S: 'x' } } },
      'Type mismatch',
    ],
    ['a value that is not used', { ExpressionAttributeValues: { ':v': { N: '1' } } }, 'unused: :v'],
  ])('a transaction is refused for %s', async (_, change, says) => {
    const { client } = await openDynamoDb();
    const Put = { TableName: TABLE, Item: key, ...absent, ...change };
    await expect(client.send(new TransactWriteItemsCommand({ TransactItems: [{ Put }] }))).rejects.toThrow(
      says,
    );
  });

  it('a transaction repeated with its token does nothing, and with the token of another is an error', async () => {
    const { client, fake } = await openDynamoDb();
    const send = (sk: string) => {
      const Put = { TableName: TABLE, Item: { ...key, sk: { S: sk } }, ...absent };
      return client.send(
        new TransactWriteItemsCommand({ TransactItems: [{ Put }], ClientRequestToken: 'token' }),
      );
    };
    await send('a');
    await send('a');
    await expect(send('b')).rejects.toMatchObject({ name: 'IdempotentParameterMismatchException' });
    expect(fake.items(TABLE)).toEqual([key]);
  });

  it('a page that is full hands on a key, though nothing follows', async () => {
    const { client, fake } = await openDynamoDb();
    fake.plant(TABLE, key);
    const query = { ...range, ExpressionAttributeValues: { ':p': { S: 'p' }, ':b': { S: 'a' } } };
    expect(await client.send(new QueryCommand({ ...query, Limit: 1 }))).toMatchObject({
      LastEvaluatedKey: key,
    });
    const all = await client.send(new QueryCommand({ ...query, Limit: 2 }));
    expect(all.LastEvaluatedKey).toBeUndefined();
  });

  it('a transaction has 100 items at most, and 4 MB', async () => {
    const { client } = await openDynamoDb();
    const send = (TransactItems: ReturnType<typeof puts>) =>
      client.send(new TransactWriteItemsCommand({ TransactItems }));
    await expect(send(puts(101, ''))).rejects.toThrow('1 to 100 items');
    await expect(send(puts(11, 'x'.repeat(400_000)))).rejects.toThrow('4 MB');
  });
});
