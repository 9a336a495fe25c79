import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { createRecordsTable } from './dynamodb-tables.ts';

type Item = Record<string, AttributeValue>;

export interface RulesHarness {
  client: DynamoDBClient;
  /** The name of a table that is yet to be made. */
  table: string;
}

const at = (sk: string, pk = 'p'): Item => ({ pk: { S: pk }, sk: { S: sk } });
const put = (item: Item, rest: object = {}): TransactWriteItem => ({
  Put: { TableName: undefined, Item: item, ...rest },
});
const due = (sk: string): Item => ({ due_pk: { S: 'due' }, due_sk: { S: sk } });
const sks = (items: Item[] | undefined) => (items ?? []).map((item) => item['sk']?.S);
const absent = { ConditionExpression: 'attribute_not_exists(#k)', ExpressionAttributeNames: { '#k': 'pk' } };
const versionIs = (n: number) => ({
  ConditionExpression: '#v = :v',
  ExpressionAttributeNames: { '#v': 'version' },
  ExpressionAttributeValues: { ':v': { N: String(n) } },
});
const returned = { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;

/** The rules of DynamoDB that the store relies on, asked by raw calls: the fake and moto are held to the same. */
export function dynamoDbRules(open: () => Promise<RulesHarness>) {
  async function opened() {
    const { client, table } = await open();
    await createRecordsTable(client, table);
    const transact = (...operations: TransactWriteItem[]) => {
      const TransactItems = operations.map((operation) =>
        Object.fromEntries(
          Object.entries(operation).map(([kind, one]) => [kind, { ...one, TableName: table }]),
        ),
      );
      return client.send(new TransactWriteItemsCommand({ TransactItems }));
    };
    const query = (input: Partial<QueryCommandInput>) =>
      client.send(new QueryCommand({ TableName: table, ...input }));
    const get = async (key: Item) =>
      (await client.send(new GetItemCommand({ TableName: table, Key: key }))).Item;
    return { client, table, transact, query, get };
  }
  const all = {
    KeyConditionExpression: '#p = :p',
    ExpressionAttributeNames: { '#p': 'pk' },
    ExpressionAttributeValues: { ':p': { S: 'p' } },
  };

  describe('an item that is put alone', () => {
    it('replaces the whole of what is there, where its condition holds', async () => {
      const { client, table, get } = await opened();
      await client.send(new PutItemCommand({ TableName: table, Item: { ...at('a'), old: { S: 'x' } } }));
      const Item = { ...at('a'), now: { S: 'y' } };
      const exists = { ...absent, ConditionExpression: 'attribute_exists(#k)' };
      await client.send(new PutItemCommand({ TableName: table, Item, ...exists }));
      expect(await get(at('a'))).toEqual(Item);
    });

    it.each([
      ['and is told what is', returned, true],
      ['and is told nothing', {}, false],
    ])('changes nothing where something else is there, %s', async (_, asked, isTold) => {
      const { client, table, get } = await opened();
      const there = { ...at('a'), version: { N: '3' } };
      await client.send(new PutItemCommand({ TableName: table, Item: there }));
      const Item = { ...at('a'), version: { N: '2' } };
      const refused = await client
        .send(new PutItemCommand({ TableName: table, Item, ...versionIs(1), ...asked }))
        .catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(ConditionalCheckFailedException);
      expect((refused as ConditionalCheckFailedException).Item).toEqual(isTold ? there : undefined);
      expect(await get(at('a'))).toEqual(there);
    });

    it('is refused where its key is empty, or it is over 400 kB', async () => {
      const { client, table } = await opened();
      for (const Item of [at(''), { ...at('a'), text: { S: 'x'.repeat(410_000) } }]) {
        const putting = client.send(new PutItemCommand({ TableName: table, Item }));
        await expect(putting).rejects.toThrow(/valid|size|empty/i);
      }
    });
  });

  describe('a transaction', () => {
    it('tells of every item why it was cancelled, and what stood there where asked', async () => {
      const { transact, get } = await opened();
      const there = { ...at('a'), version: { N: '3' } };
      await transact(put(there), put({ ...at('b'), version: { N: '1' } }));
      const cancelled = await transact(
        put(at('a'), { ...absent, ...returned }),
        put(at('new'), absent),
        { Delete: { TableName: undefined, Key: at('b'), ...versionIs(2) } },
        { ConditionCheck: { TableName: undefined, Key: at('none'), ...versionIs(1), ...returned } },
      ).catch((error: unknown) => error);
      expect(cancelled).toBeInstanceOf(TransactionCanceledException);
      const { CancellationReasons = [] } = cancelled as TransactionCanceledException;
      expect(CancellationReasons.map(({ Code, Item }) => [Code, Item])).toEqual([
        ['ConditionalCheckFailed', there],
        ['None', undefined],
        ['ConditionalCheckFailed', undefined],
        ['ConditionalCheckFailed', undefined],
      ]);
      expect(await get(at('new'))).toBeUndefined();
    });

    it('replaces the whole of an item, and deletes', async () => {
      const { transact, get } = await opened();
      await transact(put({ ...at('a'), old: { S: 'x' } }), put(at('b')));
      await transact(put({ ...at('a'), now: { S: 'y' } }), {
        Delete: { TableName: undefined, Key: at('b') },
      });
      expect(await get(at('a'))).toEqual({ ...at('a'), now: { S: 'y' } });
      expect(await get(at('b'))).toBeUndefined();
    });

    it.each<[string, TransactWriteItem[]]>([
      ['two operations on one item', [put(at('a')), { Delete: { TableName: undefined, Key: at('a') } }]],
      ['a key that is empty', [put(at(''))]],
      ['a key that is a number', [put({ pk: { S: 'p' }, sk: { N: '1' } })]],
      ['no sort key', [put({ pk: { S: 'p' } })]],
      ['an index key that is empty', [put({ ...at('a'), due_pk: { S: '' }, due_sk: { S: 'x' } })]],
      ['an item over 400 kB', [put({ ...at('a'), text: { S: 'x'.repeat(410_000) } })]],
      ['a name that is not declared', [put(at('a'), { ConditionExpression: 'attribute_not_exists(#k)' })]],
      [
        'a condition that does not end',
        [put(at('a'), { ...absent, ConditionExpression: 'attribute_not_exists(#k' })],
      ],
    ])('is refused for %s', async (_, operations) => {
      const { transact, get } = await opened();
      await expect(transact(...operations)).rejects.toThrow(
        /Exception|valid|expression|schema|size|item|key/i,
      );
      expect(await get(at('a'))).toBeUndefined();
    });
  });

  describe('a query', () => {
    it('has its pages ended by what was asked for, with the key to go on from', async () => {
      const { transact, query } = await opened();
      await transact(...['a', 'b', 'c'].map((sk) => put({ ...at(sk), ...due(`d${sk}`) })));
      const first = await query({ ...all, Limit: 2 });
      expect([sks(first.Items), first.LastEvaluatedKey]).toEqual([['a', 'b'], at('b')]);
      const second = await query({ ...all, Limit: 2, ExclusiveStartKey: at('b') });
      expect([sks(second.Items), second.LastEvaluatedKey]).toEqual([['c'], undefined]);
      const byIndex = await query({
        IndexName: 'due',
        KeyConditionExpression: '#p = :p AND #s BETWEEN :a AND :b',
        ExpressionAttributeNames: { '#p': 'due_pk', '#s': 'due_sk' },
        ExpressionAttributeValues: { ':p': { S: 'due' }, ':a': { S: 'da' }, ':b': { S: 'db' } },
        ScanIndexForward: false,
        Limit: 1,
      });
      expect([sks(byIndex.Items), byIndex.LastEvaluatedKey]).toEqual([['b'], { ...at('b'), ...due('db') }]);
    });

    it.each<[string, Partial<QueryCommandInput>]>([
      [
        'a consistent read of an index',
        { ...all, ExpressionAttributeNames: { '#p': 'due_pk' }, IndexName: 'due', ConsistentRead: true },
      ],
      ['no partition', { ...all, ExpressionAttributeNames: { '#p': 'sk' } }],
    ])('is refused for %s', async (_, input) => {
      const { query } = await opened();
      await expect(query(input)).rejects.toMatchObject({ name: 'ValidationException' });
    });
  });

  describe('an update', () => {
    it('adds to a number, and makes the item where there is none', async () => {
      const { client, table } = await opened();
      const add = async () => {
        const { Attributes } = await client.send(
          new UpdateItemCommand({
            TableName: table,
            Key: at('a'),
            UpdateExpression: 'ADD #n :by',
            ExpressionAttributeNames: { '#n': 'n' },
            ExpressionAttributeValues: { ':by': { N: '2' } },
            ReturnValues: 'UPDATED_NEW',
          }),
        );
        return Attributes;
      };
      expect([(await add())?.['n'], (await add())?.['n']]).toEqual([{ N: '2' }, { N: '4' }]);
    });
  });
}
