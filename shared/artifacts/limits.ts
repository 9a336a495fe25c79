import * as z from 'zod';

const Amount = z.int().min(1);

/** What an artifact may be; sizes in bytes. Whoever runs Cottage may set others than `DEFAULT_LIMITS`. */
export const LimitsSchema = z.object({
  /** The archive itself. */
  archiveBytes: Amount,
  /** All files together, unpacked. */
  unpackedBytes: Amount,
  /** Entries of the archive, folders among them. */
  files: Amount,
  /** A single file, unpacked. */
  fileBytes: Amount,
  /** A whole path, as UTF-8. */
  pathBytes: Amount,
  /** One part of a path between slashes, as UTF-8. Disks refuse more than 255. */
  segmentBytes: Amount,
  /** Parts of a path. */
  depth: Amount,
  /** Unpacked over packed size, looked at from `ratioFromBytes` unpacked on (a small file of zeros is no bomb). */
  ratio: Amount,
  ratioFromBytes: Amount,
});
export type ArtifactLimits = z.infer<typeof LimitsSchema>;

const MB = 1_000_000;

export const DEFAULT_LIMITS: Readonly<ArtifactLimits> = {
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
