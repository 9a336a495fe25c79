import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type IndexName,
  type Query,
  queryAll,
  type RecordStore,
  type StoredRecord,
} from '../../shared/records/record-store.ts';
import { create, failuresOf, key, type OpenStore, remove, replace, write } from './record-operations.ts';

const INDEXES: IndexName[] = ['owner', 'team', 'state', 'due'];
const PLACES: (IndexName | undefined)[] = [undefined, ...INDEXES];

/** Every record of a query, page by page; checks that no page is longer than asked for. */
export async function all(store: RecordStore, query: Query): Promise<StoredRecord[]> {
  const records: StoredRecord[] = [];
  for (let cursor = query.cursor; ; ) {
    const page = await store.query(cursor === undefined ? query : { ...query, cursor });
    expect(page.records.length).toBeLessThanOrEqual(query.limit ?? 100);
    records.push(...page.records);
    if (page.next === undefined) return records;
    cursor = page.next;
  }
}

/** What the query's records are called: their sort keys in the table or in its index. */
const sortKeys = async (store: RecordStore, query: Query): Promise<string[]> =>
  (await all(store, query)).map((r) => (query.index ? r.index?.[query.index]?.sk : r.key.sk) ?? '');

/** Makes a record at each sort key, in the main table or in the index. */
async function fill(store: RecordStore, place: IndexName | undefined, sks: string[], partition = 'p') {
  for (let i = 0; i < sks.length; i += 25) {
    const operations = sks
      .slice(i, i + 25)
      .map((sk, n) =>
        place === undefined
          ? create(key(sk, partition), { sk })
          : create(key(`r${i + n}`, `records-${partition}`), { sk }, { [place]: key(sk, partition) }),
      );
    await write(store, ...operations);
  }
}

const queryOf = (place: IndexName | undefined, rest: Omit<Query, 'partition' | 'index'> = {}): Query =>
  place === undefined ? { partition: 'p', ...rest } : { index: place, partition: 'p', ...rest };

const byBytes = (x: string, y: string) => Buffer.compare(Buffer.from(x), Buffer.from(y));

const printable = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  minLength: 1,
  maxLength: 4,
});

