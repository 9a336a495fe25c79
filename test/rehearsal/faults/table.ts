import { FAULT_KINDS } from '../../fakes/aws-faults.ts';
import { type Row, rehearse } from '../faults.ts';

/** One telling may take so long, on a machine that has much else to do; in milliseconds. */
export const PATIENCE_MS = 1_800_000;

/**
 * Rehearses a chapter with every call failing once in every way. Returns what did not end as it has to, in so many rows
 * as calls times faults.
 *
 * What passes by itself (a throttle, an error of the service, an answer that got lost) never shows in how it ends. A
 * condition that fails where none was set means something else is wrong: there the chapter may come to nothing, and then
 * nothing is in the way of telling it once more.
 */
export async function rehearseAll(chapter: number): Promise<{ wrong: Row[]; rows: number; calls: number }> {
  const rows = await rehearse(chapter);
  return {
    wrong: rows.filter(
      ({ kind, outcome }) => outcome === 'wrong' || (kind !== 'conditional-failure' && outcome !== 'same'),
    ),
    rows: rows.length / FAULT_KINDS.length,
    calls: Math.max(...rows.map(({ call }) => call)),
  };
}
