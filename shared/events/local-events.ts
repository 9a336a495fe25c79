import type { DatabaseSync } from 'node:sqlite';
import { unlessBusy } from '../../local/database.ts';
import type { JsonObject } from '../records/record-store.ts';
import type { DomainEvent, Events, EventType } from './events.ts';

/** Events in a table, in the order they came; read as JSON lines by `GET /v1/events`. */
export class LocalEvents implements Events {
  readonly #database: DatabaseSync;
  constructor(database: DatabaseSync) {
    this.#database = database;
    database.exec(`CREATE TABLE IF NOT EXISTS events (
      position INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL, at TEXT NOT NULL,
      detail TEXT NOT NULL) STRICT`);
  }

  async publish({ id, type, at, detail }: DomainEvent): Promise<void> {
    unlessBusy(() =>
      this.#database
        .prepare('INSERT OR IGNORE INTO events (id, type, at, detail) VALUES (?, ?, ?, ?)')
        .run(id, type, at, JSON.stringify(detail)),
    );
  }

  /** At most 1,000 events after a position (0: from the first), oldest first. */
  after(position: number): (DomainEvent & { position: number })[] {
    return this.#database
      .prepare('SELECT * FROM events WHERE position > ? ORDER BY position LIMIT 1000')
      .all(position)
      .map((row) => ({
        position: Number(row.position),
        id: String(row.id),
        type: String(row.type) as EventType,
        at: String(row.at),
        detail: JSON.parse(String(row.detail)) as JsonObject,
      }));
  }
}
