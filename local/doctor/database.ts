import type { DatabaseSync } from 'node:sqlite';
import type { Found } from '../../shared/doctor/problems.ts';

/** SQLite reads some hundred MB a second here; larger ones get its quicker check, which leaves the indexes out. */
const THOROUGH_BYTES = 256_000_000;

const MOST = 10;

const SUBJECT = 'cottage.db';

/** What SQLite itself says of its file. */
export function checkDatabase(database: DatabaseSync): Found[] {
  try {
    return [...damages(database), ...lostRows(database)];
  } catch (error) {
    // Some damage keeps SQLite from looking at all.
    if (!isCorrupt(error)) throw error;
    return [corrupt(error.message)];
  }
}

const corrupt = (how: string): Found => ({
  code: 'database/corrupt',
  subject: SUBJECT,
  text: `The database is damaged: ${how}`,
});

function damages(database: DatabaseSync): Found[] {
  const pragma = (name: string) => database.prepare(`PRAGMA ${name}`).all();
  const sizeBytes =
    Number(pragma('page_count')[0]?.['page_count']) * Number(pragma('page_size')[0]?.['page_size']);
  const check = sizeBytes <= THOROUGH_BYTES ? 'integrity_check' : 'quick_check';
  const lines = pragma(`${check}(${MOST})`).map((row) => String(row[check]));
  return lines.filter((line) => line !== 'ok').map(corrupt);
}

function lostRows(database: DatabaseSync): Found[] {
  const rows = database.prepare('PRAGMA foreign_key_check').all().slice(0, MOST);
  return rows.map(({ table, parent, rowid }) => {
    const text = `A row of ${String(table)} (${String(rowid)}) belongs to one of ${String(parent)} that is gone.`;
    return { code: 'database/foreign-keys', subject: SUBJECT, text };
  });
}

const SQLITE_CORRUPT = 11;

const isCorrupt = (error: unknown): error is Error =>
  error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === SQLITE_CORRUPT;
