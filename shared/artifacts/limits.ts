/** What an artifact may be; sizes in bytes. */
export interface ArtifactLimits {
  /** The archive itself. */
  archiveBytes: number;
  /** All files together, unpacked. */
  unpackedBytes: number;
  /** Entries of the archive, folders among them. */
  files: number;
  /** A single file, unpacked. */
  fileBytes: number;
  /** A whole path, as UTF-8. */
  pathBytes: number;
  /** One part of a path between slashes, as UTF-8. Disks refuse more than 255. */
  segmentBytes: number;
  /** Parts of a path. */
  depth: number;
  /** Unpacked over packed size, looked at from `ratioFromBytes` unpacked on (a small file of zeros is no bomb). */
  ratio: number;
  ratioFromBytes: number;
}

const MB = 1_000_000;

export const DEFAULT_LIMITS: ArtifactLimits = {
  archiveBytes: 100 * MB,
  unpackedBytes: 500 * MB,
  files: 20_000,
  fileBytes: 100 * MB,
  pathBytes: 512,
  segmentBytes: 200,
  depth: 32,
  ratio: 200,
  ratioFromBytes: MB,
};
