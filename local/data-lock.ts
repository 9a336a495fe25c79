import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { isFor, SQLITE } from './database.ts';
import { DataRefused } from './migrations.ts';

export const LOCK_FILE = 'cottage.lock';

/** One that is being stopped lets what is under way come to rest first. */
const PATIENCE_MS = 10_000;
const ASK_AGAIN_MS = 100;

/**
 * Makes this process the only Cottage on the data folder, until what this answers is called or the process is gone,
 * however it went: the lock is the operating system's, by way of SQLite, and no file that a crash could leave behind.
 * Waits for one that is being stopped.
 * @throws DataRefused `data/in-use`
 */
export async function lockData(dataFolder: string, patienceMs = PATIENCE_MS): Promise<() => void> {
  const file = join(dataFolder, LOCK_FILE);
  const lock = new DatabaseSync(file, { timeout: 0 });
  try {
    chmodSync(file, 0o600);
    for (let waitedMs = 0; !tryLock(lock); waitedMs += ASK_AGAIN_MS) {
      if (waitedMs >= patienceMs) {
        throw new DataRefused(
          'data/in-use',
          `Another Cottage runs on the data in ${dataFolder}. Stop that one first, or give this one a folder of its ` +
            'own with COTTAGE_DATA.',
        );
      }
      await delay(ASK_AGAIN_MS);
    }
    return () => lock.close();
  } catch (error) {
    lock.close();
    throw error;
  }
}

function tryLock(lock: DatabaseSync): boolean {
  try {
    // No file beside it. The lock is held by the transaction, which never ends.
    lock.exec('PRAGMA journal_mode = MEMORY');
    lock.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if (isFor(error, SQLITE.busy)) return false;
    throw error;
  }
}
