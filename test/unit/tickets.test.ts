import { describe, expect, it } from 'vitest';
import { Busy } from '../../shared/errors/errors.ts';
import { forgetTicket, useTicket } from '../../shared/hosting/tickets.ts';
import { instant } from '../../shared/ids/ids.ts';
import { dueRecords } from '../../shared/records/due.ts';
import { SqliteRecordStore } from '../../shared/records/sqlite-record-store.ts';
import { override } from '../builders/override.ts';
import { tempDatabase } from '../builders/temp.ts';

const UNTIL = Date.parse('2026-03-02T09:05:00.000Z');
const openStore = () => new SqliteRecordStore(tempDatabase());

async function dueAt(store: SqliteRecordStore, at: number): Promise<string[]> {
  const keys: string[] = [];
  for await (const record of dueRecords(store, instant(at))) keys.push(record.key.pk);
  return keys;
}

describe('a one-time link', () => {
  it('is good once', async () => {
    const store = openStore();
    expect(await useTicket(store, 'n1', UNTIL)).toBe(true);
    expect(await useTicket(store, 'n1', UNTIL)).toBe(false);
    expect(await useTicket(store, 'n2', UNTIL)).toBe(true);
  });

  it('is good for one of many who come at once', async () => {
    const store = openStore();
    const used = await Promise.all(Array.from({ length: 10 }, () => useTicket(store, 'n1', UNTIL)));
    expect(used.filter(Boolean)).toHaveLength(1);
  });

  it('lets nobody in when the store fails', async () => {
    const store = override(openStore(), { write: () => Promise.reject(new Busy('locked')) });
    await expect(useTicket(store, 'n1', UNTIL)).rejects.toThrow(Busy);
  });

  it('is remembered until it would have expired anyway, and then forgotten', async () => {
    const store = openStore();
    await useTicket(store, 'n1', UNTIL);
    expect(await dueAt(store, UNTIL - 1)).toEqual([]);
    expect(await forgetTicket(store, 'n1', instant(UNTIL - 1))).toBe(false);
    expect(await useTicket(store, 'n1', UNTIL)).toBe(false);
    expect(await dueAt(store, UNTIL)).toEqual(['ticket#n1']);
    expect(await forgetTicket(store, 'n1', instant(UNTIL))).toBe(true);
    expect(await dueAt(store, UNTIL)).toEqual([]);
    expect(await forgetTicket(store, 'n1', instant(UNTIL))).toBe(false);
  });
});
