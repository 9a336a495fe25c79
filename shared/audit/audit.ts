import * as z from 'zod';
import { Instant, sha256 } from '../ids/ids.ts';
import { type Key, type Operation, queryAll, type RecordStore } from '../records/record-store.ts';
import { creating, parseRecord, type RecordType } from '../records/record-type.ts';

/** The head of a record's audit stream, kept on the record itself: its version condition is also the chain's. */
export interface AuditHead {
  auditSeq: number;
  auditHash: string;
}

export const NO_AUDIT: AuditHead = { auditSeq: 0, auditHash: '' };

export const AuditEntrySchema = z.object({
  /** The record it is about, `app#a_...`. */
  subject: z.string(),
  seq: z.int().min(1),
  at: Instant,
  /** What happened, a verb in the past: `accepted`, `went-live`, `rolled-back`. */
  action: z.string(),
  /** `person:<mail>`, `platform:<id>` or `cottage`. */
  by: z.string(),
  detail: z.record(z.string(), z.string()),
  previousHash: z.string(),
  hash: z.string(),
});
export type AuditEntry = z.infer<typeof AuditEntrySchema>;

const partition = (subject: string): string => `audit#${subject}`;

const AuditType: RecordType<AuditEntry> = {
  schema: AuditEntrySchema,
  key: (entry): Key => ({ pk: partition(entry.subject), sk: String(entry.seq).padStart(10, '0') }),
};

/** What is said of a change. */
export interface Happening {
  at: Instant;
  action: string;
  by: string;
  detail?: Record<string, string>;
}

/** The entry that follows a head: the operation that stores it, and the head that then stands on the record. */
export function auditing(
  subject: string,
  head: AuditHead,
  happening: Happening,
): { operation: Operation; head: AuditHead } {
  const body = {
    subject,
    seq: head.auditSeq + 1,
    at: happening.at,
    action: happening.action,
    by: happening.by,
    detail: happening.detail ?? {},
    previousHash: head.auditHash,
  };
  const hash = hashOf(body);
  return { operation: creating(AuditType, { ...body, hash }), head: { auditSeq: body.seq, auditHash: hash } };
}

/** SHA-256 over the fields in a fixed order, the detail's names sorted. */
function hashOf(entry: Omit<AuditEntry, 'hash'>): string {
  const detail = Object.entries(entry.detail).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const { subject, seq, at, action, by, previousHash } = entry;
  return sha256(JSON.stringify([subject, seq, at, action, by, detail, previousHash]));
}

/** The whole stream, oldest first. */
export async function readAudit(store: RecordStore, subject: string): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = [];
  for await (const stored of queryAll(store, { partition: partition(subject) })) {
    entries.push(parseRecord(AuditType, stored).value);
  }
  return entries;
}

/** A place where a stream is not what it should be. */
export interface AuditFault {
  subject: string;
  seq: number;
  fault: 'missing' | 'altered' | 'out-of-order' | 'head-mismatch';
}

/** Checks a stream against itself and against the head its record carries; an empty list is a whole chain. */
export function verifyAudit(subject: string, entries: AuditEntry[], head: AuditHead): AuditFault[] {
  const faults: AuditFault[] = [];
  let previous = NO_AUDIT;
  for (const entry of entries) {
    if (entry.seq !== previous.auditSeq + 1)
      faults.push({ subject, seq: previous.auditSeq + 1, fault: 'missing' });
    else if (entry.previousHash !== previous.auditHash)
      faults.push({ subject, seq: entry.seq, fault: 'out-of-order' });
    if (entry.subject !== subject || hashOf(entry) !== entry.hash) {
      faults.push({ subject, seq: entry.seq, fault: 'altered' });
    }
    previous = { auditSeq: entry.seq, auditHash: entry.hash };
  }
  if (previous.auditSeq < head.auditSeq)
    faults.push({ subject, seq: previous.auditSeq + 1, fault: 'missing' });
  else if (previous.auditHash !== head.auditHash) {
    faults.push({ subject, seq: head.auditSeq, fault: 'head-mismatch' });
  }
  return faults;
}
