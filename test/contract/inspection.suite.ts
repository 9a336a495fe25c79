import { expect, it } from 'vitest';
import type { Dns } from '../../shared/dns/dns.ts';
import type { Inspection } from '../../shared/doctor/inspection.ts';
import { CorruptRecord } from '../../shared/errors/errors.ts';
import type { Key, RecordStore, StoredRecord } from '../../shared/records/record-store.ts';

export interface InspectionSetup {
  inspection: Inspection;
  store: RecordStore;
  dns: Pick<Dns, 'createZone'>;
  /** What is stored at this key is a record no more. */
  damage: (key: Key) => Promise<void> | void;
  /** What is counted there is a number no more, where such a thing can be. */
  damageCounter?: (key: Key) => Promise<void> | void;
  /** Starts an execution of a publish, which then waits. */
  start: (name: string) => Promise<void>;
  /** Lets it come to its end. */
  end: (name: string) => Promise<void>;
}

/** The zone of the base domain. */
export const BASE = 'apps.example.com';

const keyOf = (n: number): Key => ({ pk: `ghost#${n}`, sk: 'ghost' });
const spell = ({ pk, sk }: Key) => `${pk}/${sk}`;

async function save(store: RecordStore, n: number): Promise<void> {
  const index =
    n % 2 === 0 ? { due: { pk: 'due#0', sk: `2026#${n}` }, team: { pk: 'teams', sk: `${n}` } } : {};
  const record = { data: { n, text: 'Mittag für Ünal ☕' }, index };
  await store.write({ opId: `save-${n}`, operations: [{ op: 'create', key: keyOf(n), record }] });
}

async function all(inspection: Inspection) {
  const found: Awaited<ReturnType<Inspection['records']> extends AsyncIterable<infer R> ? R : never>[] = [];
  for await (const record of inspection.records()) found.push(record);
  return found.toSorted((a, b) => (spell(a.key) < spell(b.key) ? -1 : 1));
}

/** What every `Inspection` promises; what only one edition can have is in that one's own tests. */
export function inspectionContract(setup: () => Promise<InspectionSetup>): void {
  it('every record is read, once, as it is stored, whether an index leads to it or not', async () => {
    const { inspection, store } = await setup();
    expect(await all(inspection)).toEqual([]);
    const keys = Array.from({ length: 60 }, (_, n) => keyOf(n));
    for (const n of keys.keys()) await save(store, n);
    const stored = await Promise.all(keys.map((key) => store.get(key)));
    const expected = stored
      .filter((record): record is StoredRecord => record !== undefined)
      .toSorted((a, b) => (spell(a.key) < spell(b.key) ? -1 : 1));
    expect(expected).toHaveLength(60);
    expect(await all(inspection)).toEqual(expected);
  });

  it('what is damaged is told by its key, and keeps nothing else from being read', async () => {
    const { inspection, store, damage } = await setup();
    for (const n of [1, 2, 3]) await save(store, n);
    await damage(keyOf(2));
    const found = await all(inspection);
    expect(found.map(({ key }) => key)).toEqual([keyOf(1), keyOf(2), keyOf(3)]);
    expect(found.map((one) => 'damaged' in one)).toEqual([false, true, false]);
  });

  it('a counter is no record; it is read by itself, and is 0 before it counts', async () => {
    const { inspection, store } = await setup();
    const key = { pk: 'app#a', sk: 'sequence' };
    expect(await inspection.counter(key)).toBe(0);
    for (let n = 0; n < 3; n += 1) await store.increment(key);
    expect(await inspection.counter(key)).toBe(3);
    expect(await inspection.counter({ pk: 'app#b', sk: 'sequence' })).toBe(0);
    expect(await all(inspection)).toEqual([]);
  });

  it('a counter that is damaged is an error, and never 0', async () => {
    const { inspection, store, damageCounter } = await setup();
    if (!damageCounter) return;
    const key = { pk: 'app#a', sk: 'sequence' };
    await store.increment(key);
    await damageCounter(key);
    await expect(inspection.counter(key)).rejects.toThrow(CorruptRecord);
  });

  it('every zone is known: that of the base domain, those below it, and those below those', async () => {
    const { inspection, dns } = await setup();
    expect(await inspection.zones()).toEqual([]);
    const zones = [BASE, ...['finance', 'sales', 'it', 'a.it'].map((name) => `${name}.${BASE}`)];
    for (const zone of zones) await dns.createZone(zone);
    expect((await inspection.zones()).toSorted()).toEqual(zones.toSorted());
  });

  it('executions are named while they run', async () => {
    const { inspection, start, end } = await setup();
    expect(await inspection.runningExecutions()).toEqual([]);
    const names = ['p_a-1', 'p_b-1', 'p_c-1', 'p_c-2'];
    for (const name of names) await start(name);
    expect((await inspection.runningExecutions()).toSorted()).toEqual(names);
    await end('p_b-1');
    await end('p_c-2');
    expect((await inspection.runningExecutions()).toSorted()).toEqual(['p_a-1', 'p_c-1']);
  });
}
