import { describe, expect, it } from 'vitest';
import { CorruptRecord } from '../../shared/errors/errors.ts';
import type { Query } from '../../shared/records/record-store.ts';
import { RECORDS_TABLE } from '../../shared/records/table.ts';
import type { Item } from '../fakes/dynamodb-table.ts';
import { openDynamoDb, TABLE } from './dynamodb-store.ts';
import { create, key, remove, replace, write } from './record-operations.ts';

describe('the table', () => {
  it('has two keys, and four indexes that hold whole records', () => {
    expect(RECORDS_TABLE).toEqual({
      partitionKey: 'pk',
      sortKey: 'sk',
      indexes: [
        { name: 'owner', partitionKey: 'owner_pk', sortKey: 'owner_sk', projection: 'ALL' },
        { name: 'team', partitionKey: 'team_pk', sortKey: 'team_sk', projection: 'ALL' },
        { name: 'state', partitionKey: 'state_pk', sortKey: 'state_sk', projection: 'ALL' },
        { name: 'due', partitionKey: 'due_pk', sortKey: 'due_sk', projection: 'ALL' },
      ],
    });
  });

  it('holds a record as one item, its data as JSON, and only the index keys it has', async () => {
    const { store, fake } = await openDynamoDb();
    const index = { owner: key('x', 'owner#ann'), due: key('y', 'due#1') };
    await store.write({ opId: 'op', operations: [create(key('a'), { b: 1, a: ['ä'] }, index)] });
    await store.increment(key('a'));
    expect(fake.items(TABLE)).toEqual([
      {
        pk: { S: 'p' },
        sk: { S: 'a' },
        version: { N: '1' },
        opId: { S: 'op' },
        data: { S: '{"b":1,"a":["ä"]}' },
        owner_pk: { S: 'owner#ann' },
        owner_sk: { S: 'x' },
        due_pk: { S: 'due#1' },
        due_sk: { S: 'y' },
      },
      { pk: { S: 'counter p' }, sk: { S: 'a' }, value: { N: '1' } },
    ]);
  });

  it('is asked by key and by query alone, whatever is done', async () => {
    const { store, server } = await openDynamoDb();
    await write(store, create(key('a'), {}, { team: key('a', 'team') }));
    await write(store, remove(key('a'), 1));
    await store.get(key('a'));
    await store.query({ partition: 'p' });
    await store.query({ index: 'team', partition: 'team' });
    await store.increment(key('a'));
    const asked = server.log.map(({ operation }) => operation);
    expect(asked).toEqual([
      'CreateTable',
      'PutItem',
      'TransactWriteItems',
      'GetItem',
      'Query',
      'Query',
      'UpdateItem',
    ]);
    expect(server.log.map(({ input }) => (input as { FilterExpression?: string }).FilterExpression)).toEqual(
      asked.map(() => undefined),
    );
  });

  it('is not asked for what no key can fulfil', async () => {
    const { store, server } = await openDynamoDb();
    const impossible: Query[] = [
      { partition: '' },
      { partition: 'ä' },
      { partition: 'p', range: { to: '' } },
      { partition: 'p', range: { from: 'b', to: 'a' } },
    ];
    for (const query of impossible) expect(await store.query(query)).toEqual({ records: [] });
    expect(server.log).toHaveLength(1);
  });
});

