import * as z from 'zod';
import { Instant, sha256 } from '../ids/ids.ts';
import type { Key, Operation } from '../records/record-store.ts';
import { creating, type RecordType } from '../records/record-type.ts';

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

/** Where the entries of a record stand. */
export const streamPartition = (subject: string): string => `audit#${subject}`;

export const entryKey = (subject: string, seq: number): Key => ({
  pk: streamPartition(subject),
  sk: String(seq).padStart(10, '0'),
});

/** Streams are found by their first entries, spread over so many partitions of an index. */
export const STREAM_PARTITIONS = ['0', '1', '2', '3'].map((n) => `audit-streams#${n}`);

const partitionOf = (subject: string): string =>
  STREAM_PARTITIONS[Number.parseInt(sha256(subject).slice(0, 8), 16) % STREAM_PARTITIONS.length] ?? '';

export const AuditType: RecordType<AuditEntry> = {
  schema: AuditEntrySchema,
  key: (entry): Key => entryKey(entry.subject, entry.seq),
  // The beginning of a stream tells that there is one, also when its record is gone or nothing leads to it.
  index: ({ subject, seq }) => (seq === 1 ? { state: { pk: partitionOf(subject), sk: subject } } : {}),
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
export function hashOf(entry: Omit<AuditEntry, 'hash'>): string {
  const detail = Object.entries(entry.detail).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const { subject, seq, at, action, by, previousHash } = entry;
  return sha256(JSON.stringify([subject, seq, at, action, by, detail, previousHash]));
}
