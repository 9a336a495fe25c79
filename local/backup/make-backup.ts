import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isFor, SQLITE } from '../database.ts';
import { BackupRefused } from './refused.ts';
import { removeSnapshots, SNAPSHOTS, takeSnapshot } from './snapshot.ts';
import { type BackupMade, type WriteOptions, writeBackup } from './write-backup.ts';

export interface MakeOptions extends Pick<WriteOptions, 'file' | 'dataFolder' | 'onProgress' | 'signal'> {
  /** Asks the Cottage that runs on this data folder for a snapshot. */
  ask: () => Promise<string>;
}

/**
 * Makes a backup of a data folder, whether Cottage runs on it or not.
 * @throws BackupRefused `backup/no-data`, `backup/elsewhere`, and as `writeBackup` does
 */
export async function makeBackup({ file, dataFolder, ask, ...options }: MakeOptions): Promise<BackupMade> {
  if (!existsSync(join(dataFolder, 'cottage.db'))) {
    throw new BackupRefused(
      'backup/no-data',
      `${dataFolder} holds no data. Say with COTTAGE_DATA where it is.`,
    );
  }
  const id = (await takeHere(dataFolder)) ?? (await ask());
  const snapshot = join(dataFolder, SNAPSHOTS, id);
  if (!/^s_[0-9a-f]+$/.test(id) || !existsSync(snapshot)) {
    throw new BackupRefused(
      'backup/elsewhere',
      `The Cottage that answers has its data elsewhere, not in ${dataFolder}. Make the backup on its machine, and say ` +
        'with COTTAGE_DATA where its data is.',
    );
  }
  try {
    return await writeBackup({ ...options, snapshot, file, dataFolder });
  } finally {
    await rm(snapshot, { recursive: true, force: true });
  }
}

/**
 * Takes the snapshot in this process; undefined when Cottage runs on the data. Until it is taken nobody else can open
 * the database, so no Cottage starts and removes anything meanwhile.
 */
async function takeHere(dataFolder: string): Promise<string | undefined> {
  const database = openAlone(join(dataFolder, 'cottage.db'));
  if (!database) return undefined;
  try {
    await removeSnapshots(dataFolder);
    return await takeSnapshot({ dataFolder, database, hold: (work) => work() });
  } finally {
    database.close();
  }
}

function openAlone(file: string): DatabaseSync | undefined {
  const database = new DatabaseSync(file);
  try {
    // With a log (WAL), whoever has the database open holds a shared lock on it for as long.
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT');
    return database;
  } catch (error) {
    database.close();
    // Another process has it open.
    if (isFor(error, SQLITE.busy)) return undefined;
    throw error;
  }
}
