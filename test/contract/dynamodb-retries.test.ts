import { describe, expect, it } from 'vitest';
import { Busy, Conflict } from '../../shared/errors/errors.ts';
import { DynamoDbRecordStore } from '../../shared/records/dynamodb-record-store.ts';
import type { RecordStore } from '../../shared/records/record-store.ts';
import { AwsFault } from '../fakes/aws-errors.ts';
import { FAULT_KINDS } from '../fakes/aws-faults.ts';
import { openDynamoDb } from './dynamodb-store.ts';
import { check, create, failuresOf, key, remove, replace, write } from './record-operations.ts';

const CANCELLED = 'TransactWriteItems: TransactionCanceledException';
const LOST = 'TransactWriteItems: timeout-after-effect';
const WRITTEN = 'TransactWriteItems: ok';
const LOST_ALONE = 'PutItem: timeout-after-effect';
const REFUSED_ALONE = 'PutItem: ConditionalCheckFailedException';

/** The first call to a store is number 2: its table was made by number 1. */
const FIRST = 2;

describe('a transaction in the way of another', () => {
  it('is tried again, at most five times in all, after longer and longer pauses', async () => {
    const { store, fake, pauses, calls } = await openDynamoDb();
    for (let i = 0; i < 4; i += 1) fake.cancelNext('None', 'TransactionConflict');
    await write(store, create(key('a')), create(key('b')));
    expect(calls()).toEqual([CANCELLED, CANCELLED, CANCELLED, CANCELLED, WRITTEN]);
    expect(pauses).toEqual([100, 200, 400, 800]);
    expect(await store.get(key('b'))).toMatchObject({ version: 1 });
  });

  it('is Busy after that, and then nothing was written', async () => {
    const { store, fake, pauses, calls } = await openDynamoDb();
    for (let i = 0; i < 5; i += 1) fake.cancelNext('TransactionConflict');
    const busy = await write(store, create(key('a')), create(key('b'))).catch((error: unknown) => error);
    expect(busy).toBeInstanceOf(Busy);
    expect(busy).toMatchObject({ retryable: true, cause: { name: 'TransactionCanceledException' } });
    expect((busy as Busy).publicMessage).toContain('try again in a minute');
    expect(calls()).toHaveLength(5);
    expect(pauses).toHaveLength(4);
    expect(await store.get(key('a'))).toBeUndefined();
  });

  it.each(['ThrottlingError', 'ProvisionedThroughputExceeded'])(
    'is as good as one that met %s',
    async (reason) => {
      const { store, fake, calls } = await openDynamoDb();
      fake.cancelNext('None', reason);
      await write(store, create(key('a')), create(key('b')));
      expect(calls()).toEqual([CANCELLED, WRITTEN]);
    },
  );

  it('waits for a random part of the pause, so that two do not meet again', async () => {
    const numbers = [0.5, 0, 0.25].values();
    const { store, fake, pauses } = await openDynamoDb({ random: () => numbers.next().value ?? 1 });
    for (let i = 0; i < 3; i += 1) fake.cancelNext('TransactionConflict');
    await write(store, create(key('a')), create(key('b')));
    expect(pauses).toEqual([50, 0, 100]);
  });

  it('hides no conflict: all failures are told once they are all known', async () => {
    const { store, fake } = await openDynamoDb();
    await write(store, create(key('a')), create(key('b')));
    fake.cancelNext('None', 'TransactionConflict');
    expect(await failuresOf(write(store, create(key('a')), create(key('b'))))).toEqual([
      { key: key('a'), expected: 'absent', actual: 1 },
      { key: key('b'), expected: 'absent', actual: 1 },
    ]);
  });
});

describe('what passes', () => {
  const verbs: Record<string, (store: RecordStore) => Promise<unknown>> = {
    get: (store) => store.get(key('a')),
    query: (store) => store.query({ partition: 'p' }),
    write: (store) => write(store, check(key('none'), 'absent')),
    'write of one record': (store) => write(store, create(key('a'))),
    increment: (store) => store.increment(key('a')),
  };
  const passing = FAULT_KINDS.filter((kind) => kind !== 'conditional-failure');
  it.each(Object.keys(verbs).flatMap((verb) => passing.map((kind) => ({ verb, kind }))))(
    'is tried again: $verb, $kind',
    async ({ verb, kind }) => {
      const { store, server, pauses } = await openDynamoDb();
      for (let i = 0; i < 4; i += 1) server.faults.at(FIRST + i, kind);
      await verbs[verb]?.(store);
      expect(server.faults.unreached()).toEqual([]);
      expect(pauses).toHaveLength(4);
      for (let i = 0; i < 5; i += 1) server.faults.at(FIRST + 5 + i, kind);
      await expect(verbs[verb]?.(store)).rejects.toThrow(Busy);
      expect(server.faults.unreached()).toEqual([]);
      expect(server.defects).toEqual([]);
    },
  );
});

const ongoing = () =>
  new AwsFault('TransactionConflictException', 400, 'a transaction is ongoing for the item');