/** What every `RecordStore` answers to queries. */
export function queryContract(open: OpenStore) {
  describe.each(PLACES)('a query of %s (undefined: the main table)', (place) => {
    const filled = async (sks: string[]) => {
      const harness = await open();
      await fill(harness.store, place, sks);
      harness.settle();
      return harness.store;
    };

    it('finds nothing in an empty partition, and ends there', async () => {
      const store = await filled(['a']);
      const query = place === undefined ? { partition: 'q' } : { index: place, partition: 'q' };
      expect(await all(store, query)).toEqual([]);
    });

    it('gives whole records in the order of bytes, in both directions', async () => {
      const sks = ['_', 'b', 'B', 'a', '~', '!', '9', 'a!', '10', 'aa', 'Z', '-', 'A'];
      const store = await filled(sks);
      const ordered = ['!', '-', '10', '9', 'A', 'B', 'Z', '_', 'a', 'a!', 'aa', 'b', '~'];
      expect(await sortKeys(store, queryOf(place))).toEqual(ordered);
      expect(await sortKeys(store, queryOf(place, { order: 'ascending' }))).toEqual(ordered);
      expect(await sortKeys(store, queryOf(place, { order: 'descending' }))).toEqual(ordered.toReversed());
      const [first] = await all(store, queryOf(place));
      expect(first).toEqual(await store.get(first?.key ?? key('none')));
    });

    it('keeps to its bounds, both inclusive, and either may be missing', async () => {
      const store = await filled(['a', 'b', 'bb', 'c', 'd']);
      const within = (range: NonNullable<Query['range']>) => sortKeys(store, queryOf(place, { range }));
      expect(await within({ from: 'b', to: 'c' })).toEqual(['b', 'bb', 'c']);
      expect(await within({ from: 'bb' })).toEqual(['bb', 'c', 'd']);
      expect(await within({ to: 'b' })).toEqual(['a', 'b']);
      expect(await within({})).toEqual(['a', 'b', 'bb', 'c', 'd']);
      expect(await within({ from: 'ba', to: 'baz' })).toEqual([]);
      expect(await within({ from: 'd', to: 'a' })).toEqual([]);
      expect(
        await sortKeys(
          store,
          queryOf(place, { range: { from: 'b', to: 'c' }, order: 'descending', limit: 2 }),
        ),
      ).toEqual(['c', 'bb', 'b']);
    });

    it('gives all that begin with a prefix, and nothing beside them', async () => {
      const store = await filled(['a', 'b', 'b!', 'b#1', 'b~', 'b~~', 'ba', 'c', 'B']);
      const beginning = (prefix: string) => sortKeys(store, queryOf(place, { range: { prefix } }));
      expect(await beginning('b')).toEqual(['b', 'b!', 'b#1', 'ba', 'b~', 'b~~']);
      expect(await beginning('b#')).toEqual(['b#1']);
      expect(await beginning('x')).toEqual([]);
      expect(await beginning('%')).toEqual([]);
    });

    it.each([1, 2, 3, 7, 8, 100])(
      'gives each record once over pages of %i, in both orders',
      async (limit) => {
        const sks = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
        const store = await filled(sks);
        expect(await sortKeys(store, queryOf(place, { limit }))).toEqual(sks);
        expect(await sortKeys(store, queryOf(place, { limit, order: 'descending' }))).toEqual(
          sks.toReversed(),
        );
        const prefixed = queryOf(place, { limit, range: { prefix: 'c' } });
        expect(await sortKeys(store, prefixed)).toEqual(['c']);
      },
    );

    it('holds 100 records a page unless told, and takes 1 to 1,000', async () => {
      const store = await filled(Array.from({ length: 130 }, (_, i) => String(i).padStart(3, '0')));
      expect(await all(store, queryOf(place))).toHaveLength(130);
      expect(await all(store, queryOf(place, { limit: 1000 }))).toHaveLength(130);
      for (const limit of [0, -1, 1.5, 1001, Number.NaN]) {
        await expect(store.query(queryOf(place, { limit }))).rejects.toThrow(TypeError);
      }
    });

    it('orders, bounds and pages any keys as bytes compare', async () => {
      const { store, settle } = await open();
      const unique = fc.uniqueArray(printable, { minLength: 1, maxLength: 12 });
      let run = 0;
      await fc.assert(
        fc.asyncProperty(
          unique,
          printable,
          printable,
          fc.integer({ min: 1, max: 5 }),
          async (sks, a, b, limit) => {
            run += 1;
            const partition = `run-${run}`;
            await fill(store, place, sks, partition);
            settle();
            const ordered = sks.toSorted(byBytes);
            const [from = a, to = b] = [a, b].toSorted(byBytes);
            const bounded = { ...queryOf(place, { limit, range: { from, to } }), partition };
            expect(await sortKeys(store, bounded)).toEqual(ordered.filter((sk) => sk >= from && sk <= to));
            const prefixed = queryOf(place, { limit, range: { prefix: a }, order: 'descending' });
            const beginning = ordered.filter((sk) => sk.startsWith(a)).toReversed();
            expect(await sortKeys(store, { ...prefixed, partition })).toEqual(beginning);
          },
        ),
        { numRuns: 30 },
      );
    });
  });

  describe('pages', () => {
    it('give every record that stays exactly once, while others come and go', async () => {
      const { store } = await open();
      await fill(store, undefined, ['b', 'c', 'd', 'e', 'f']);
      const seen: string[] = [];
      let cursor: string | undefined;
      let pages = 0;
      do {
        const page = await store.query({
          partition: 'p',
          limit: 2,
          ...(cursor === undefined ? {} : { cursor }),
        });
        seen.push(...page.records.map((r) => r.key.sk));
        cursor = page.next;
        pages += 1;
        if (pages === 1) {
          await write(store, create(key('a')), remove(key('e'), 1), create(key('z')));
        }
      } while (cursor !== undefined);
      const stayed = seen.filter((sk) => !['a', 'e', 'z'].includes(sk));
      expect(stayed).toEqual(['b', 'c', 'd', 'f']);
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen).toContain('z');
    });

    it('are walked by queryAll to the end, from a cursor where one is given', async () => {
      const { store } = await open();
      await fill(store, undefined, ['a', 'b', 'c', 'd']);
      const walked = async (query: Query) => {
        const sks: string[] = [];
        for await (const record of queryAll(store, query)) sks.push(record.key.sk);
        return sks;
      };
      expect(await walked({ partition: 'p', limit: 1 })).toEqual(['a', 'b', 'c', 'd']);
      const { records, next } = await store.query({ partition: 'p', limit: 2 });
      const rest = await walked({ partition: 'p', ...(next === undefined ? {} : { cursor: next }) });
      expect([...records.map((record) => record.key.sk), ...rest]).toEqual(['a', 'b', 'c', 'd']);
    });
  });

  describe('the main table', () => {
    it('shows at once what was written, without settling', async () => {
      const { store } = await open();
      await write(store, create(key('a'), { n: 1 }));
      await write(store, replace(key('a'), 1, { n: 2 }), create(key('b')));
      expect((await all(store, { partition: 'p' })).map((r) => [r.key.sk, r.version])).toEqual([
        ['a', 2],
        ['b', 1],
      ]);
      await write(store, remove(key('a'), 2));
      expect(await sortKeys(store, { partition: 'p' })).toEqual(['b']);
    });
  });

  describe('an index', () => {
    it('holds a record only while it carries that index’s keys', async () => {
      const { store, settle } = await open();
      const inIndex = async (index: IndexName, partition: string) => {
        settle();
        return (await all(store, { index, partition })).map((record) => record.key.sk);
      };
      await write(
        store,
        create(key('a'), {}, { team: key('1', 'red'), due: key('1', 'now') }),
        create(key('b')),
      );
      expect(await inIndex('team', 'red')).toEqual(['a']);
      expect(await inIndex('due', 'now')).toEqual(['a']);
      expect(await inIndex('owner', 'red')).toEqual([]);
      expect(await inIndex('team', 'p')).toEqual([]);
      await write(store, replace(key('a'), 1, {}, { team: key('1', 'blue') }));
      expect(await inIndex('team', 'red')).toEqual([]);
      expect(await inIndex('team', 'blue')).toEqual(['a']);
      expect(await inIndex('due', 'now')).toEqual([]);
      await write(store, remove(key('a'), 2));
      expect(await inIndex('team', 'blue')).toEqual([]);
    });

    it('is a hint: acting on a version that has passed is a conflict', async () => {
      const { store, settle } = await open();
      await write(store, create(key('a'), {}, { due: key('a', 'due') }));
      settle();
      const [hint] = await all(store, { index: 'due', partition: 'due' });
      await write(store, replace(key('a'), 1, { done: true }));
      const acting = write(store, replace(key('a'), hint?.version ?? 0, { done: 'twice' }));
      expect(await failuresOf(acting)).toEqual([{ key: key('a'), expected: 1, actual: 2 }]);
      expect((await store.get(key('a')))?.data).toEqual({ done: true });
    });
  });
}
