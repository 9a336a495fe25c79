import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { checkBaseDomain } from './base-domain.ts';
import type { LocalConfig } from './config.ts';
import { openDatabase } from './database.ts';
import { migrate, readDataVersion } from './migrations.ts';

/**
 * Opens the database in this data folder, made when there is none, and brings it to our version.
 * @throws DataRefused when it is not data this Cottage, set up like this, can go on from; it is as it was then
 */
export function openData({ dataFolder, baseDomain }: LocalConfig): DatabaseSync {
  const file = join(dataFolder, 'cottage.db');
  // Looked at before anything is opened for writing.
  readDataVersion(file);
  const database = openDatabase(file);
  try {
    checkBaseDomain(database, baseDomain);
    migrate(database, file);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
