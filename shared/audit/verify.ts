import { type AuditEntry, type AuditHead, hashOf } from './audit.ts';

/** What stands at one place of a stream; no entry when what stands there can't be read as one. */
export interface Placed {
  /** By its key: 1 for the first. */
  place: number;
  entry?: AuditEntry;
}

/**
 * What can be wrong with a stream by itself:
 * - `missing`: nothing stands where an entry must be;
 * - `altered`: the entry is not the one that was sealed;
 * - `out-of-order`: a sealed entry, at a place that is not its own;
 * - `added`: an entry its record knows nothing of;
 * - `orphan`: the record of these entries is gone.
 */
export type StreamFaultKind = 'missing' | 'altered' | 'out-of-order' | 'added' | 'orphan';

/** A place where a stream is not what it should be; `to` where it is more than one. */
export interface AuditFault<Kind extends string = StreamFaultKind> {
  subject: string;
  seq: number;
  to?: number;
  fault: Kind;
}

/**
 * Checks a stream against itself and against the head its record carries (undefined: the record is gone). Entries are in
 * the order of their places. An empty list is a whole chain. Whoever forges entries, their hashes and the record alike is
 * found only by a head that was kept elsewhere.
 */
export function verifyStream(
  subject: string,
  entries: readonly Placed[],
  head: AuditHead | undefined,
): AuditFault[] {
  const faults: AuditFault[] = [];
  const say = (fault: StreamFaultKind, seq: number, to = seq) =>
    faults.push({ subject, seq, fault, ...(to > seq ? { to } : {}) });
  // What was said of each place: one fault a place is enough, and a link to a faulty one says nothing new.
  const faulty = new Set<number>();
  let before: Placed = { place: 0 };
  for (const placed of entries) {
    if (placed.place > before.place + 1) say('missing', before.place + 1, placed.place - 1);
    const kind = faultOf(subject, placed, entries.length);
    if (kind !== undefined) {
      faulty.add(placed.place);
      say(kind, placed.place);
    } else if (isBroken(before, placed) && !faulty.has(before.place)) {
      // Its own seal fits and its follower holds another: it was sealed anew. Before the first there is nothing.
      const at = Math.max(1, before.place);
      faulty.add(at);
      say('altered', at);
    }
    before = placed;
  }
  if (!head) say('orphan', before.place);
  else if (head.auditSeq > before.place) say('missing', before.place + 1, head.auditSeq);
  else if (head.auditSeq < before.place) say('added', head.auditSeq + 1, before.place);
  else if (!faulty.has(before.place) && (before.entry?.hash ?? '') !== head.auditHash) {
    say('altered', before.place);
  }
  return faults;
}

/** Neighbours, of which the later one seals another entry than the one that stands before it. */
function isBroken(before: Placed, { place, entry }: Placed): boolean {
  return place === before.place + 1 && entry?.previousHash !== (before.entry?.hash ?? '');
}

function faultOf(
  subject: string,
  { place, entry }: Placed,
  count: number,
): 'altered' | 'out-of-order' | undefined {
  if (!entry || entry.subject !== subject) return 'altered';
  if (hashOf(entry) === entry.hash) return entry.seq === place ? undefined : 'out-of-order';
  return isMoved(entry, place, count) ? 'out-of-order' : 'altered';
}

/** How far a moved entry is looked for; streams are short, and one altered entry must not cost much. */
const FARTHEST = 1_000;

/** Does its seal fit when it is given back a number of another place? Then it was moved, and its number with it. */
function isMoved(entry: AuditEntry, place: number, count: number): boolean {
  for (let seq = 1; seq <= Math.min(count + 1, FARTHEST); seq += 1) {
    if (seq !== place && hashOf({ ...entry, seq }) === entry.hash) return true;
  }
  return false;
}
