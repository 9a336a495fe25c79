import { expect, test } from 'vitest';
import { STORY } from '../story.ts';
import { PATIENCE_MS, rehearseAll } from './table.ts';

const CHAPTERS = [3, 5];

test.each(CHAPTERS.map((chapter) => [STORY[chapter]?.title, chapter] as const))(
  'every call failing once in every way, while %s',
  async (_, chapter) => {
    const { wrong, rows, calls } = await rehearseAll(chapter);
    expect(wrong).toEqual([]);
    expect(rows).toBe(calls);
    expect(calls).toBeGreaterThan(10);
  },
  PATIENCE_MS,
);
