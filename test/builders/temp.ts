import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { onTestFinished } from 'vitest';
import { openDatabase } from '../../local/database.ts';

/** A folder of this test's own, removed when it ends. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cottage-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A database of this test's own, on disk as in the product, closed when the test ends. */
export function tempDatabase(folder: string = tempFolder()): DatabaseSync {
  const database = openDatabase(join(folder, 'cottage.db'));
  onTestFinished(() => {
    if (database.isOpen) database.close();
  });
  return database;
}
