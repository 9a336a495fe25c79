import { test } from 'vitest';
import { STORY } from '../story.ts';
import { PATIENCE_MS, rehearseAll } from './table.ts';

const CHAPTERS = [1];

test.each(CHAPTERS.map((chapter) => [STORY[chapter]?.title, chapter] as const))(
  'every call failing once in every way, while %s',
  (_, chapter) => rehearseAll(chapter),
  PATIENCE_MS,
);
