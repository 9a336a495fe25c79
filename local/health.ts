import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { translated } from '../shared/blobs/disk-errors.ts';
import { transact } from './database.ts';

/** Anybody may ask, so not every question writes. */
const GOOD_FOR_MS = 1_000;

/** More than a publish writes to the database in one transaction. */
const ROOM_BYTES = 65_536;

/** Finds out whether what Cottage needs in order to work can be written, by writing it. */
export class LocalHealth {
  readonly #database: DatabaseSync;
  readonly #dataFolder: string;
  #asked: { atMs: number; answer: Promise<void> } | undefined;

  constructor(options: { database: DatabaseSync; dataFolder: string }) {
    this.#database = options.database;
    this.#dataFolder = options.dataFolder;
    this.#database.exec(
      'CREATE TABLE IF NOT EXISTS health (one INTEGER PRIMARY KEY, looks INTEGER NOT NULL, room BLOB) STRICT',
    );
  }

  /** @throws Busy when the database or the data folder can't be written now */
  check(): Promise<void> {
    const nowMs = performance.now();
    if (!this.#asked || nowMs - this.#asked.atMs >= GOOD_FOR_MS) {
      this.#asked = { atMs: nowMs, answer: this.#look() };
    }
    return this.#asked.answer;
  }

  async #look(): Promise<void> {
    // There is room for a few records more, and what changes is stored.
    transact(this.#database, () =>
      this.#database.exec(`
        INSERT INTO health VALUES (2, 0, zeroblob(${ROOM_BYTES}));
        DELETE FROM health WHERE one = 2;
        INSERT INTO health VALUES (1, 1, NULL) ON CONFLICT (one) DO UPDATE SET looks = looks + 1;`),
    );
    // Named so that one which a crash left is cleared away.
    const file = join(this.#dataFolder, 'health.draft');
    try {
      await writeFile(file, Buffer.alloc(ROOM_BYTES), { mode: 0o600 });
    } catch (error) {
      throw translated(error, 'a file in the data folder');
    } finally {
      await rm(file, { force: true });
    }
  }
}
