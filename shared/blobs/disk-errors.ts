import { type FileHandle, rmdir } from 'node:fs/promises';
import { AlreadyExists, Busy } from '../errors/errors.ts';

/** What opening, renaming or reading gives; undefined when nothing is there. */
export async function ifThere<T>(opening: Promise<T>): Promise<T | undefined> {
  try {
    return await opening;
  } catch (error) {
    // ELOOP: a symbolic link stands in the file's place, and it is none of ours.
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(codeOf(error) ?? '')) return undefined;
    throw error;
  }
}

/** The outcome of `work` on an open file, which is closed when that fails. */
export async function closingOnError<T>(file: FileHandle, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** What may pass by itself. */
const BUSY_REASONS: Record<string, Busy['reason']> = {
  ENOSPC: 'full',
  EDQUOT: 'full',
  EFBIG: 'full',
  EMFILE: 'busy',
  ENFILE: 'busy',
  EROFS: 'read-only',
  EACCES: 'read-only',
  EPERM: 'read-only',
  EIO: 'read-only',
};

/** The error of a put in Cottage's words; what has none is given back as it is. */
export function translated(error: unknown, key: string): unknown {
  const code = codeOf(error) ?? '';
  const reason = BUSY_REASONS[code];
  if (reason !== undefined) return new Busy(`${key} can not be written: ${code}`, { cause: error, reason });
  if (['ENOTDIR', 'EISDIR', 'EEXIST', 'ENOTEMPTY'].includes(code)) {
    return new AlreadyExists(`${key} is both a file and a folder`, { cause: error });
  }
  return error;
}

/** An error's system code, for instance `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

/** Removes a folder, if there is one and nothing is in it; was it? */
export async function removeIfEmpty(path: string): Promise<boolean> {
  try {
    await rmdir(path);
    return true;
  } catch (error) {
    // POSIX allows either of two codes for a folder that is not empty.
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(codeOf(error) ?? '')) throw error;
    return false;
  }
}
