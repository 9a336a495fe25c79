import { describe, expect, it } from 'vitest';
import { type AuditEntry, type AuditHead, auditing, hashOf, NO_AUDIT } from '../../shared/audit/audit.ts';
import { readStream } from '../../shared/audit/streams.ts';
import { type Placed, verifyStream } from '../../shared/audit/verify.ts';
import type { RecordStore } from '../../shared/records/record-store.ts';
import { SqliteRecordStore } from '../../shared/records/sqlite-record-store.ts';
import { T0 } from '../builders/app.ts';
import { tempDatabase } from '../builders/temp.ts';

const SUBJECT = 'app#a';

async function append(store: RecordStore, head: AuditHead, action: string): Promise<AuditHead> {
  const next = auditing(SUBJECT, head, { at: T0, action, by: 'cottage', detail: { why: 'test' } });
  await store.write({ opId: `${action}/${head.auditSeq}`, operations: [next.operation] });
  return next.head;
}

/** A stored stream of five entries, as it is read back. */
async function storedStream() {
  const database = tempDatabase();
  const store = new SqliteRecordStore(database);
  let head = NO_AUDIT;
  for (const action of ['accepted', 'created', 'went-live', 'held', 'released']) {
    head = await append(store, head, action);
  }
  return { database, store, head, entries: await readEntries(store) };
}

async function readEntries(store: RecordStore): Promise<AuditEntry[]> {
  return (await readStream(store, SUBJECT)).entries.flatMap(({ entry }) => (entry ? [entry] : []));
}

/** Each at the place where it stands in the list. */
const inPlace = (entries: AuditEntry[]): Placed[] => entries.map((entry, i) => ({ place: i + 1, entry }));
/** Each at the place of its own number, which leaves gaps. */
const byNumber = (entries: AuditEntry[]): Placed[] => entries.map((entry) => ({ place: entry.seq, entry }));

const faultsOf = (entries: AuditEntry[] | Placed[], head: AuditHead | undefined) =>
  verifyStream(
    SUBJECT,
    entries.map((one, i) => ('place' in one ? one : { place: i + 1, entry: one })),
    head,
  ).map(({ seq, to, fault }) => `${to === undefined ? seq : `${seq}-${to}`} ${fault}`);

/** The stream from an entry on, made again by somebody who knows how. */
function rehashed(entries: AuditEntry[], from: number, change: (entry: AuditEntry) => AuditEntry) {
  const kept = entries.slice(0, from);
  let head: AuditHead = { auditSeq: from, auditHash: kept.at(-1)?.hash ?? '' };
  for (const entry of entries.slice(from)) {
    const { at, action, by, detail } = change(entry);
    const { operation, head: next } = auditing(SUBJECT, head, { at, action, by, detail });
    if (operation.op === 'create') kept.push(operation.record.data as unknown as AuditEntry);
    head = next;
  }
  return { entries: kept, head };
}

describe('a stream of audit entries', () => {
  it('begins with nothing before it, and each entry carries the hash of the one before', async () => {
    const { entries, head } = await storedStream();
    expect(entries.map((entry) => entry.seq)).toEqual([1, 2, 3, 4, 5]);
    expect(entries.map((entry) => entry.previousHash)).toEqual([
      '',
      ...entries.slice(0, -1).map((e) => e.hash),
    ]);
    expect(head).toEqual({ auditSeq: 5, auditHash: entries.at(-1)?.hash });
    expect(faultsOf(entries, head)).toEqual([]);
  });

  it('keeps what happened, when, by whom, and about what', async () => {
    const { entries } = await storedStream();
    expect(entries[0]).toMatchObject({
      subject: SUBJECT,
      at: T0,
      action: 'accepted',
      by: 'cottage',
      detail: { why: 'test' },
    });
    const { operation } = auditing(SUBJECT, NO_AUDIT, {
      at: T0,
      action: 'held',
      by: 'person:ada@example.com',
    });
    expect(operation).toMatchObject({ op: 'create', record: { data: { detail: {} } } });
  });

  it('of nothing is whole, and stands at nothing', () => {
    expect(verifyStream(SUBJECT, [], NO_AUDIT)).toEqual([]);
  });

  it('is read in order past nine entries, and holds no other stream', async () => {
    const store = new SqliteRecordStore(tempDatabase());
    let head = NO_AUDIT;
    for (let n = 0; n < 12; n += 1) head = await append(store, head, `act-${n}`);
    const other = auditing('app#ab', NO_AUDIT, { at: T0, action: 'created', by: 'cottage' });
    await store.write({ opId: 'other', operations: [other.operation] });
    const entries = await readEntries(store);
    expect(entries.map((entry) => entry.action)).toEqual(Array.from({ length: 12 }, (_, n) => `act-${n}`));
    expect(faultsOf(entries, head)).toEqual([]);
  });

  it('takes no second entry at a place that is taken', async () => {
    const { store, head } = await storedStream();
    const stale = { ...head, auditSeq: head.auditSeq - 1 };
    await expect(append(store, stale, 'sneaked-in')).rejects.toThrow('conflict');
  });

  it.each([
    ['does not fit its schema', '{"seq":3}'],
    ['is no JSON', '{"seq":'],
  ])('with one that %s has an altered entry, and never a shorter stream', async (_, data) => {
    const { database, store } = await storedStream();
    const record = { pk: SUBJECT, sk: 'app' };
    const head = { auditSeq: 5, auditHash: 'x', team: 'demo', name: 'lunch' };
    await store.write({
      opId: 'record',
      operations: [{ op: 'create', key: record, record: { data: head } }],
    });
    database.prepare("UPDATE records SET data = ? WHERE sk = '0000000003'").run(data);
    const stream = await readStream(store, SUBJECT);
    expect(stream.name).toBe('app demo/lunch');
    expect(stream.entries.map(({ place, entry }) => `${place} ${entry?.action}`)).toEqual([
      '1 accepted',
      '2 created',
      '3 undefined',
      '4 held',
      '5 released',
    ]);
    expect(stream.faults.map(({ seq, fault }) => `${seq} ${fault}`)).toEqual(['3 altered', '5 altered']);
  });
});

