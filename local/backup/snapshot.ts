import { randomBytes } from 'node:crypto';
import { constants, copyFile, link, mkdir, readdir, realpath, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { DAY_MS } from '../../shared/clock/clock.ts';
import { Busy } from '../../shared/errors/errors.ts';
import { inParallel } from '../../shared/runtime/in-parallel.ts';

/** Where snapshots stand in the data folder while they are written to a backup. */
export const SNAPSHOTS = '.snapshots';

/** Left by a backup that was broken off. */
const FORGOTTEN_MS = DAY_MS;

/** About 4 MB at a time, so that a stop of the process is not waited for longer than that. */
const PAGES_PER_STEP = 1_000;

/** Kept beside the data, and none of it. A restored system makes its own. */
const LEFT_OUT: readonly RegExp[] = [
  /^\.snapshots$/,
  // The database is copied by SQLite, which knows what stands in its log.
  /^cottage\.db(-.*)?$/,
  /^cottage\.db\.before-v\d+$/,
  /^[^/]*\.lock$/,
  /^([^/]+\/)?[^/]+\.draft$/,
  /^blobs\/\.drafts$/,
];

/** Each name waits for the file system's journal: side by side they wait together. */
const LINKED_AT_ONCE = 16;

/** File systems without hard links, and other disks. */
const NO_LINK = new Set(['EXDEV', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'ENOSYS']);

export interface SnapshotOptions {
  dataFolder: string;
  /** A connection nobody else uses meanwhile; without one, one is opened, and closed again. */
  database?: DatabaseSync;
  /** Runs the work while no file that the database may name is removed. */
  hold: <T>(work: () => Promise<T>) => Promise<T>;
}

/**
 * Takes a picture of everything at one instant, in `.snapshots/<id>` of the data folder, while others read and write.
 * The database comes first and says which instant; the files it names are added by hard links, which takes no room and
 * next to no time. Files are never changed once they have their name, save for a pack that is still being written, of
 * which the tail is read as after a crash. Heads of the audit trail come before the database: a head that is
 * newer than the trail would look as if somebody had put an older database back. Returns the id.
 * @throws Busy when there is no room for it; nothing is left then
 */
export async function takeSnapshot({ database, dataFolder, hold }: SnapshotOptions): Promise<string> {
  await removeSnapshots(dataFolder, FORGOTTEN_MS);
  const id = `s_${randomBytes(10).toString('hex')}`;
  const folder = join(dataFolder, SNAPSHOTS, id);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    await linkTree(dataFolder, folder, 'audit-heads');
    await hold(async () => {
      await copyDatabase(database ?? join(dataFolder, 'cottage.db'), join(folder, 'cottage.db'));
      for (const name of await readdir(dataFolder)) {
        if (name !== 'audit-heads') await linkTree(dataFolder, folder, name);
      }
    });
    return id;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw inWords(error);
  }
}

/**
 * Copies what is committed now, however long that takes. The open transaction keeps this instant (WAL), and the copy is
 * read through a connection of its own: through one that writes, a step that falls into a write fails.
 */
async function copyDatabase(from: DatabaseSync | string, to: string): Promise<void> {
  const source = typeof from === 'string' ? new DatabaseSync(from, { readOnly: true, timeout: 5_000 }) : from;
  try {
    source.exec('BEGIN; SELECT COUNT(*) FROM sqlite_schema');
    await backup(source, to, { rate: PAGES_PER_STEP });
  } finally {
    if (source.isTransaction) source.exec('COMMIT');
    if (source !== from) source.close();
  }
}

/** SQLite: the disk is full. */
const SQLITE_FULL = 13;

function inWords(error: unknown): unknown {
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  if (code !== 'ENOSPC' && code !== 'EDQUOT' && errcode !== SQLITE_FULL) return error;
  return new Busy('no room for a snapshot', {
    publicMessage:
      'There is no room in the data folder for a copy of the database. Make room, and try again.',
    cause: error,
  });
}

/** Removes the snapshots that are older than this. */
export async function removeSnapshots(dataFolder: string, olderThanMs = 0): Promise<void> {
  const folder = join(dataFolder, SNAPSHOTS);
  for (const name of await readdir(folder).catch(() => [])) {
    const stats = await stat(join(folder, name)).catch(() => undefined);
    if (!stats || Date.now() - stats.mtimeMs < olderThanMs) continue;
    await rm(join(folder, name), { recursive: true, force: true });
  }
}

async function linkTree(dataFolder: string, snapshot: string, path: string): Promise<void> {
  if (LEFT_OUT.some((pattern) => pattern.test(path))) return;
  const from = join(dataFolder, path);
  // The folder itself may stand on another disk, behind a link somebody made; what it holds may not.
  const isTop = !path.includes('/');
  const stats = await ifStillThere(stat(from));
  if (stats?.isDirectory()) {
    const entries = await ifStillThere(entriesOf(isTop ? await realpath(from) : from));
    if (!entries) return;
    await mkdir(join(snapshot, path), { mode: 0o700 });
    const ours = entries.filter((entry) => entry.isDirectory() || entry.isFile());
    await inParallel(ours, LINKED_AT_ONCE, ({ name }) => linkTree(dataFolder, snapshot, `${path}/${name}`));
  } else if (stats?.isFile()) {
    await ifStillThere(linkOrCopy(isTop ? await realpath(from) : from, join(snapshot, path)));
  }
}

const entriesOf = (folder: string) => readdir(folder, { withFileTypes: true });

async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!NO_LINK.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await copyFile(from, to, constants.COPYFILE_FICLONE);
  }
}

/**
 * What is not named in the database may go at any time: a draft that got its name, a mail's page, a folder whose removal
 * had begun.
 */
async function ifStillThere<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
