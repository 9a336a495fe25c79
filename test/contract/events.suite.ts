import { expect, test } from 'vitest';
import type { DomainEvent, Events } from '../../shared/events/events.ts';
import { Instant } from '../../shared/ids/ids.ts';

export interface EventsHarness {
  events: Events;
  /** The events that came, in order, each told by its id: read by another way than the adapter's own. */
  received: () => Promise<DomainEvent[]>;
}

export const event = (more: Partial<DomainEvent> = {}): DomainEvent => ({
  id: 'e_1',
  type: 'AppPublished',
  at: Instant.parse('2026-03-02T09:00:00.123Z'),
  detail: { app: 'finance/lunch', title: 'Lünch 😀 "<&', nested: { list: [1, null, true] } },
  ...more,
});

/** What every `Events` does. */
export function eventsContract(name: string, open: () => Promise<EventsHarness>): void {
  test(`${name} hands over an event as it happened`, async () => {
    const { events, received } = await open();
    await events.publish(event());
    await events.publish(event({ id: 'e_2', type: 'TeamAdded', detail: {} }));
    expect(await received()).toEqual([event(), event({ id: 'e_2', type: 'TeamAdded', detail: {} })]);
  });

  test(`${name} hands over the same event when it has the same id again`, async () => {
    const { events, received } = await open();
    await events.publish(event());
    await events.publish(event());
    await events.publish(event({ id: 'e_2' }));
    expect(await received()).toEqual([event(), event({ id: 'e_2' })]);
  });
}
