import * as z from 'zod';
import { Instant, sha256 } from '../ids/ids.ts';
import type { Signer } from '../signer/signer.ts';
import { packMarks, unpackMarks } from './head-line.ts';

/**
 * A head of the whole audit trail: how far each stream had got, and one digest over all of it, signed. Kept elsewhere, it
 * shows later what was cut off or written anew. It has three forms, all made of the same marks:
 *
 * - the *document* (JSON) names every stream in full; it is what is kept as a file;
 * - the *line* fits on a command line. It abridges names and hashes, which is enough to say where; the digest, over all
 *   of them in full, is what nobody can match by trying;
 * - the *short* form is the digest and the counts alone, for trails too long for a line.
 */
export interface Head {
  /** Its own, and known to the database that made it: one from before does not know it. */
  id: string;
  at: Instant;
  streams: number;
  entries: number;
  /** SHA-256 over all marks, hex. */
  root: string;
}

/** How far one stream had got: its last entry. */
export interface Mark {
  subject: string;
  /** What people call the record. */
  name: string;
  seq: number;
  /** Hex, in full. */
  hash: string;
}

/** A mark as it was kept: in the line form the stream is known by an abridged digest and its hash is abridged. */
export interface KeptMark {
  id: string;
  name?: string;
  seq: number;
  hash: string;
}

/** A head somebody gave back. */
export interface KeptHead extends Head {
  /** Undefined in the short form. */
  marks: KeptMark[] | undefined;
  /** False when it was not signed by this Cottage, or has changed since. */
  genuine: boolean;
}

/** Thrown for what is no head in any form. The message says what is wrong with it. */
export class NoHead extends Error {
  override readonly name = 'NoHead';
}

/** How a stream is known in a kept mark: 40 bits, so that a line can tell thousands apart. */
export const markId = (subject: string): string => sha256(subject).slice(0, 10);

/** The digest over all marks in full. `marks` in any order. */
export function rootOf(marks: readonly Pick<Mark, 'subject' | 'seq' | 'hash'>[]): string {
  const lines = marks.map(({ subject, seq, hash }) => `${subject} ${seq} ${hash}\n`);
  return sha256(lines.toSorted().join(''));
}

const PREFIX = { line: 'h1', short: 's1' } as const;

/** Linux takes at most 131,072 bytes in one argument; this leaves room for what stands around it. */
const LONGEST_LINE = 120_000;

/** The head on one line: with its marks as long as that fits on a command line, else the short form. */
export async function writeLine(head: Head, marks: readonly Mark[], signer: Signer): Promise<string> {
  const abridged = marks.map(({ subject, seq, hash }) => ({ id: markId(subject), seq, hash }));
  const packed = packMarks(abridged);
  const form = packed.length * (4 / 3) <= LONGEST_LINE ? 'line' : 'short';
  const detail = form === 'line' ? packed.toString('base64url') : '';
  const { kid, mac } = await signer.sign('audit-digest', messageOf(form, head, detail));
  const counts = [Date.parse(head.at), head.streams, head.entries].map((n) => n.toString(36));
  return [PREFIX[form], head.id, ...counts, head.root, ...(detail === '' ? [] : [detail]), kid, mac].join(
    '.',
  );
}

/** The head as a document. */
export async function writeDocument(head: Head, marks: readonly Mark[], signer: Signer): Promise<string> {
  const rows = marks.map(({ subject, seq, hash, name }) => [subject, seq, hash, name]);
  const signature = await signer.sign('audit-digest', messageOf('document', head, JSON.stringify(rows)));
  // A stream to a line, so that two documents can be compared by eye.
  const body = rows.map((row) => `\n${JSON.stringify(row)}`).join(',');
  const start = JSON.stringify({ cottageAuditHead: 1, ...head, signature }).slice(0, -1);
  return `${start},"marks":[${body}\n]}\n`;
}

/** What is signed: everything the form says. */
function messageOf(form: string, { id, at, streams, entries, root }: Head, detail: string): string {
  return ['audit-head', form, id, at, streams, entries, root, sha256(detail)].join('\n');
}

/**
 * Reads a head in any form, also out of what `audit verify` printed it in.
 * @throws NoHead
 */
export async function readHead(text: string, signer: Signer): Promise<KeptHead> {
  const trimmed = text.trim();
  if (!trimmed.startsWith('{')) return readLine(lineIn(trimmed), signer);
  let value: unknown;
  try {
    value = JSON.parse(trimmed);
  } catch {
    throw new NoHead('it is cut off or is no JSON');
  }
  const report = z.object({ head: z.string() }).safeParse(value);
  return report.success ? readLine(report.data.head, signer) : readDocument(value, signer);
}

/** The line itself, or the one line of a saved report that begins with `Head:`. */
const lineIn = (text: string): string => /^Head: *(\S+)$/m.exec(text)?.[1] ?? text;

const Count = z
  .string()
  .regex(/^[0-9a-z]{1,10}$/)
  .transform((text) => Number.parseInt(text, 36))
  .pipe(z.int());
const Digest = z.string().regex(/^[0-9a-f]{64}$/);
const HeadId = z.string().regex(/^[a-z0-9]{1,20}$/);
const Line = z.object({
  id: HeadId,
  at: Count.pipe(z.int().max(253_402_300_799_999)).transform((ms) => new Date(ms).toISOString()),
  streams: Count,
  entries: Count,
  root: Digest,
});

async function readLine(line: string, signer: Signer): Promise<KeptHead> {
  const parts = line.split('.');
  const form = parts[0] === PREFIX.line ? 'line' : parts[0] === PREFIX.short ? 'short' : undefined;
  if (form === undefined || parts.length !== (form === 'line' ? 9 : 8)) {
    throw new NoHead('it is no head, or only a part of one');
  }
  const [, id, at, streams, entries, root] = parts;
  const head = Line.safeParse({ id, at, streams, entries, root }).data;
  const detail = form === 'line' ? (parts[6] ?? '') : '';
  const marks = form === 'line' ? unpackMarks(Buffer.from(detail, 'base64url')) : undefined;
  if (!head || (form === 'line' && marks?.length !== head.streams)) throw new NoHead('it is damaged');
  const [kid = '', mac = ''] = parts.slice(-2);
  const genuine = await signer.verify('audit-digest', messageOf(form, head, detail), { kid, mac });
  return { ...head, marks, genuine };
}

const Row = z.tuple([z.string(), z.int().min(1), Digest, z.string()]);
const Document = z.object({
  cottageAuditHead: z.literal(1),
  id: HeadId,
  at: Instant,
  streams: z.int(),
  entries: z.int(),
  root: Digest,
  signature: z.object({ kid: z.string(), mac: z.string() }),
  marks: z.array(Row),
});

async function readDocument(value: unknown, signer: Signer): Promise<KeptHead> {
  const document = Document.safeParse(value).data;
  if (!document) throw new NoHead('it is no head that Cottage made');
  const { marks: rows, signature, cottageAuditHead: _, ...head } = document;
  const message = messageOf('document', head, JSON.stringify(rows));
  const marks = rows.map(([subject, seq, hash, name]) => ({ id: markId(subject), name, seq, hash }));
  return { ...head, marks, genuine: await signer.verify('audit-digest', message, signature) };
}
