import { chmodSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/**
 * Opens the one SQLite file of the single-node edition. Every adapter makes its own tables in it, so that one file is
 * one backup. `synchronous=FULL`: a commit that returned survives the loss of power (0.4 ms on an ordinary disk).
 */
export function openDatabase(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 5_000 });
  // It holds the secrets of platforms; the files SQLite makes beside it take over who may read it.
  if (file !== ':memory:') chmodSync(file, 0o600);
  database.exec('PRAGMA journal_mode = WAL');
  database.exec('PRAGMA synchronous = FULL');
  database.exec('PRAGMA foreign_keys = ON');
  return database;
}

/**
 * Runs `work` in one transaction; what it throws rolls everything back. `BEGIN IMMEDIATE` takes the write lock first,
 * so that a transaction never fails half-way for want of it. `work` must not await.
 */
export function transact<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}
