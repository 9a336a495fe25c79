import { expect } from 'vitest';
import { FAULT_KINDS } from '../../fakes/aws-faults.ts';
import { rehearse } from '../faults.ts';

/** One telling may take so long, on a machine that has much else to do; in milliseconds. */
export const PATIENCE_MS = 1_800_000;

/**
 * Rehearses a chapter with every call failing once in every way.
 *
 * What passes by itself (a throttle, an error of the service, an answer that got lost) never shows in how it ends. A
 * condition that fails where none was set means something else is wrong: there the chapter may come to nothing, and then
 * nothing is in the way of telling it once more.
 */
export async function rehearseAll(chapter: number): Promise<void> {
  const rows = await rehearse(chapter);
  const passing = rows.filter(({ kind }) => kind !== 'conditional-failure');
  expect(rows.filter(({ outcome }) => outcome === 'wrong')).toEqual([]);
  expect(passing.filter(({ outcome }) => outcome !== 'same')).toEqual([]);
  expect(rows.length).toBe(Math.max(...rows.map(({ call }) => call)) * FAULT_KINDS.length);
}
