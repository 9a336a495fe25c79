import { describe, expect, it } from 'vitest';
import { TooLarge } from '../../shared/errors/errors.ts';
import { itemSize } from '../../shared/records/item-rules.ts';
import {
  type JsonObject,
  MAX_ITEM_BYTES,
  MAX_OPERATIONS,
  MAX_TRANSACTION_BYTES,
  type Operation,
} from '../../shared/records/record-store.ts';
import {
  check,
  create,
  failuresOf,
  key,
  type OpenStore,
  remove,
  replace,
  write,
} from './record-operations.ts';
import { queryContract } from './record-store-queries.suite.ts';

/** Creates a record of exactly this size. */
function filled(sk: string, sizeBytes: number): Operation {
  const empty = itemSize(key(sk), { data: { text: '' } });
  return create(key(sk), { text: 'x'.repeat(sizeBytes - empty) });
}

/** What every `RecordStore` does. `open` gives a new and empty one. */
export function recordStoreContract(open: OpenStore) {
  describe('a record', () => {
    it('is read back as it was written, with version 1, its operation and its index keys', async () => {
      const { store } = await open();
      const record = {
        data: { title: 'Lunch' },
        index: { owner: key('a', 'owner#ann'), due: key('b', 'due#1') },
      };
      await store.write({ opId: 'first', operations: [{ op: 'create', key: key('a'), record }] });
      expect(await store.get(key('a'))).toEqual({ key: key('a'), version: 1, opId: 'first', ...record });
    });

    it('is undefined where there is none: another sort key, another partition', async () => {
      const { store } = await open();
      await write(store, create(key('a')));
      expect(await store.get(key('b'))).toBeUndefined();
      expect(await store.get(key('a', 'q'))).toBeUndefined();
    });

    it('has one version more after each replacement, and nothing left of what it was', async () => {
      const { store } = await open();
      await write(store, create(key('a'), { old: 1 }, { team: key('x', 'team') }));
      await store.write({ opId: 'second', operations: [replace(key('a'), 1, { now: 2 })] });
      expect(await store.get(key('a'))).toEqual({
        key: key('a'),
        version: 2,
        opId: 'second',
        data: { now: 2 },
        index: {},
      });
      await write(store, replace(key('a'), 2, {}));
      expect((await store.get(key('a')))?.version).toBe(3);
    });

    it('is gone once removed, and begins at version 1 when created again', async () => {
      const { store } = await open();
      await write(store, create(key('a')));
      await write(store, replace(key('a'), 1, {}));
      await write(store, remove(key('a'), 2));
      expect(await store.get(key('a'))).toBeUndefined();
      await write(store, create(key('a')));
      expect((await store.get(key('a')))?.version).toBe(1);
    });

    it('keeps every kind of JSON exactly', async () => {
      const { store } = await open();
      const data: JsonObject = {
        text: 'ä 漢 👩‍🍳 \u0000 \u2028 " \\',
        empty: '',
        least: Number.MIN_SAFE_INTEGER,
        most: Number.MAX_SAFE_INTEGER,
        yes: true,
        nothing: null,
        list: [1, [], [{ deep: [null] }]],
        '': {},
        'a name with ä and 👩‍🍳': 0,
        ['__proto__']: JSON.parse('{"__proto__": 1}') as JsonObject,
      };
      await write(store, create(key('a'), data));
      const read = await store.get(key('a'));
      expect(JSON.stringify(read?.data)).toBe(JSON.stringify(data));
    });

    it('may stand at every printable character, and its keys may be 1,024 long', async () => {
      const { store } = await open();
      const printable = String.fromCharCode(...Array.from({ length: 94 }, (_, i) => 0x21 + i));
      for (const at of [key(printable, printable), key('s'.repeat(1024), 'p'.repeat(1024))]) {
        await write(store, create(at, { here: true }));
        expect((await store.get(at))?.data).toEqual({ here: true });
      }
    });
  });

  describe('a transaction', () => {
    it('does all its operations', async () => {
      const { store } = await open();
      await write(store, create(key('replaced')), create(key('removed')), create(key('checked')));
      await write(
        store,
        create(key('created'), { n: 1 }),
        replace(key('replaced'), 1, { n: 2 }),
        remove(key('removed'), 1),
        check(key('checked'), 1),
        check(key('nowhere'), 'absent'),
      );
      expect((await store.get(key('created')))?.data).toEqual({ n: 1 });
      expect((await store.get(key('replaced')))?.data).toEqual({ n: 2 });
      expect(await store.get(key('removed'))).toBeUndefined();
      expect((await store.get(key('checked')))?.version).toBe(1);
      expect(await store.get(key('nowhere'))).toBeUndefined();
    });

    const taken = key('taken');
    const free = key('free');
    it.each<[string, Operation, number | 'absent', number | 'absent']>([
      ['a create of what is there', create(taken), 'absent', 2],
      ['a replacement of an older version', replace(taken, 1, {}), 1, 2],
      ['a replacement of a version that is yet to come', replace(taken, 3, {}), 3, 2],
      ['a replacement of what is not there', replace(free, 1, {}), 1, 'absent'],
      ['a removal of an older version', remove(taken, 1), 1, 2],
      ['a removal of what is not there', remove(free, 1), 1, 'absent'],
      ['a check of an older version', check(taken, 1), 1, 2],
      ['a check for a version of what is not there', check(free, 1), 1, 'absent'],
      ['a check for absence of what is there', check(taken, 'absent'), 'absent', 2],
    ])('fails on %s, and then writes nothing', async (_, operation, expected, actual) => {
      const { store } = await open();
      await write(store, create(taken), create(key('other')));
      await write(store, replace(taken, 1, { kept: true }));
      const beside = [create(key('beside')), replace(key('other'), 1, { n: 1 })];
      const failures = [{ key: operation.key, expected, actual }];
      for (const operations of [
        [operation, ...beside],
        [...beside, operation],
      ]) {
        expect(await failuresOf(write(store, ...operations))).toEqual(failures);
      }
      expect(await store.get(taken)).toMatchObject({ version: 2, data: { kept: true } });
      expect(await store.get(free)).toBeUndefined();
      expect(await store.get(key('beside'))).toBeUndefined();
      expect(await store.get(key('other'))).toMatchObject({ version: 1, data: {} });
    });

    it('reports every operation that failed, in their order, and none that held', async () => {
      const { store } = await open();
      await write(store, create(key('a')), create(key('b')), create(key('c')), create(key('d')));
      const failures = await failuresOf(
        write(
          store,
          create(key('a')),
          replace(key('b'), 1, {}),
          replace(key('c'), 7, {}),
          remove(key('z'), 3),
          check(key('d'), 'absent'),
          check(key('y'), 2),
        ),
      );
      expect(failures).toEqual([
        { key: key('a'), expected: 'absent', actual: 1 },
        { key: key('c'), expected: 7, actual: 1 },
        { key: key('z'), expected: 3, actual: 'absent' },
        { key: key('d'), expected: 'absent', actual: 1 },
        { key: key('y'), expected: 2, actual: 'absent' },
      ]);
    });

    it('wins alone among many that want to replace the same version', async () => {
      const { store } = await open();
      await write(store, create(key('a')));
      const writers = Array.from({ length: 10 }, (_, n) =>
        failuresOf(write(store, replace(key('a'), 1, { n }))),
      );
      const results = await Promise.all(writers);
      expect(results.filter((failures) => failures === undefined)).toHaveLength(1);
      expect(await store.get(key('a'))).toMatchObject({
        version: 2,
        data: { n: results.indexOf(undefined) },
      });
    });

    it('takes 25 operations, and no more', async () => {
      const { store } = await open();
      const creates = Array.from({ length: MAX_OPERATIONS + 1 }, (_, i) => create(key(`k${i}`)));
      expect(MAX_OPERATIONS).toBe(25);
      await expect(write(store, ...creates)).rejects.toThrow(TooLarge);
      expect(await store.get(key('k0'))).toBeUndefined();
      await write(store, ...creates.slice(0, MAX_OPERATIONS));
      expect(await store.get(key('k24'))).toBeDefined();
    });

    it('takes a record of 350 kB by the size rules, and not one byte more', async () => {
      const { store } = await open();
      const index = { state: key('s', 'state') };
      const empty = itemSize(key('a'), { data: { text: '' }, index });
      const text = 'ä'.repeat((MAX_ITEM_BYTES - empty) / 2) + ((MAX_ITEM_BYTES - empty) % 2 ? 'x' : '');
      expect(MAX_ITEM_BYTES).toBe(350_000);
      await write(store, create(key('a'), { text }, index));
      await expect(write(store, create(key('b'), { text: `${text}x` }, index))).rejects.toThrow(TooLarge);
      await expect(write(store, replace(key('a'), 1, { text: `${text}x` }, index))).rejects.toThrow(TooLarge);
      expect((await store.get(key('a')))?.data.text).toBe(text);
    });

    it('takes records of 3.5 MB in all, and not one byte more', async () => {
      const { store } = await open();
      const ten = (last: number) =>
        Array.from({ length: 10 }, (_, i) => filled(`k${i}`, i === 9 ? last : MAX_ITEM_BYTES));
      expect(MAX_TRANSACTION_BYTES).toBe(10 * MAX_ITEM_BYTES);
      await expect(write(store, ...ten(MAX_ITEM_BYTES - 400), filled('k', 401))).rejects.toThrow(TooLarge);
      expect(await store.get(key('k0'))).toBeUndefined();
      await write(store, ...ten(MAX_ITEM_BYTES - 400), filled('k', 400));
      expect(await store.get(key('k9'))).toBeDefined();
    });

    it.each<[string, Operation[]]>([
      ['nothing to do', []],
      ['two operations on one key', [create(key('a')), check(key('a'), 'absent')]],
    ])('is a defect of the caller when it has %s', async (_, operations) => {
      const { store } = await open();
      await expect(write(store, ...operations)).rejects.toThrow(TypeError);
    });

    it('tells two keys apart that are one text when joined', async () => {
      const { store } = await open();
      const keys = [key('b#c', 'a'), key('c', 'a#b'), key('bc', 'a'), key('c', 'ab')];
      await write(store, ...keys.map((one) => create(one)));
      for (const one of keys) expect(await store.get(one)).toMatchObject({ key: one });
    });
  });

  describe('what no caller may hand over', () => {
    const bad = ['', ' ', 'a b', 'tab\t', 'ä', '\u007f', '\u0000', 'x'.repeat(1025)];
    it.each(bad)('is a key such as %j, anywhere', async (text) => {
      const { store } = await open();
      for (const at of [key(text), key('a', text)]) {
        await expect(store.get(at)).rejects.toThrow(TypeError);
        await expect(store.increment(at)).rejects.toThrow(TypeError);
        for (const operation of [create(at), replace(at, 1, {}), remove(at, 1), check(at, 'absent')]) {
          await expect(write(store, operation)).rejects.toThrow(TypeError);
        }
        await expect(write(store, create(key('a'), {}, { state: at }))).rejects.toThrow(TypeError);
      }
      expect(await store.get(key('a'))).toBeUndefined();
    });

    it.each(['', 'with space', 'ä', 'x'.repeat(201)])('is an opId such as %j', async (opId) => {
      const { store } = await open();
      await expect(store.write({ opId, operations: [create(key('a'))] })).rejects.toThrow(TypeError);
    });

    it.each<[string, unknown]>([
      ['undefined', undefined],
      ['a fraction', 0.5],
      ['an integer that is not safe', Number.MAX_SAFE_INTEGER + 1],
      ['NaN', Number.NaN],
      ['infinity', Number.POSITIVE_INFINITY],
      ['a big integer', 1n],
      ['half a surrogate pair', 'cut \ud83d'],
      ['a date', new Date(0)],
      ['a map', new Map()],
      ['a function', () => 1],
      ['a symbol', Symbol('s')],
      ['bytes', new Uint8Array(1)],
      ['a list with a hole', Array(1)],
      ['a name with half a surrogate pair', { '\udc00': 1 }],
    ])('is %s in place of JSON, however deep', async (_, value) => {
      const { store } = await open();
      for (const data of [
        { value },
        { list: [1, value] },
        { deep: { deeper: [{ value }] } },
      ] as JsonObject[]) {
        await expect(write(store, create(key('a'), data))).rejects.toThrow(TypeError);
      }
      await write(store, create(key('a')));
      await expect(write(store, replace(key('a'), 1, { value } as JsonObject))).rejects.toThrow(TypeError);
    });
  });

  describe('the same transaction again', () => {
    it('is a success that changes nothing, whatever it did', async () => {
      const { store } = await open();
      await write(store, create(key('b')), create(key('c')), create(key('d')));
      const transaction = {
        opId: 'again',
        operations: [
          create(key('a'), { n: 1 }),
          replace(key('b'), 1, { n: 2 }),
          remove(key('c'), 1),
          check(key('d'), 1),
        ],
      };
      await store.write(transaction);
      await store.write(transaction);
      expect(await store.get(key('a'))).toMatchObject({ version: 1, opId: 'again' });
      expect(await store.get(key('b'))).toMatchObject({ version: 2, opId: 'again' });
      expect(await store.get(key('c'))).toBeUndefined();
    });

    it('is a conflict with every failure when one of them is not its own', async () => {
      const { store } = await open();
      await write(store, create(key('theirs')));
      await store.write({ opId: 'again', operations: [create(key('ours'))] });
      const again = { opId: 'again', operations: [create(key('ours')), create(key('theirs'))] };
      expect(await failuresOf(store.write(again))).toEqual([
        { key: key('ours'), expected: 'absent', actual: 1 },
        { key: key('theirs'), expected: 'absent', actual: 1 },
      ]);
    });

    it('is a conflict once somebody else has written over it', async () => {
      const { store } = await open();
      const transaction = { opId: 'again', operations: [create(key('a'))] };
      await store.write(transaction);
      await write(store, replace(key('a'), 1, {}));
      expect(await failuresOf(store.write(transaction))).toEqual([
        { key: key('a'), expected: 'absent', actual: 2 },
      ]);
    });

    it('is a conflict when it only removed: absence does not say who did it', async () => {
      const { store } = await open();
      await write(store, create(key('a')));
      const transaction = { opId: 'again', operations: [remove(key('a'), 1)] };
      await store.write(transaction);
      expect(await failuresOf(store.write(transaction))).toEqual([
        { key: key('a'), expected: 1, actual: 'absent' },
      ]);
    });

    it('is a conflict when what it removed was created again', async () => {
      const { store } = await open();
      await write(store, create(key('a')));
      await write(store, replace(key('a'), 1, {}));
      const transaction = { opId: 'again', operations: [create(key('b')), remove(key('a'), 2)] };
      await store.write(transaction);
      await write(store, create(key('a')));
      expect(await failuresOf(store.write(transaction))).toHaveLength(2);
    });

    it('is a conflict when a check fails, even on a record that it wrote itself', async () => {
      const { store } = await open();
      await store.write({ opId: 'again', operations: [create(key('a'))] });
      const again = { opId: 'again', operations: [check(key('a'), 'absent')] };
      expect(await failuresOf(store.write(again))).toEqual([
        { key: key('a'), expected: 'absent', actual: 1 },
      ]);
    });

    it('is a conflict when it is another transaction by its opId', async () => {
      const { store } = await open();
      await store.write({ opId: 'one', operations: [create(key('a'))] });
      expect(await failuresOf(store.write({ opId: 'two', operations: [create(key('a'))] }))).toHaveLength(1);
    });
  });

  describe('a counter', () => {
    it('begins at 1 and goes up by one, each counter by itself', async () => {
      const { store } = await open();
      expect(await store.increment(key('a'))).toBe(1);
      expect(await store.increment(key('a'))).toBe(2);
      expect(await store.increment(key('b'))).toBe(1);
      expect(await store.increment(key('a', 'q'))).toBe(1);
      expect(await store.increment(key('a'))).toBe(3);
    });

    it('is no record: none is found where it stands, and one may be written there', async () => {
      const { store, settle } = await open();
      await store.increment(key('a'));
      settle();
      expect(await store.get(key('a'))).toBeUndefined();
      expect(await store.query({ partition: 'p' })).toEqual({ records: [] });
      await write(store, create(key('a'), { n: 7 }));
      expect(await store.increment(key('a'))).toBe(2);
      expect(await store.get(key('a'))).toMatchObject({ version: 1, data: { n: 7 } });
    });

    it('never gives two callers the same number', async () => {
      const { store } = await open();
      const drawn = await Promise.all(Array.from({ length: 50 }, () => store.increment(key('a'))));
      expect(drawn.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
    });
  });

  queryContract(open);
}
