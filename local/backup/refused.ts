import { CottageError } from '../../shared/errors/errors.ts';

/** Why a backup could not be made, or not be put back. The message is for the person who asked, with what to do. */
export type BackupFault =
  | 'backup/no-data'
  | 'backup/exists'
  | 'backup/inside-data'
  | 'backup/elsewhere'
  | 'backup/path'
  | 'backup/database-damaged'
  | 'backup/disk'
  | 'backup/stopped'
  | 'restore/no-file'
  | 'restore/not-empty'
  | 'restore/not-a-backup'
  | 'restore/newer'
  | 'restore/damaged'
  | 'restore/unsafe'
  | 'restore/disk'
  | 'restore/stopped';

export class BackupRefused extends CottageError {
  override readonly name = 'BackupRefused';
  readonly code: BackupFault;
  constructor(code: BackupFault, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}

/** What the system says when a disk is full, read-only or broken. */
const DISK_CODES: Record<string, string> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of the disk is used up',
  EROFS: 'the disk can only be read',
  EIO: 'the disk has a fault',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  ENOTDIR: 'a part of the path is no folder',
  ENOENT: 'the folder is not there',
};

/** The error as it is, or in words where the disk is to blame. */
export function diskRefusal(code: 'backup/disk' | 'restore/disk', error: unknown): unknown {
  const { code: system, path } = error as NodeJS.ErrnoException;
  const said = system === undefined ? undefined : DISK_CODES[system];
  if (error instanceof CottageError || said === undefined) return error;
  const where = path === undefined ? '' : ` (${path})`;
  return new BackupRefused(code, `This could not be written: ${said}${where}. Nothing is left half done.`, {
    cause: error,
  });
}
