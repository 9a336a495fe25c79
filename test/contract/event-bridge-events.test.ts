import { CreateEventBusCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { expect, onTestFinished, test } from 'vitest';
import { Busy, TooLarge } from '../../shared/errors/errors.ts';
import { EventBridgeEvents, EventDetail } from '../../shared/events/event-bridge-events.ts';
import type { DomainEvent } from '../../shared/events/events.ts';
import { clientConfig, serveAws } from '../fakes/aws-server.ts';
import { FakeEventBridge } from '../fakes/event-bridge.ts';
import { event, eventsContract } from './events.suite.ts';

async function open(bus = 'cottage') {
  const fake = new FakeEventBridge();
  const server = await serveAws({ eventbridge: fake });
  const client = new EventBridgeClient(clientConfig(server));
  onTestFinished(async () => {
    client.destroy();
    await server.close();
    expect(server.defects).toEqual([]);
  });
  await client.send(new CreateEventBusCommand({ Name: 'cottage' }));
  return { fake, server, events: new EventBridgeEvents({ client, bus }) };
}

eventsContract('EventBridgeEvents', async () => {
  const { events, fake } = await open();
  const received = () => {
    const byId = new Map<string, DomainEvent>();
    for (const { detail, 'detail-type': type } of fake.delivered) {
      const { id, at, data } = detail as { id: string; at: string; data: object };
      // Whoever remembers ids takes the first of them; the second one says the same.
      const taken = { id, type, at, detail: data } as DomainEvent;
      if (byId.has(id)) expect(taken).toEqual(byId.get(id));
      else byId.set(id, taken);
    }
    return Promise.resolve([...byId.values()]);
  };
  return { events, received };
});

test('an event on the bus has our source, its type, its time, and a detail of one shape', async () => {
  const { events, fake } = await open();
  await events.publish(event());
  expect(fake.delivered).toEqual([
    {
      bus: 'cottage',
      source: 'cottage',
      'detail-type': 'AppPublished',
      time: '2026-03-02T09:00:00Z',
      detail: { id: 'e_1', at: event().at, data: event().detail },
    },
  ]);
  expect(EventDetail.safeParse(fake.delivered[0]?.detail).success).toBe(true);
});

test.each([
  ['ThrottlingException', { name: 'Busy', retryable: true }],
  ['InternalFailure', { name: 'Busy', retryable: true }],
  ['NotAuthorizedForSource', { name: 'NotAuthorizedForSource' }],
])('an event that was not taken (%s) in a call that succeeded is an error', async (code, error) => {
  const { events, fake } = await open();
  fake.failNext(code);
  await expect(events.publish(event())).rejects.toMatchObject(error);
  expect(fake.delivered).toEqual([]);
  await events.publish(event());
  expect(fake.delivered).toHaveLength(1);
});

test('a bus that is not there is an error', async () => {
  const { events } = await open('elsewhere');
  await expect(events.publish(event())).rejects.toMatchObject({ name: 'InvalidArgument' });
});

test.each(['throttle', 'server-error', 'timeout-after-effect'] as const)(
  'a bus in trouble (%s) can be asked again later',
  async (kind) => {
    const { events, server } = await open();
    server.faults.at(server.log.length + 1, kind);
    await expect(events.publish(event())).rejects.toThrow(Busy);
  },
);

test('an event is less than 256 KB, and not a byte more than EventBridge takes', async () => {
  const { events, fake, server } = await open();
  const empty = event({ detail: { text: '' } });
  await events.publish(empty);
  const overhead = 14 + 'cottageAppPublished'.length + JSON.stringify(fake.delivered[0]?.detail).length;
  const room = 256 * 1024 - overhead;
  await events.publish(event({ detail: { text: 'x'.repeat(room - 1) } }));
  const calls = server.log.length;
  await expect(events.publish(event({ detail: { text: 'x'.repeat(room) } }))).rejects.toThrow(TooLarge);
  await expect(events.publish(event({ detail: { text: 'ü'.repeat(room / 2) } }))).rejects.toThrow(TooLarge);
  expect(server.log).toHaveLength(calls);
  expect(fake.delivered).toHaveLength(2);
});
