import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { CorruptRecord } from '../../shared/errors/errors.ts';
import { dueKeys, dueRecords, firstDue } from '../../shared/records/due.ts';
import { itemSize } from '../../shared/records/item-rules.ts';
import type { Json } from '../../shared/records/record-store.ts';
import {
  creating,
  parseRecord,
  type RecordType,
  readRecord,
  removing,
  replacing,
  writing,
} from '../../shared/records/record-type.ts';
import { SqliteRecordStore } from '../../shared/records/sqlite-record-store.ts';
import { seeded } from '../builders/seeded.ts';
import { tempDatabase } from '../builders/temp.ts';
import { create, key, replace, write } from '../contract/record-operations.ts';

const NoteSchema = z.object({ id: z.string(), text: z.string().optional() });
type Note = z.infer<typeof NoteSchema>;
const NoteType: RecordType<Note> = {
  schema: NoteSchema,
  key: ({ id }) => key(id, 'notes'),
  index: ({ id, text }) => (text === undefined ? {} : { owner: key(id, text) }),
};

describe('a kind of record', () => {
  it('is created, replaced and removed at its own key, with its indexes', () => {
    const read = { value: { id: 'n', text: 'old' }, version: 4 };
    const record = { data: { id: 'n', text: 'new' }, index: { owner: key('n', 'new') } };
    const next = { id: 'n', text: 'new' };
    expect(creating(NoteType, next)).toEqual({ op: 'create', key: key('n', 'notes'), record });
    expect(replacing(NoteType, read, next)).toEqual({
      op: 'replace',
      key: key('n', 'notes'),
      version: 4,
      record,
    });
    expect(removing(NoteType, read)).toEqual({ op: 'remove', key: key('n', 'notes'), version: 4 });
    expect(writing(NoteType, undefined, next)).toEqual(creating(NoteType, next));
    expect(writing(NoteType, read, next)).toEqual(replacing(NoteType, read, next));
  });

  it('is stored without the fields that are undefined', () => {
    const operation = creating(NoteType, { id: 'n', text: undefined });
    expect(operation).toStrictEqual({
      op: 'create',
      key: key('n', 'notes'),
      record: { data: { id: 'n' }, index: {} },
    });
  });

  it('is read with its version; where there is none, as undefined', async () => {
    const store = new SqliteRecordStore(tempDatabase());
    await write(store, creating(NoteType, { id: 'n' }));
    expect(await readRecord(store, NoteType, key('n', 'notes'))).toEqual({ value: { id: 'n' }, version: 1 });
    expect(await readRecord(store, NoteType, key('m', 'notes'))).toBeUndefined();
  });

  it('is never read as absent when something else stands there', async () => {
    const store = new SqliteRecordStore(tempDatabase());
    await write(store, create(key('n', 'notes'), { id: 7 }));
    await expect(readRecord(store, NoteType, key('n', 'notes'))).rejects.toThrow(CorruptRecord);
    const stored = { key: key('n', 'notes'), version: 1, opId: 'x', data: {} };
    expect(() => parseRecord(NoteType, stored)).toThrow('notes/n does not fit its schema');
  });
});

describe('the size of a record', () => {
  const overhead = itemSize(key('s'), { data: {} });

  it('is, when empty, its keys, its names, room for version and opId, and an empty object', () => {
    // pk + p, sk + s, version + its number, opId + its most, data + {}.
    expect(overhead).toBe(2 + 1 + (2 + 1) + (7 + 9) + (4 + 200) + (4 + 2));
  });

  it.each<[string, Json, number]>([
    ['null', null, 4],
    ['a boolean', true, 4],
    ['an empty text', '', 2],
    ['ASCII by characters', 'abc', 5],
    ['other text by its bytes in UTF-8', 'ä漢👩', 2 + 2 + 3 + 4],
    ['what JSON escapes as it is escaped', '"\\\u0000', 2 + 2 + 2 + 6],
    ['a number by its digits', -1234, 5],
    ['a list', [1, 'ab'], 8],
    ['a map with its names', { ä: true, b: [] }, 18],
  ])('counts %s', (_, value, bytes) => {
    // The name and its colon.
    expect(itemSize(key('s'), { data: { v: value } }) - overhead).toBe(4 + bytes);
  });

  it('counts the keys of the indexes it is in, with their names', () => {
    const index = { due: key('12345', 'abc'), owner: key('1', 'x') };
    const names = 2 * ('due'.length + 3) + 2 * ('owner'.length + 3);
    expect(itemSize(key('s'), { data: {}, index }) - overhead).toBe(names + 8 + 2);
    expect(itemSize(key('ss', 'ppp'), { data: {} }) - overhead).toBe(3);
  });
});

const at = (minute: number) => `2026-03-02T09:${String(minute).padStart(2, '0')}:00.000Z`;
const openStore = () => new SqliteRecordStore(tempDatabase(), { cutPages: seeded(7) });

/** Ids of records due at one instant each, spread over the partitions. */
async function filled(store: SqliteRecordStore): Promise<string[]> {
  const ids = Array.from({ length: 24 }, (_, minute) => `due-${minute}`);
  const operations = ids.map((id, minute) =>
    create(key(id, 'records'), {}, dueKeys(id, { action: 'run', at: at(minute) })),
  );
  await write(store, ...operations);
  return ids;
}
const dueIds = async (store: SqliteRecordStore, now: string) => {
  const ids: string[] = [];
  for await (const record of dueRecords(store, now)) ids.push(record.key.sk);
  return new Set(ids);
};

describe('what is due', () => {
  it('is found in all four partitions, up to this very instant', async () => {
    const store = openStore();
    const ids = await filled(store);
    const partitions = ids.map((id) => dueKeys(id, { action: 'run', at: at(0) }).due?.pk);
    expect(new Set(partitions)).toEqual(new Set(['due#0', 'due#1', 'due#2', 'due#3']));
    for (let minute = 0; minute < 24; minute += 1) {
      expect(await dueIds(store, at(minute))).toEqual(new Set(ids.slice(0, minute + 1)));
    }
    expect(await dueIds(store, '2026-03-02T08:59:59.999Z')).toEqual(new Set());
  });

  it('begins with the earliest, wherever it stands', async () => {
    const store = openStore();
    expect(await firstDue(store)).toBeUndefined();
    const ids = await filled(store);
    for (const [minute, id] of ids.entries()) {
      expect(await firstDue(store)).toBe(at(minute));
      await write(store, replace(key(id, 'records'), 1, {}));
    }
    expect(await firstDue(store)).toBeUndefined();
  });

  it('stands in the index by instant and id, always in the same partition; nothing to do, nowhere', () => {
    const keys = dueKeys('e_1', { action: 'run', at: at(5) });
    expect(keys.due?.sk).toBe(`${at(5)}#e_1`);
    expect(dueKeys('e_1', { action: 'other', at: at(9) }).due?.pk).toBe(keys.due?.pk);
    expect(dueKeys('e_1', undefined)).toEqual({});
  });
});
