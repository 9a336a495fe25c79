import { type Head, type KeptHead, type KeptMark, markId, rootOf } from './head.ts';
import type { Stream } from './streams.ts';
import type { AuditFault, StreamFaultKind } from './verify.ts';

/**
 * What only a kept head can show, beside the faults of a stream by itself:
 * - `rewritten`: this entry, or one before it, was made anew with all the hashes after it;
 * - `older-database`: the database does not know this head, which it made: it is one from before;
 * - `forged`: the head itself is not as Cottage made it.
 */
export type TrailFaultKind = StreamFaultKind | 'rewritten' | 'older-database' | 'forged';

export interface TrailFault extends AuditFault<TrailFaultKind> {
  /** What people call what it is about. */
  name: string;
}

/** A head to compare with. */
export interface Kept {
  /** How people know it: `the head given`, `audit-heads/2026-11-24.json`. */
  title: string;
  head: KeptHead;
  /** Does the database know that it made it? */
  issued: boolean;
}

interface Pending extends KeptMark {
  /** The stream it may be of, which is not as the mark says. */
  stream?: Stream;
}

/** Compares the streams there are with a head that was kept: they may have grown since, and nothing else. */
export class Comparison {
  readonly #title: string;
  readonly #head: KeptHead;
  readonly #issued: boolean;
  readonly #pending = new Map<string, Pending[]>();
  readonly #matched: { subject: string; seq: number; hash: string }[] = [];

  constructor({ title, head, issued }: Kept) {
    this.#title = title;
    this.#head = head;
    this.#issued = issued;
    for (const mark of head.marks ?? []) {
      this.#pending.set(mark.id, [...(this.#pending.get(mark.id) ?? []), mark]);
    }
  }

  /** Called with every stream there is. */
  look(stream: Stream): void {
    const id = markId(stream.subject);
    const marks = this.#pending.get(id);
    if (!marks) return;
    const left: Pending[] = [];
    for (const mark of marks) {
      // Where entries have changed places, that is said of them already.
      const moved = stream.faults.length > 0;
      const same = stream.entries.find(
        ({ place, entry }) => (moved || place === mark.seq) && entry?.hash.startsWith(mark.hash),
      );
      if (same?.entry) {
        this.#matched.push({ subject: stream.subject, seq: mark.seq, hash: same.entry.hash });
      } else left.push({ ...mark, stream });
    }
    if (left.length > 0) this.#pending.set(id, left);
    else this.#pending.delete(id);
  }

  /** What is wrong, once every stream was looked at. `now`: the head of the trail as it is. */
  faults(now: Pick<Head, 'entries' | 'root'>): TrailFault[] {
    const faults: TrailFault[] = [];
    const whole = (fault: TrailFaultKind, seq = 0, to?: number) =>
      faults.push({
        subject: 'trail',
        name: this.#title,
        seq,
        ...(to === undefined || to === seq ? {} : { to }),
        fault,
      });
    const head = this.#head;
    if (!head.genuine) whole('forged');
    else if (!this.#issued) whole('older-database');
    const pending = [...this.#pending.values()].flat();
    for (const mark of pending) faults.push(...faultOf(mark));
    if (!head.marks) {
      if (now.entries < head.entries) whole('missing', now.entries + 1, head.entries);
      else if (now.entries === head.entries && now.root !== head.root) whole('rewritten', head.entries);
    } else if (head.genuine && pending.length === 0 && rootOf(this.#matched) !== head.root) {
      whole('rewritten', head.entries);
    }
    return faults;
  }
}

function faultOf({ id, name, seq, stream }: Pending): TrailFault[] {
  if (!stream) {
    const unknown = `a record that is gone (${id})`;
    return [
      { subject: id, name: name ?? unknown, seq: 1, ...(seq > 1 ? { to: seq } : {}), fault: 'missing' },
    ];
  }
  const { subject, entries, faults } = stream;
  const last = entries.at(-1)?.place ?? 0;
  const at = { subject, name: stream.name };
  if (seq > last) {
    return [{ ...at, seq: last + 1, ...(seq > last + 1 ? { to: seq } : {}), fault: 'missing' }];
  }
  const known = faults.some((fault) => fault.seq <= seq && seq <= (fault.to ?? fault.seq));
  return known ? [] : [{ ...at, seq, fault: 'rewritten' }];
}