describe('tampering is found', () => {
  it.each<keyof AuditEntry>(['subject', 'seq', 'at', 'action', 'by', 'detail', 'previousHash', 'hash'])(
    'in the field %s of any entry',
    async (field) => {
      const { entries, head } = await storedStream();
      const other = { seq: 9, at: '2026-03-02T09:00:00.001Z', detail: { why: 'another' } };
      const value = { subject: 'app#b', action: 'x', by: 'x', previousHash: 'x', hash: 'x', ...other }[field];
      for (const [i, entry] of entries.entries()) {
        const edited = entries.with(i, { ...entry, [field]: value });
        expect(faultsOf(edited, head)).not.toEqual([]);
        expect(faultsOf(edited, head)[0]).toMatch(new RegExp(`^${i + 1} `));
      }
    },
  );

  it.each<[string, Record<string, string>]>([
    ['a name', { reason: 'test' }],
    ['one more', { why: 'test', more: 'x' }],
    ['one less', {}],
    ['a border between name and value', { whyt: 'est' }],
  ])('in the detail: %s', async (_, detail) => {
    const { entries, head } = await storedStream();
    const [first] = entries;
    if (!first) throw new Error('the stream is empty');
    expect(faultsOf(entries.with(0, { ...first, detail }), head)).toEqual(['1 altered']);
  });

  it('but the order in which a detail’s names are stored says nothing', () => {
    const happening = { at: T0, action: 'held', by: 'cottage' };
    const one = auditing(SUBJECT, NO_AUDIT, { ...happening, detail: { a: '1', b: '2' } });
    const two = auditing(SUBJECT, NO_AUDIT, { ...happening, detail: { b: '2', a: '1' } });
    expect(one.head).toEqual(two.head);
  });

  it('when the last entry was cut off', async () => {
    const { entries, head } = await storedStream();
    expect(faultsOf(entries.slice(0, -1), head)).toEqual(['5 missing']);
    expect(faultsOf([], head)).toEqual(['1-5 missing']);
  });

  it('when the first, a middle entry or several were cut out', async () => {
    const { entries, head } = await storedStream();
    expect(faultsOf(byNumber(entries.slice(1)), head)).toEqual(['1 missing']);
    expect(faultsOf(byNumber(entries.toSpliced(2, 1)), head)).toEqual(['3 missing']);
    expect(faultsOf(byNumber(entries.toSpliced(1, 3)), head)).toEqual(['2-4 missing']);
    expect(faultsOf(byNumber(entries.slice(0, 2)), head)).toEqual(['3-5 missing']);
  });

  it('when one was cut out and the others moved up', async () => {
    const { entries, head } = await storedStream();
    expect(faultsOf(inPlace(entries.toSpliced(2, 1)), head)).toEqual([
      '3 out-of-order',
      '4 out-of-order',
      '5 missing',
    ]);
  });

  it.each<[string, (entry: AuditEntry, place: number) => AuditEntry]>([
    ['as they are', (entry) => entry],
    ['with their numbers', (entry, place) => ({ ...entry, seq: place })],
  ])('when two entries have changed places, %s', async (_, change) => {
    const { entries, head } = await storedStream();
    const [a, b, c, d, e] = entries as [AuditEntry, AuditEntry, AuditEntry, AuditEntry, AuditEntry];
    expect(faultsOf([a, change(c, 2), change(b, 3), d, e], head)).toEqual([
      '2 out-of-order',
      '3 out-of-order',
    ]);
    expect(faultsOf([a, b, c, change(e, 4), change(d, 5)], head)).toEqual([
      '4 out-of-order',
      '5 out-of-order',
    ]);
    expect(faultsOf([change(e, 1), b, c, d, change(a, 5)], head)).toEqual([
      '1 out-of-order',
      '5 out-of-order',
    ]);
  });

  it('when one was edited and sealed anew by itself', async () => {
    const { entries, head } = await storedStream();
    for (const [i, entry] of entries.entries()) {
      const { hash: _, ...body } = { ...entry, by: 'person:nobody@example.com' };
      expect(faultsOf(entries.with(i, { ...body, hash: hashOf(body) }), head)).toEqual([`${i + 1} altered`]);
    }
  });

  it('when the stream does not begin at its beginning', async () => {
    const { entries, head } = await storedStream();
    const { hash: _, ...body } = { ...(entries[0] as AuditEntry), previousHash: 'before' };
    expect(faultsOf(entries.with(0, { ...body, hash: hashOf(body) }), head)).toEqual(['1 altered']);
  });

  it('when its only entry says that there was one before', () => {
    const happening = { at: T0, action: 'held', by: 'cottage' };
    const { operation, head } = auditing(SUBJECT, { auditSeq: 0, auditHash: 'before' }, happening);
    if (operation.op !== 'create') throw new Error('not an entry');
    expect(faultsOf([operation.record.data as unknown as AuditEntry], head)).toEqual(['1 altered']);
  });

  it('when nothing but its number was changed', async () => {
    const { entries, head } = await storedStream();
    const [first] = entries as [AuditEntry];
    expect(faultsOf(entries.with(0, { ...first, seq: 4 }), head)).toEqual(['1 altered']);
  });

  it('when its record is gone', async () => {
    const { entries } = await storedStream();
    expect(faultsOf(entries, undefined)).toEqual(['5 orphan']);
  });

  it('when its record claims a head far beyond, without looking for each entry', async () => {
    const { entries, head } = await storedStream();
    expect(faultsOf(entries, { ...head, auditSeq: 1e15 })).toEqual(['6-1000000000000000 missing']);
  });

  it('when an entry of another stream was put in its place', async () => {
    const { entries, head } = await storedStream();
    const foreign = auditing(
      'app#b',
      { auditSeq: 4, auditHash: entries[3]?.hash ?? '' },
      {
        at: T0,
        action: 'released',
        by: 'cottage',
        detail: { why: 'test' },
      },
    );
    if (foreign.operation.op !== 'create') throw new Error('not an entry');
    const entry = foreign.operation.record.data as unknown as AuditEntry;
    expect(faultsOf(entries.with(4, entry), foreign.head)).toEqual(['5 altered']);
    expect(faultsOf(entries.with(4, entry), head)).toContain('5 altered');
  });

  it('when the tail was edited and hashed anew: the record’s head is another', async () => {
    const { entries, head } = await storedStream();
    const forged = rehashed(entries, 3, (entry) => ({ ...entry, by: 'person:nobody@example.com' }));
    expect(faultsOf(forged.entries, forged.head)).toEqual([]);
    expect(faultsOf(forged.entries, head)).toEqual(['5 altered']);
  });

  it('when one entry was edited and hashed anew, and the next one mended to fit it', async () => {
    const { entries, head } = await storedStream();
    const forged = rehashed(entries.slice(0, 3), 2, (entry) => ({ ...entry, action: 'nothing' }));
    const [next, last] = entries.slice(3) as [AuditEntry, AuditEntry];
    const mended = [...forged.entries, { ...next, previousHash: forged.head.auditHash }, last];
    expect(faultsOf(mended, head)).toEqual(['4 altered']);
  });

  it('when an entry was added after the record’s head', async () => {
    const { store, entries, head } = await storedStream();
    await append(store, head, 'sneaked-in');
    expect(faultsOf(await readEntries(store), head)).toEqual(['6 added']);
    expect(faultsOf(entries, NO_AUDIT)).toEqual(['1-5 added']);
  });

  it('and named by the record it is about', async () => {
    const { entries, head } = await storedStream();
    expect(verifyStream(SUBJECT, inPlace(entries.slice(0, -1)), head)).toEqual([
      { subject: SUBJECT, seq: 5, fault: 'missing' },
    ]);
  });
});
