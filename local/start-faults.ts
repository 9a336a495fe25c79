import { codeOf } from '../shared/blobs/disk-errors.ts';
import { Busy } from '../shared/errors/errors.ts';
import { busyOf } from './database.ts';
import { DataRefused } from './migrations.ts';

/** System codes of what keeps a process from using a folder. */
const CODES: Record<string, DataRefused['code']> = {
  ENOSPC: 'data/full',
  EDQUOT: 'data/full',
  EROFS: 'data/read-only',
  EACCES: 'data/read-only',
  EPERM: 'data/read-only',
  EIO: 'data/read-only',
  ENOTDIR: 'data/no-folder',
  EEXIST: 'data/no-folder',
  EISDIR: 'data/no-folder',
};

const REASONS: Record<Busy['reason'], DataRefused['code']> = {
  busy: 'data/locked',
  full: 'data/full',
  'read-only': 'data/read-only',
};

/** What a start failed of, as a sentence about the data folder where that is what it was; else as it is. */
export function startFault(error: unknown, dataFolder: string): unknown {
  // A port that is taken has a code, too.
  if (codeOf(error) !== undefined && !Object.hasOwn(CODES, codeOf(error) ?? '') && !isSqlite(error))
    return error;
  const busy = busyOf(error);
  const code = busy instanceof Busy ? REASONS[busy.reason] : CODES[codeOf(error) ?? ''];
  if (code === undefined) return error;
  const text: Partial<Record<DataRefused['code'], string>> = {
    'data/locked': `Another program holds the database in ${dataFolder}. Close it, then start Cottage again.`,
    'data/full': `There is no room left on the disk of ${dataFolder}. Make room, then start Cottage again.`,
    'data/read-only':
      `Cottage can’t write in ${dataFolder}. Let the user it runs as write there, or name another folder with ` +
      'COTTAGE_DATA.',
    'data/no-folder': `${dataFolder} can’t be a folder: a file stands in its place, or in that of something in it.`,
  };
  return new DataRefused(code, text[code] ?? '', { cause: error });
}

const isSqlite = (error: unknown): boolean => codeOf(error) === 'ERR_SQLITE_ERROR';
