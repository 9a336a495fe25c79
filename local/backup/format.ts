import * as z from 'zod';

/**
 * A backup is one tar archive:
 *
 *     cottage-backup.json    what it is: read before anything else
 *     data/...               the data folder
 *     SHA256SUMS             a line for each file before it, as `sha256sum -c` reads them
 *
 * `tar xf` unpacks it where Cottage itself is not at hand: `data/` is then the data folder.
 */
export const BACKUP_FORMAT = 1;
export const HEAD_FILE = 'cottage-backup.json';
export const SUMS_FILE = 'SHA256SUMS';
export const DATA_FOLDER = 'data';

export const BackupHead = z.object({
  /** Of this file; a newer one may be laid out in any way. */
  format: z.int().min(1),
  createdAt: z.iso.datetime(),
  /** Of the database, as `local/migrations.ts` counts. */
  dataVersion: z.int().min(0),
});
export type BackupHead = z.infer<typeof BackupHead>;

/** Must be in every backup: without them nothing starts, or nothing that was signed holds. */
export const REQUIRED_FILES = [`${DATA_FOLDER}/cottage.db`, `${DATA_FOLDER}/keys.json`] as const;

const MAX_DEPTH = 40;

const isName = (segment: string) =>
  segment !== '' && segment !== '.' && segment !== '..' && Buffer.byteLength(segment) <= 255;

/** Is this a path that leads to a place inside the folder it is put into, on every system? */
export function isSafePath(path: string): boolean {
  // oxlint-disable-next-line no-control-regex -- they have no business in the name of a file
  if (/[\x00-\x1f\x7f\\:]/.test(path)) return false;
  const segments = path.split('/');
  return segments.length <= MAX_DEPTH && segments.every(isName);
}
