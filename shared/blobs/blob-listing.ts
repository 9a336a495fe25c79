import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** One place in the tree: a key that may be a blob, or all keys that begin with this text. */
interface Item {
  kind: 'blob' | 'tree';
  /** The key; a tree's ends in `/`. Sorting these by bytes sorts all keys below them. */
  text: string;
  path: string;
}

/** Keys that begin with `prefix` and come after `after`. */
export interface KeyRange {
  prefix: string;
  after: string | undefined;
}

export interface Candidate {
  key: string;
  path: string;
}

/**
 * The keys below a folder that begin with `prefix` and come after `after`, in the order of their UTF-8 bytes, without
 * reading folders that hold none of them. A blob is a folder of versions, which may hold more keys. Symbolic links are
 * none, and neither are releases, which stand in packs.
 *
 * @param below the keys' common beginning that the folder stands for: empty, or ending in `/`.
 */
export async function* walkKeys(folder: string, below: string, range: KeyRange): AsyncGenerator<Candidate> {
  const entries = await entriesOf(folder);
  const items = entries.flatMap((entry) => itemsOf(entry, folder, below));
  for (const item of items.toSorted((a, b) => compareBytes(a.text, b.text))) {
    if (item.kind === 'tree') {
      if (mayHold(item.text, range)) yield* walkKeys(item.path, item.text, range);
    } else if (item.text.startsWith(range.prefix) && isAfter(item.text, range.after)) {
      yield { key: item.text, path: item.path };
    }
  }
}

/** The entries of a folder; none when there is no such folder. */
export async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}

function itemsOf(entry: Dirent, folder: string, below: string): Item[] {
  const key = below + entry.name;
  const path = join(folder, entry.name);
  const blob: Item = { kind: 'blob', text: key, path };
  const tree: Item = { kind: 'tree', text: `${key}/`, path };
  // The store's own folders, and the packs.
  if (below === '' && (key.startsWith('.') || key === 'apps')) return [];
  return entry.isDirectory() ? [blob, tree] : [];
}

/** May there be keys of the range below this one? It ends in `/`. */
export function mayHold(tree: string, range: KeyRange): boolean {
  const inPrefix = tree.startsWith(range.prefix) || range.prefix.startsWith(tree);
  return inPrefix && (range.after?.startsWith(tree) || isAfter(tree, range.after));
}

/** Does the text come after that one, if there is one? */
export function isAfter(text: string, after: string | undefined): boolean {
  return after === undefined || compareBytes(text, after) > 0;
}

/** JavaScript compares UTF-16 units, which order differently beyond U+FFFF. */
export function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
