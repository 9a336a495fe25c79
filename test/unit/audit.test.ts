import { describe, expect, it } from 'vitest';
import {
  type AuditEntry,
  type AuditHead,
  auditing,
  NO_AUDIT,
  readAudit,
  verifyAudit,
} from '../../shared/audit/audit.ts';
import { CorruptRecord } from '../../shared/errors/errors.ts';
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
  return { database, store, head, entries: await readAudit(store, SUBJECT) };
}

const faultsOf = (entries: AuditEntry[], head: AuditHead) =>
  verifyAudit(SUBJECT, entries, head).map(({ seq, fault }) => `${seq} ${fault}`);

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
    expect(verifyAudit(SUBJECT, [], NO_AUDIT)).toEqual([]);
  });

  it('is read in order past nine entries, and holds no other stream', async () => {
    const store = new SqliteRecordStore(tempDatabase());
    let head = NO_AUDIT;
    for (let n = 0; n < 12; n += 1) head = await append(store, head, `act-${n}`);
    const other = auditing('app#ab', NO_AUDIT, { at: T0, action: 'created', by: 'cottage' });
    await store.write({ opId: 'other', operations: [other.operation] });
    const entries = await readAudit(store, SUBJECT);
    expect(entries.map((entry) => entry.action)).toEqual(Array.from({ length: 12 }, (_, n) => `act-${n}`));
    expect(faultsOf(entries, head)).toEqual([]);
  });

  it('takes no second entry at a place that is taken', async () => {
    const { store, head } = await storedStream();
    const stale = { ...head, auditSeq: head.auditSeq - 1 };
    await expect(append(store, stale, 'sneaked-in')).rejects.toThrow('conflict');
  });

  it('that does not fit its schema is an error, never a shorter stream', async () => {
    const { database, store } = await storedStream();
    database.exec(`UPDATE records SET data = '{"seq":3}' WHERE sk = '0000000003'`);
    await expect(readAudit(store, SUBJECT)).rejects.toThrow(CorruptRecord);
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
    expect(faultsOf([], head)).toEqual(['1 missing']);
  });

  it('when the first or a middle entry was cut out', async () => {
    const { entries, head } = await storedStream();
    expect(faultsOf(entries.slice(1), head)).toEqual(['1 missing']);
    expect(faultsOf(entries.toSpliced(2, 1), head)).toEqual(['3 missing']);
  });

  it('when two entries have changed places', async () => {
    const { entries, head } = await storedStream();
    const [a, b, c, d, e] = entries as [AuditEntry, AuditEntry, AuditEntry, AuditEntry, AuditEntry];
    expect(faultsOf([a, c, b, d, e], head)).toEqual(['2 missing', '4 missing', '3 missing']);
    const swapped = [a, { ...c, seq: 2 }, { ...b, seq: 3 }, d, e];
    expect(faultsOf(swapped, head)).toEqual(
      expect.arrayContaining(['2 altered', '3 altered', '2 out-of-order']),
    );
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
    expect(faultsOf(forged.entries, head)).toEqual(['5 head-mismatch']);
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
    expect(faultsOf(await readAudit(store, SUBJECT), head)).toEqual(['5 head-mismatch']);
    expect(faultsOf(entries, NO_AUDIT)).toEqual(['0 head-mismatch']);
  });

  it('and named by the record it is about', async () => {
    const { entries, head } = await storedStream();
    expect(verifyAudit(SUBJECT, entries.slice(0, -1), head)).toEqual([
      { subject: SUBJECT, seq: 5, fault: 'missing' },
    ]);
  });
});
