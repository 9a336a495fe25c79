import { expect, test } from 'vitest';
import { FAULT_KINDS } from '../../fakes/aws-faults.ts';
import { rehearse } from '../faults.ts';
import { STORY } from '../story.ts';

/** One chapter may take so long, on a machine that has much else to do; in milliseconds. */
const PATIENCE_MS = 1_800_000;

/**
 * Rehearses chapters with every call failing once in every way: so many rows as calls times faults.
 *
 * What passes by itself (a throttle, an error of the service, an answer that got lost) never shows in how it ends. A
 * condition that fails where none was set means something else is wrong: there the chapter may come to nothing, and then
 * nothing is in the way of telling it once more.
 */
export function rehearseChapters(...chapters: number[]): void {
  test.each(chapters.map((chapter) => [STORY[chapter]?.title, chapter] as const))(
    'every call failing once in every way, while %s',
    async (_, chapter) => {
      const rows = await rehearse(chapter);
      const passes = rows.filter(({ kind }) => kind !== 'conditional-failure');
      expect(rows.filter(({ outcome }) => outcome === 'wrong')).toEqual([]);
      expect(passes.filter(({ outcome }) => outcome !== 'same')).toEqual([]);
      const calls = Math.max(...rows.map(({ call }) => call));
      expect(calls).toBeGreaterThan(10);
      expect(rows).toHaveLength(calls * FAULT_KINDS.length);
    },
    PATIENCE_MS,
  );
}
