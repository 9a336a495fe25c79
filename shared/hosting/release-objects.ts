import type { BlobMetadata } from '../blobs/blob-store.ts';

/** An object in a release's folder, as the edge wants to find it. */
export interface ReleaseObject {
  /** Within the release. */
  path: string;
  metadata: BlobMetadata;
  /** Of what is no file of the release, but stands beside them for the edge: all that is in it. Absent: it is a file. */
  content?: string;
}

/**
 * Which objects a release of these files is stored as, so that the edge of this edition can answer with them: one for each
 * file under its own path, and others beside them under paths that no file has, of which no manifest, digest or count
 * knows. The same files are always the same paths; what is added here later is missing in releases from before.
 */
export type ObjectsOf = (files: readonly string[]) => ReleaseObject[];

/** What stands beside the files. */
export const besidesOf = (objects: readonly ReleaseObject[]): (ReleaseObject & { content: string })[] =>
  objects.flatMap(({ content, ...object }) => (content === undefined ? [] : [{ ...object, content }]));

/** For an edge that knows type and caching by a file's name, and sees for itself which folders there are. */
export const filesAlone: ObjectsOf = (files) => files.map((path) => ({ path, metadata: {} }));