describe('an item that this store did not write', () => {
  const good: Item = {
    pk: { S: 'p' },
    sk: { S: 'a' },
    version: { N: '1' },
    opId: { S: 'op' },
    data: { S: '{}' },
    due_pk: { S: 'due' },
    due_sk: { S: 'a' },
  };
  it.each<[string, Item]>([
    ['no version', { version: { S: '1' } }],
    ['version 0', { version: { N: '0' } }],
    ['half a version', { version: { N: '1.5' } }],
    ['no opId', { opId: { N: '1' } }],
  ])('is corrupt, never absent: %s', async (_, fault) => {
    const { store, fake } = await openDynamoDb();
    fake.plant(TABLE, { ...good, ...fault });
    await expect(store.get(key('a'))).rejects.toThrow(CorruptRecord);
    await expect(store.query({ partition: 'p' })).rejects.toThrow(CorruptRecord);
    await expect(store.query({ index: 'due', partition: 'due' })).rejects.toThrow(CorruptRecord);
    await expect(write(store, replace(key('a'), 9, {}))).rejects.toThrow(CorruptRecord);
  });

  it.each<[string, Item, string]>([
    ['no data', { data: { M: {} } }, 'p/a has no data'],
    ['no JSON', { data: { S: '{' } }, 'p/a is not JSON'],
    ['a list', { data: { S: '[]' } }, 'p/a is no JSON object'],
    ['nothing', { data: { S: 'null' } }, 'p/a is no JSON object'],
    ['half an index’s keys', { team_pk: { S: 'team' } }, 'p/a has no team_sk'],
  ])('is corrupt for its data and its index keys: %s', async (_, fault, says) => {
    const { store, fake } = await openDynamoDb();
    fake.plant(TABLE, { ...good, ...fault });
    await expect(store.get(key('a'))).rejects.toThrow(CorruptRecord);
    await expect(store.query({ index: 'due', partition: 'due' })).rejects.toThrow(says);
  });

  it('is corrupt as a counter that is no number', async () => {
    const { store, fake } = await openDynamoDb();
    fake.plant(TABLE, { pk: { S: 'counter p' }, sk: { S: 'a' }, value: { N: String(2 ** 53) } });
    await expect(store.increment(key('a'))).rejects.toThrow(CorruptRecord);
  });
});

const cursorOf = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url');

describe('a cursor', () => {
  it.each<[string, string]>([
    ['nothing', ''],
    ['no JSON', 'garbage'],
    ['no list', Buffer.from('{}').toString('base64url')],
    ['of another index', cursorOf('team', 'p', 'p', 'a', 'a')],
    ['of another partition', cursorOf('', 'q', 'q', 'a')],
    ['with the key of another partition', cursorOf('', 'p', 'q', 'a')],
    ['too short', cursorOf('', 'p', 'p')],
    ['with an index key too many', cursorOf('', 'p', 'p', 'a', 'a')],
    ['with what is no key', cursorOf('', 'p', 'p', 'a b')],
    ['with what is no text', cursorOf('', 'p', 'p', 7)],
  ])('is refused, and never sent, when it is %s', async (_, cursor) => {
    const { store, server } = await openDynamoDb();
    await expect(store.query({ partition: 'p', cursor })).rejects.toThrow(TypeError);
    expect(server.log).toHaveLength(1);
  });

  it.each<[string, string]>([
    ['without the index’s key', cursorOf('due', 'p', 'p', 'a')],
    ['of another index', cursorOf('team', 'p', 'p', 'a', 'a')],
    ['of the table', cursorOf('', 'p', 'p', 'a')],
    ['of another partition', cursorOf('due', 'q', 'p', 'a', 'a')],
  ])('is refused by an index when it is %s', async (_, cursor) => {
    const { store, server } = await openDynamoDb();
    await expect(store.query({ index: 'due', partition: 'p', cursor })).rejects.toThrow(
      'not a cursor of this query',
    );
    expect(server.log).toHaveLength(1);
  });

  it('goes on behind a record that is gone', async () => {
    const { store } = await openDynamoDb();
    await write(store, create(key('a')), create(key('b')), create(key('c')));
    const { next } = await store.query({ partition: 'p', limit: 2 });
    await store.write({ opId: 'gone', operations: [{ op: 'remove', key: key('b'), version: 1 }] });
    const rest = await store.query({ partition: 'p', ...(next === undefined ? {} : { cursor: next }) });
    expect(rest.records.map((record) => record.key.sk)).toEqual(['c']);
  });
});
