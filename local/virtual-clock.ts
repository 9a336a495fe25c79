import type { DatabaseSync } from 'node:sqlite';
import { type Clock, systemClock } from '../shared/clock/clock.ts';

/** System time plus an offset that is kept: for trying out what happens in thirty days. It only goes forward. */
export class VirtualClock implements Clock {
  readonly #database: DatabaseSync;
  readonly #system: Clock;
  #offsetMs: number;

  /** @param system what it is ahead of */
  constructor(database: DatabaseSync, system: Clock = systemClock) {
    this.#database = database;
    this.#system = system;
    database.exec(`CREATE TABLE IF NOT EXISTS virtual_clock (
      one INTEGER PRIMARY KEY CHECK (one = 1), offset_ms INTEGER NOT NULL) STRICT`);
    this.#offsetMs = Number(database.prepare('SELECT offset_ms FROM virtual_clock').get()?.offset_ms ?? 0);
  }

  get offsetMs(): number {
    return this.#offsetMs;
  }

  now(): number {
    return this.#system.now() + this.#offsetMs;
  }

  /** Moves on to an instant (epoch milliseconds); one that has passed changes nothing. Kept before it shows. */
  moveTo(instantMs: number): void {
    const offsetMs = Math.max(this.#offsetMs, instantMs - this.#system.now());
    this.#database
      .prepare(
        'INSERT INTO virtual_clock VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET offset_ms = excluded.offset_ms',
      )
      .run(offsetMs);
    this.#offsetMs = offsetMs;
  }
}
