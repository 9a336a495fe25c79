import { randomBytes } from 'node:crypto';
import { NotFound } from '../errors/errors.ts';
import { refuse } from '../errors/problems.ts';
import { base32, instant } from '../ids/ids.ts';
import type { Deps } from '../runtime/deps.ts';
import { Comparison, type Kept, type TrailFault } from './compare.ts';
import { type Head, type Mark, NoHead, readHead, rootOf, writeDocument, writeLine } from './head.ts';
import { noteIssued, wasIssued } from './issued-heads.ts';
import { everyStream } from './streams.ts';
import { describeFault } from './words.ts';

export type AuditDeps = Pick<Deps, 'store' | 'clock' | 'signer' | 'keptHeads' | 'log'>;

export interface AuditReport {
  ok: boolean;
  streams: number;
  entries: number;
  /** To be kept: on one line, whatever the size of the trail. */
  head: string;
  /** What it was compared with: the head given, and those kept in the data folder. */
  compared: { what: string; at: string }[];
  faults: (TrailFault & { text: string })[];
}

/** So many of the kept heads are compared with, the newest: each was itself compared when it was made. */
const COMPARED = 3;

/**
 * Checks every stream against itself, against its record, against the newest heads that were kept, and against `kept`, a
 * head from an earlier report in any form.
 * @throws RequestRefused `audit/head-invalid` when `kept` is no head
 */
export async function auditReport(deps: AuditDeps, kept?: string): Promise<AuditReport> {
  const given = kept === undefined ? undefined : await parseGiven(kept, deps);
  const { marks, head, compared, faults } = await readTrail(deps, given);
  await noteIssued(deps.store, head);
  const line = await writeLine(head, marks, deps.signer);
  if (line.startsWith('s1.')) {
    // The short form says too little by itself: what it stands for is kept here, found again by its id.
    await deps.keptHeads.keep(keptName(head), await writeDocument(head, marks, deps.signer));
  }
  return {
    ok: faults.length === 0,
    streams: head.streams,
    entries: head.entries,
    head: line,
    compared,
    faults: faults.map((fault) => ({ ...fault, text: describeFault(fault) })),
  };
}

/** The head of the trail as it is now, as a document to keep elsewhere. */
export async function headDocument(deps: AuditDeps): Promise<string> {
  const { head, marks } = await readTrail(deps);
  await noteIssued(deps.store, head);
  return writeDocument(head, marks, deps.signer);
}

/** What is wrong with the trail, without making a head: writes nothing. */
export async function trailFaults(
  deps: AuditDeps,
): Promise<{ streams: number; entries: number; faults: TrailFault[] }> {
  const { head, faults } = await readTrail(deps);
  return { streams: head.streams, entries: head.entries, faults };
}

/**
 * Once a day of business time: compares the trail with the heads kept so far, then keeps today's. True when it did; what
 * it finds goes to the log as an alarm, for nobody is waiting for an answer.
 */
export async function keepDailyHead(deps: AuditDeps): Promise<boolean> {
  const today = instant(deps.clock.now()).slice(0, 10);
  if ((await deps.keptHeads.names()).includes(today)) return false;
  const { head, marks, faults } = await readTrail(deps);
  for (const fault of faults.slice(0, 100)) {
    deps.log.error('the audit trail is not whole', { alarm: 'audit-broken', ...fault });
  }
  await noteIssued(deps.store, head);
  return deps.keptHeads.keep(today, await writeDocument(head, marks, deps.signer));
}

const keptName = ({ at, id }: Head): string => `${at.slice(0, 10)}-${id}`;

const ID_BYTES = 10;

async function readTrail(deps: AuditDeps, given: Kept[] = []) {
  const { sources, faults } = await keptSources(deps);
  const all = [...given, ...sources];
  const comparisons = all.map((kept) => new Comparison(kept));
  const marks: Mark[] = [];
  let entries = 0;
  const at = instant(deps.clock.now());
  for await (const stream of everyStream(deps.store)) {
    const last = stream.entries.at(-1);
    entries += stream.entries.length;
    if (last?.entry) {
      marks.push({ subject: stream.subject, name: stream.name, seq: last.place, hash: last.entry.hash });
    }
    faults.push(...stream.faults.map((fault) => ({ ...fault, name: stream.name })));
    for (const comparison of comparisons) comparison.look(stream);
  }
  marks.sort((a, b) => (a.subject < b.subject ? -1 : 1));
  const id = base32(randomBytes(ID_BYTES));
  const head: Head = { id, at, streams: marks.length, entries, root: rootOf(marks) };
  for (const comparison of comparisons) faults.push(...comparison.faults(head));
  return {
    head,
    marks,
    compared: all.map(({ title, head: { at: madeAt } }) => ({ what: title, at: madeAt })),
    faults: distinct(faults),
  };
}

const keyOf = ({ subject, name, seq, to, fault }: TrailFault): string =>
  JSON.stringify([subject === 'trail' ? name : subject, seq, to, fault]);

/** Each once: two heads may show the same. */
const distinct = (faults: TrailFault[]): TrailFault[] =>
  [...new Map(faults.toReversed().map((fault) => [keyOf(fault), fault])).values()].toReversed();

/** The newest heads kept; one that can't be read is a fault by itself. */
async function keptSources(deps: AuditDeps) {
  const sources: Kept[] = [];
  const faults: TrailFault[] = [];
  for (const name of (await deps.keptHeads.names()).slice(-COMPARED)) {
    try {
      sources.push(await keptSource(name, deps));
    } catch (error) {
      if (!(error instanceof NoHead)) throw error;
      faults.push({ subject: 'trail', name: titleOf(name), seq: 0, fault: 'forged' });
    }
  }
  return { sources, faults };
}

const titleOf = (name: string): string => `audit-heads/${name}.json`;

/** @throws NotFound when none is kept under this name, NoHead when what is kept is none. */
const keptSource = async (name: string, deps: AuditDeps): Promise<Kept> =>
  sourceOf(titleOf(name), await deps.keptHeads.read(name), deps);

async function sourceOf(title: string, text: string, { signer, store }: AuditDeps): Promise<Kept> {
  const head = await readHead(text, signer);
  return { title, head, issued: await wasIssued(store, head) };
}

async function parseGiven(text: string, deps: AuditDeps): Promise<Kept[]> {
  try {
    const given = await sourceOf('the head given', text, deps);
    if (given.head.marks) return [given];
    const whole = await keptWhole(given.head, deps);
    return whole ? [given, whole] : [given];
  } catch (error) {
    if (!(error instanceof NoHead)) throw error;
    throw refuse('audit/head-invalid', `This is not a head of an audit trail: ${error.message}.`);
  }
}

/** What a short head stands for, if it is still kept here. */
async function keptWhole(head: Head, deps: AuditDeps): Promise<Kept | undefined> {
  try {
    const whole = await keptSource(keptName(head), deps);
    return whole.head.root === head.root ? whole : undefined;
  } catch (error) {
    if (error instanceof NotFound || error instanceof NoHead) return undefined;
    throw error;
  }
}
