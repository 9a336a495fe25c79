import type { TrailFault, TrailFaultKind } from './compare.ts';

/** What each fault of the trail means, for the person who reads it. */
export const MEANING: Record<TrailFaultKind, string> = {
  missing: 'missing: it was there and is not any more',
  altered: 'altered: it is not what was sealed',
  'out-of-order': 'out-of-order: it stands at a place that is not its own',
  added: 'added: its record knows nothing of it',
  orphan: 'orphan: the record it is about is gone',
  rewritten: 'rewritten: it, or one before it, was made anew with all the seals after it',
  'older-database': 'older-database: an older database was put back, and what came after it is lost',
  forged: 'forged: this head is not as Cottage made it',
};

/** `app demo/lunch, entry 3: altered: it is not what was sealed`. */
export function describeFault({ subject, name, seq, to, fault }: TrailFault): string {
  const isWhole = fault === 'older-database' || fault === 'forged';
  const entries = to === undefined ? `entry ${seq}` : `entries ${seq} to ${to}`;
  const where = isWhole ? name : `${name}, ${subject === 'trail' ? `all in all ${entries}` : entries}`;
  return `${where}: ${MEANING[fault]}`;
}
