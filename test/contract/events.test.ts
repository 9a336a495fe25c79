import { DatabaseSync } from 'node:sqlite';
import { onTestFinished } from 'vitest';
import { LocalEvents } from '../../shared/events/local-events.ts';
import { eventsContract } from './events.suite.ts';

eventsContract('LocalEvents', () => {
  const database = new DatabaseSync(':memory:');
  onTestFinished(() => database.close());
  const events = new LocalEvents(database);
  const received = () => {
    const rows = database.prepare('SELECT id, type, at, detail FROM events ORDER BY position').all();
    return Promise.resolve(
      rows.map((row) => ({ ...row, detail: JSON.parse(String(row['detail'])) }) as never),
    );
  };
  return Promise.resolve({ events, received });
});
