import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDatabase, transact } from '../../local/database.ts';
import { Busy, CorruptRecord } from '../../shared/errors/errors.ts';
import { SqliteRecordStore, type Unkindness } from '../../shared/records/sqlite-record-store.ts';
import { seeded } from '../builders/seeded.ts';
import { tempDatabase, tempFolder } from '../builders/temp.ts';
import { create, failuresOf, key, remove, replace, type StoreHarness, write } from './record-operations.ts';
import { ModelStore, transactions } from './record-store.model.ts';
import { recordStoreContract } from './record-store.suite.ts';
import { all } from './record-store-queries.suite.ts';

function openStore(unkindness: Unkindness = {}): StoreHarness {
  const store = new SqliteRecordStore(tempDatabase(), unkindness);
  return { store, settle: () => store.settle() };
}

describe('the SQLite store', () => {
  recordStoreContract(() => openStore());
});

describe('the SQLite store with indexes that lag and pages cut short', () => {
  recordStoreContract(() => openStore({ lagIndexes: true, cutPages: seeded(1) }));
});

describe('any transactions', () => {
  it('do what the model does: same successes, same failures, same records', async () => {
    const { store } = openStore();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(transactions('p'), async (list) => {
        run += 1;
        const partition = `run-${run}`;
        const model = new ModelStore();
        for (const { opId, operations } of list) {
          const moved = operations.map((o) => ({ ...o, key: key(o.key.sk, partition) }));
          const transaction = { opId, operations: moved };
          expect(await failuresOf(store.write(transaction))).toEqual(model.write(transaction));
          const expected = [...model.records.values()].toSorted((a, b) => (a.key.sk < b.key.sk ? -1 : 1));
          expect(await all(store, { partition, limit: 3 })).toEqual(expected);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('an unkind store', () => {
  it('shows in an index what was there when it was last settled', async () => {
    const { store, settle } = openStore({ lagIndexes: true });
    const inIndex = async () =>
      (await all(store, { index: 'due', partition: 'due' })).map((r) => [r.key.sk, r.version, r.data.n]);
    await write(store, create(key('a'), { n: 1 }, { due: key('a', 'due') }));
    expect(await inIndex()).toEqual([]);
    settle();
    expect(await inIndex()).toEqual([['a', 1, 1]]);
    await write(store, replace(key('a'), 1, { n: 2 }, { due: key('a', 'due') }));
    expect(await inIndex()).toEqual([['a', 1, 1]]);
    expect(await store.get(key('a'))).toMatchObject({ version: 2, data: { n: 2 } });
    settle();
    expect(await inIndex()).toEqual([['a', 2, 2]]);
    await write(store, remove(key('a'), 2));
    expect(await inIndex()).toEqual([['a', 2, 2]]);
    settle();
    expect(await inIndex()).toEqual([]);
  });

  it('gives short pages and empty ones, also first and in the middle, that are not the end', async () => {
    const cuts = [0, 0, 0.4, 0, 0.7, 0.99].values();
    const { store } = openStore({ cutPages: () => cuts.next().value ?? 0.99 });
    await write(store, ...['a', 'b', 'c', 'd', 'e', 'f'].map((sk) => create(key(sk))));
    const pages: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.query({
        partition: 'p',
        limit: 3,
        ...(cursor === undefined ? {} : { cursor }),
      });
      pages.push(page.records.map((r) => r.key.sk).join(''));
      cursor = page.next;
    } while (cursor !== undefined);
    expect(pages).toEqual(['', '', 'a', '', 'bc', 'def']);
  });
});

describe('the file', () => {
  it('holds what was written, and nothing half-way, after its process was killed', async () => {
    const file = join(tempFolder(), 'cottage.db');
    const script = fileURLToPath(new URL('write-and-die.ts', import.meta.url));
    const { signal, stderr } = spawnSync(process.execPath, [script, file], { encoding: 'utf8' });
    expect({ signal, stderr }).toMatchObject({ signal: 'SIGKILL' });
    const database = openDatabase(file);
    onTestFinished(() => database.close());
    const store = new SqliteRecordStore(database);
    expect(await store.get(key('kept'))).toMatchObject({ version: 1, data: { n: 1 } });
    expect(await store.get(key('kept-too'))).toMatchObject({ version: 1, data: {} });
    expect(await store.increment(key('counter'))).toBe(2);
  });

  it('is synced at every commit', () => {
    const database = tempDatabase();
    expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    expect(database.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 2 });
  });

  it('is read by a second store as soon as the first has written', async () => {
    const folder = tempFolder();
    const one = new SqliteRecordStore(tempDatabase(folder));
    const two = new SqliteRecordStore(tempDatabase(folder));
    await write(one, create(key('a')));
    expect(await two.get(key('a'))).toMatchObject({ version: 1 });
    expect([
      await one.increment(key('c')),
      await two.increment(key('c')),
      await one.increment(key('c')),
    ]).toEqual([1, 2, 3]);
  });

  it('holds all of a transaction or nothing, also when the disk fails in the middle of it', async () => {
    const database = tempDatabase();
    const store = new SqliteRecordStore(database);
    await write(store, create(key('b')), create(key('c')));
    database.exec(`CREATE TRIGGER broken BEFORE INSERT ON records WHEN NEW.sk = 'z'
      BEGIN SELECT RAISE(ABORT, 'the disk is broken'); END`);
    const half = write(
      store,
      create(key('a')),
      replace(key('b'), 1, {}),
      remove(key('c'), 1),
      create(key('z')),
    );
    await expect(half).rejects.toThrow('the disk is broken');
    expect((await all(store, { partition: 'p' })).map((r) => [r.key.sk, r.version])).toEqual([
      ['b', 1],
      ['c', 1],
    ]);
    await write(store, create(key('a')));
  });

  it('that holds something else than JSON is an error, never an absent record', async () => {
    const database = tempDatabase();
    const store = new SqliteRecordStore(database);
    await write(store, create(key('a'), {}, { due: key('a', 'due') }));
    database.exec("UPDATE records SET data = '{'");
    await expect(store.get(key('a'))).rejects.toThrow(CorruptRecord);
    await expect(store.query({ partition: 'p' })).rejects.toThrow(CorruptRecord);
    await expect(store.query({ index: 'due', partition: 'due' })).rejects.toThrow(CorruptRecord);
  });
});

/** A store that hardly waits for a lock, and a second connection that takes it. */
function openLocked() {
  const folder = tempFolder();
  const other = tempDatabase(folder);
  const database = new DatabaseSync(join(folder, 'cottage.db'), { timeout: 1 });
  onTestFinished(() => database.close());
  const store = new SqliteRecordStore(database);
  return { store, database, lock: () => other.exec('BEGIN IMMEDIATE'), unlock: () => other.exec('COMMIT') };
}

describe('a write lock that somebody else holds', () => {
  it('is Busy after some tries, and then nothing was written and the store works on', async () => {
    const { store, database, lock, unlock } = openLocked();
    lock();
    const refused = await write(store, create(key('a'))).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Busy);
    expect(refused).toMatchObject({ retryable: true });
    await expect(store.increment(key('c'))).rejects.toThrow(Busy);
    expect(database.isTransaction).toBe(false);
    expect(await store.get(key('a'))).toBeUndefined();
    unlock();
    await write(store, create(key('a')));
    expect(await store.increment(key('c'))).toBe(1);
  });

  it('keeps a transaction from even beginning', () => {
    const { database, lock } = openLocked();
    lock();
    let begun = false;
    const work = () => {
      begun = true;
    };
    expect(() => transact(database, work)).toThrow('locked');
    expect(begun).toBe(false);
  });

  it('is waited for when it is let go in time', async () => {
    const { store, lock, unlock } = openLocked();
    lock();
    const writing = write(store, create(key('a')));
    const counting = store.increment(key('c'));
    unlock();
    await writing;
    expect(await counting).toBe(1);
    expect(await store.get(key('a'))).toBeDefined();
  });
});

describe('a disk that is full', () => {
  it('is Busy with words for everybody, and what was there is still there', async () => {
    const database = tempDatabase();
    const store = new SqliteRecordStore(database);
    await write(store, create(key('a')));
    const pages = Number(database.prepare('PRAGMA page_count').get()?.['page_count']);
    database.exec(`PRAGMA max_page_count = ${pages}`);
    const full = await write(store, create(key('b'), { text: 'x'.repeat(100_000) })).catch((e: unknown) => e);
    expect(full).toBeInstanceOf(Busy);
    expect(full).toMatchObject({ publicMessage: 'Cottage is out of room for now. Please try again later.' });
    expect(await store.get(key('a'))).toBeDefined();
    expect(await store.get(key('b'))).toBeUndefined();
    await write(store, remove(key('a'), 1));
  });
});
