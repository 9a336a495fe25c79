import { RESERVED_WORDS } from './reserved-words.ts';

/** What is taken for something else in small print, and for what. */
const SAME_IN_PRINT: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'l',
  i: 'l',
  '5': 's',
  rn: 'm',
  vv: 'w',
};

/**
 * What is left of a name at a glance: two names with the same skeleton are easily taken for one another. Hyphens go
 * first, so that letters they part come together.
 */
export function skeleton(name: string): string {
  return name.replaceAll('-', '').replaceAll(/[01i5]|rn|vv/g, (sign) => SAME_IN_PRINT[sign] ?? sign);
}

const RESERVED_BY_SKELETON = new Map(Array.from(RESERVED_WORDS, (word) => [skeleton(word), word]));

/** The reserved word this name could be taken for, if any; a reserved word could be taken for itself. */
export const reservedTwin = (name: string): string | undefined => RESERVED_BY_SKELETON.get(skeleton(name));

/** The first of `names` this one could be taken for, if any. */
export function twinAmong(names: Iterable<string>, name: string): string | undefined {
  const wanted = skeleton(name);
  for (const other of names) if (skeleton(other) === wanted) return other;
  return undefined;
}
