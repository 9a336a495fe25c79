import type { BlobMetadata } from '../blobs/blob-store.ts';

/** An object in a release's folder, as the edge wants to find it. */
export interface ReleaseObject {
  /** Within the release. */
  path: string;
  metadata: BlobMetadata;
  /** Of no bytes and no file of the release: a sign for the edge. No manifest, digest or count knows of it. */
  isMarker: boolean;
}

/**
 * Which objects a release of these files is stored as, so that the edge of this edition can answer with them: one for each
 * file under its own path, and markers under paths that no file has. The same files are always the same objects.
 */
export type ObjectsOf = (files: readonly string[]) => ReleaseObject[];

/** For an edge that knows type and caching by a file's name, and sees for itself which folders there are. */
export const filesAlone: ObjectsOf = (files) =>
  files.map((path) => ({ path, metadata: {}, isMarker: false }));
