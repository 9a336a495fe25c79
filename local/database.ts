import { type BigIntStats, chmodSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { Busy } from '../shared/errors/errors.ts';

/** Result codes of SQLite that may pass by themselves. */
export const SQLITE = { busy: 5, locked: 6, readOnly: 8, io: 10, full: 13, cannotOpen: 14 } as const;

/** How long a statement waits for another process while nobody waits for this one. */
const WAIT_AT_START_MS = 5_000;
/** And once there are visitors, for they all wait with it. */
const WAIT_MS = 250;

/**
 * Opens the one SQLite file of the single-node edition. Every adapter makes its own tables in it, so that one file is
 * one backup. `synchronous=FULL`: a commit that returned survives the loss of power (0.4 ms on an ordinary disk).
 */
export function openDatabase(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: WAIT_AT_START_MS });
  // It holds the secrets of platforms; the files SQLite makes beside it take over who may read it.
  if (file !== ':memory:') chmodSync(file, 0o600);
  database.exec('PRAGMA journal_mode = WAL');
  database.exec('PRAGMA synchronous = FULL');
  database.exec('PRAGMA foreign_keys = ON');
  const opened = statOf(file);
  if (opened) FILES.set(database, { file, opened });
  return database;
}

/** The file each database was opened from. */
const FILES = new WeakMap<DatabaseSync, { file: string; opened: BigIntStats }>();

const statOf = (file: string) => statSync(file, { bigint: true, throwIfNoEntry: false });

/**
 * What is written to a file that was removed or replaced is gone with the process: it is refused, until the file is back
 * in its place.
 * @throws Busy
 */
function checkInPlace(database: DatabaseSync): void {
  const known = FILES.get(database);
  if (!known) return;
  const found = statOf(known.file);
  if (found?.ino === known.opened.ino && found.dev === known.opened.dev) return;
  throw new Busy(`${known.file} was removed or replaced while it was in use`, { reason: 'read-only' });
}

/** From here on the process serves: no statement holds it up for long. */
export function serveFrom(database: DatabaseSync): void {
  database.exec(`PRAGMA busy_timeout = ${WAIT_MS}`);
}

/**
 * Runs `work` in one transaction; what it throws rolls everything back. `BEGIN IMMEDIATE` takes the write lock first,
 * so that a transaction never fails half-way for want of it. `work` must not await.
 * @throws Busy when the database is locked by another process, its disk is full or can't be written, or its file is not
 * in its place any more
 */
export function transact<T>(database: DatabaseSync, work: () => T): T {
  checkInPlace(database);
  return unlessBusy(() => {
    database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      database.exec('COMMIT');
      return result;
    } catch (error) {
      if (database.isOpen && database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  });
}

/** Runs one statement or more. @throws Busy as `transact` does */
export function unlessBusy<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw busyOf(error);
  }
}

/** Is this what SQLite throws for that reason? Its extended codes say the same in their lowest byte. */
export function isFor(error: unknown, code: number): boolean {
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === code;
}

/** What may pass by itself, as `Busy`; all else as it is. */
export function busyOf(error: unknown): unknown {
  const busy = (message: string, reason: Busy['reason']) => new Busy(message, { cause: error, reason });
  if (isFor(error, SQLITE.busy) || isFor(error, SQLITE.locked)) return busy('the database is locked', 'busy');
  if (isFor(error, SQLITE.full)) return busy('the disk is full', 'full');
  if (isFor(error, SQLITE.readOnly)) return busy('the database is read-only', 'read-only');
  if (isFor(error, SQLITE.io) || isFor(error, SQLITE.cannotOpen)) {
    return busy('the disk of the database fails', 'read-only');
  }
  return error;
}
