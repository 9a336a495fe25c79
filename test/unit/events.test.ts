import { expect, it } from 'vitest';
import type { DomainEvent } from '../../shared/events/events.ts';
import { LocalEvents } from '../../shared/events/local-events.ts';
import { T0 } from '../builders/app.ts';
import { tempDatabase, tempFolder } from '../builders/temp.ts';

const event = (id: string): DomainEvent => ({
  id,
  type: 'AppPublished',
  at: T0,
  detail: { name: 'lünch', codes: ['a'] },
});
const ids = (events: DomainEvent[]) => events.map(({ id }) => id);

it('events are kept in the order they came, whole, over a restart', async () => {
  const folder = tempFolder();
  const events = new LocalEvents(tempDatabase(folder));
  for (const id of ['b', 'a', 'c']) await events.publish(event(id));
  const again = new LocalEvents(tempDatabase(folder)).after(0);
  expect(ids(again)).toEqual(['b', 'a', 'c']);
  expect(again[0]).toEqual({ ...event('b'), position: expect.any(Number) });
});

it('the same id again is the same event', async () => {
  const events = new LocalEvents(tempDatabase());
  await events.publish(event('a'));
  await events.publish({ ...event('a'), type: 'AppHeld' });
  expect(events.after(0)).toMatchObject([event('a')]);
});

it('events are read on from a position, at most a thousand at a time', async () => {
  const database = tempDatabase();
  const events = new LocalEvents(database);
  // A thousand syncs would only take time.
  database.exec('PRAGMA synchronous = OFF');
  for (let n = 0; n < 1002; n += 1) await events.publish(event(`e${n}`));
  const first = events.after(0);
  expect(first).toHaveLength(1000);
  expect(ids(events.after(first.at(-1)?.position ?? 0))).toEqual(['e1000', 'e1001']);
  expect(events.after(2000)).toEqual([]);
});