describe('a record that is written alone', () => {
  it.each([
    ['created', () => create(key('a'))],
    ['replaced', () => replace(key('b'), 1, {})],
  ])('is %s without a transaction, which costs twice', async (_, operation) => {
    const { store, calls } = await openDynamoDb();
    await write(store, create(key('b')), create(key('c')));
    await write(store, operation());
    expect(calls()).toEqual([WRITTEN, 'PutItem: ok']);
  });

  it('is tried again when it is part of a transaction just now', async () => {
    const { store, fake, calls } = await openDynamoDb();
    fake.refuseNext(ongoing());
    await write(store, create(key('a')));
    expect(calls()).toEqual(['PutItem: TransactionConflictException', 'PutItem: ok']);
  });

  it('is there once, and a success, when the SDK itself repeats what it has had no answer to', async () => {
    const { store, server, calls } = await openDynamoDb({ attempts: 2 });
    server.faults.at(FIRST, 'timeout-after-effect');
    await write(store, create(key('a')));
    expect(calls()).toEqual([LOST_ALONE, REFUSED_ALONE]);
    expect(await store.get(key('a'))).toMatchObject({ version: 1 });
  });
});

describe('a counter', () => {
  it('that is part of a transaction just now is tried again', async () => {
    const { store, fake, calls } = await openDynamoDb();
    fake.refuseNext(ongoing());
    expect(await store.increment(key('a'))).toBe(1);
    expect(calls()).toEqual(['UpdateItem: TransactionConflictException', 'UpdateItem: ok']);
  });
});

describe('what does not pass', () => {
  it('is thrown as it came, at once: a table that is not there', async () => {
    const { client, pauses, calls } = await openDynamoDb();
    const store = new DynamoDbRecordStore({ client, table: 'nowhere' });
    for (const asked of [
      store.get(key('a')),
      store.query({ partition: 'p' }),
      write(store, create(key('a'))),
      store.increment(key('a')),
    ]) {
      await expect(asked).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    }
    expect(calls()).toHaveLength(4);
    expect(pauses).toEqual([]);
  });

  it.each(['ValidationError', 'ItemCollectionSizeLimitExceeded'])(
    'is thrown as it came: a transaction cancelled for %s, even beside a conflict',
    async (reason) => {
      const { store, fake, calls } = await openDynamoDb();
      await write(store, create(key('a')));
      fake.cancelNext('None', reason);
      const writing = write(store, create(key('a')), create(key('b')));
      await expect(writing).rejects.toMatchObject({ name: 'TransactionCanceledException' });
      expect(calls()).toHaveLength(2);
    },
  );
});

describe('an answer that got lost', () => {
  it('is a success, found by the opId on the records', async () => {
    const { store, server, calls } = await openDynamoDb();
    await write(store, create(key('b')), create(key('c')), create(key('d')));
    server.faults.at(FIRST + 1, 'timeout-after-effect');
    await write(
      store,
      create(key('a'), { n: 1 }),
      replace(key('b'), 1, { n: 2 }),
      remove(key('c'), 1),
      check(key('d'), 1),
    );
    expect(calls()).toEqual([WRITTEN, LOST, CANCELLED]);
    expect(await store.get(key('a'))).toMatchObject({ version: 1, data: { n: 1 } });
    expect(await store.get(key('b'))).toMatchObject({ version: 2, data: { n: 2 } });
    expect(await store.get(key('c'))).toBeUndefined();
  });

  it('is a success of a single operation too', async () => {
    const { store, server, calls } = await openDynamoDb();
    server.faults.at(FIRST, 'timeout-after-effect');
    await write(store, create(key('a')));
    expect(calls()).toEqual([LOST_ALONE, REFUSED_ALONE]);
  });

  it('is a conflict when somebody else has written over it since', async () => {
    const opened = await openDynamoDb({
      onPause: () =>
        opened.store.write({ opId: 'theirs', operations: [replace(key('a'), 1, { theirs: true })] }),
    });
    const { store, server } = opened;
    server.faults.at(FIRST, 'timeout-after-effect');
    expect(await failuresOf(write(store, create(key('a'))))).toEqual([
      { key: key('a'), expected: 'absent', actual: 2 },
    ]);
  });

  it('is a conflict of a transaction that only removed, unless the SDK repeats it with its token', async () => {
    for (const attempts of [1, 2]) {
      const { store, server, calls } = await openDynamoDb({ attempts });
      await write(store, create(key('a')));
      server.faults.at(FIRST + 1, 'timeout-after-effect');
      const removing = write(store, remove(key('a'), 1));
      await expect(
        removing.then(
          () => 'removed',
          (error: unknown) => (error as Error).name,
        ),
      ).resolves.toBe(attempts === 1 ? 'Conflict' : 'removed');
      expect(calls().slice(1)).toEqual([LOST, attempts === 1 ? CANCELLED : WRITTEN]);
    }
  });

  it('of a counter costs a number, and gives none twice', async () => {
    const { store, server } = await openDynamoDb();
    server.faults.at(FIRST, 'timeout-after-effect');
    expect(await store.increment(key('a'))).toBe(2);
    expect(await store.increment(key('a'))).toBe(3);
  });

  it('leaves no token behind that hides a conflict: the same opId with other operations is one', async () => {
    const { store, server } = await openDynamoDb();
    await store.write({ opId: 'one', operations: [create(key('a'))] });
    const other = store.write({ opId: 'one', operations: [create(key('a')), check(key('b'), 1)] });
    await expect(other).rejects.toThrow(Conflict);
    expect(server.defects).toEqual([]);
  });
});
