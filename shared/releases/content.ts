import { createHash } from 'node:crypto';
import { base32, ReleaseId } from '../ids/ids.ts';

/** One file as it is served. */
export interface ContentFile {
  path: string;
  /** Hex. */
  sha256: string;
  sizeBytes: number;
}

/** 130 bits, as every id of Cottage. */
const ID_CHARS = 26;

/**
 * The release these files make: the same files are the same release, in whatever order they come, and anything else is
 * another. The version of what Cottage injects counts, so that a new hook makes new releases.
 */
export function releaseIdOf(files: readonly ContentFile[], hookVersion: string): ReleaseId {
  const hash = createHash('sha256');
  // Every field stands behind its own length, so that no field can pass for a part of its neighbour.
  const add = (field: string) => hash.update(`${Buffer.byteLength(field)}:${field}`);
  add('cottage release');
  add(hookVersion);
  for (const file of files.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    add(file.path);
    add(file.sha256);
    add(String(file.sizeBytes));
  }
  return ReleaseId.parse(`r_${base32(hash.digest()).slice(0, ID_CHARS)}`);
}
