import { type ArtifactFault, HostileArtifact, type NoteCode, shownName } from './artifact-faults.ts';
import { collisionKey } from './zip-names.ts';

export interface Tidied<File> {
  files: File[];
  notes: ArtifactFault<NoteCode>[];
}

/**
 * Refuses paths that are one file on some disk: the same name twice, names that differ only in case or Unicode form, a
 * file that is also a folder.
 * @throws HostileArtifact
 */
export function refuseCollisions(entries: readonly { path: string; isFolder: boolean }[]): void {
  const files = new Map<string, string>();
  for (const { path, isFolder } of entries) {
    if (isFolder) continue;
    const key = collisionKey(path);
    const other = files.get(key);
    if (other === path) throw new HostileArtifact('artifact/duplicate-name', {}, path);
    if (other !== undefined)
      throw new HostileArtifact('artifact/name-collision', { other: shownName(other) }, path);
    files.set(key, path);
  }
  const folders = new Set<string>();
  for (const { path, isFolder } of entries) {
    for (const folder of isFolder ? [path, ...parents(path)] : parents(path)) {
      // What is known has been looked at, and so have its parents.
      if (folders.has(folder)) break;
      folders.add(folder);
      const file = files.get(collisionKey(folder));
      if (file !== undefined) {
        throw new HostileArtifact('artifact/name-collision', { other: shownName(`${folder}/`) }, file);
      }
    }
  }
}

/** The folders a path is in, innermost first. */
function* parents(path: string): Generator<string> {
  for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
    yield path.slice(0, slash);
  }
}

/** What operating systems leave behind: macOS's twin folder and view settings, Windows's previews and view settings. */
function isClutter(path: string): boolean {
  if (path.startsWith('__MACOSX/')) return true;
  const name = path.slice(path.lastIndexOf('/') + 1);
  return name === '.DS_Store' || /^(thumbs\.db|desktop\.ini)$/i.test(name);
}

/** Forgives what is no fault of anybody: clutter is left out, and one folder around everything is taken off. */
export function tidy<File extends { path: string }>(files: readonly File[]): Tidied<File> {
  const notes: ArtifactFault<NoteCode>[] = [];
  const kept = files.filter((file) => !isClutter(file.path));
  const clutter = files.filter((file) => isClutter(file.path)).map((file) => shownName(file.path));
  if (clutter.length > 0) notes.push({ code: 'artifact/clutter-removed', detail: { files: clutter } });
  const first = kept[0]?.path ?? '';
  const wrapper = first.slice(0, first.indexOf('/') + 1);
  if (wrapper === '' || kept.some((file) => !file.path.startsWith(wrapper))) return { files: kept, notes };
  notes.push({ code: 'artifact/wrapped', detail: { folder: shownName(wrapper) } });
  return { files: kept.map((file) => ({ ...file, path: file.path.slice(wrapper.length) })), notes };
}
