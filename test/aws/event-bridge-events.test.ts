import {
  CreateArchiveCommand,
  CreateEventBusCommand,
  DescribeArchiveCommand,
  EventBridgeClient,
} from '@aws-sdk/client-eventbridge';
import { expect, onTestFinished, test } from 'vitest';
import { EventBridgeEvents } from '../../shared/events/event-bridge-events.ts';
import { randomId } from '../../shared/ids/ids.ts';
import { event } from '../contract/events.suite.ts';
import { clientConfig } from '../fakes/aws-server.ts';
import { motoUrl } from './moto.ts';

// moto shows nobody the events themselves, so archives with patterns count them.
test('rules on moto’s bus match our events by source, type and detail', async () => {
  const client = new EventBridgeClient(clientConfig({ url: motoUrl() }));
  onTestFinished(() => client.destroy());
  const bus = randomId('bus');
  const { EventBusArn } = await client.send(new CreateEventBusCommand({ Name: bus }));
  const counting = async (pattern: object) => {
    const ArchiveName = randomId('archive');
    const archive = { ArchiveName, EventSourceArn: EventBusArn, EventPattern: JSON.stringify(pattern) };
    await client.send(new CreateArchiveCommand(archive));
    return async () => (await client.send(new DescribeArchiveCommand({ ArchiveName }))).EventCount;
  };
  const counts = [
    await counting({ source: ['cottage'] }),
    await counting({ source: ['cottage'], 'detail-type': ['TeamAdded'] }),
    await counting({ source: ['cottage'], detail: { id: ['e_1'], data: { app: ['finance/lunch'] } } }),
    await counting({ source: ['others'] }),
  ];
  const events = new EventBridgeEvents({ client, bus });
  await events.publish(event());
  await events.publish(event({ id: 'e_2', type: 'TeamAdded' }));
  expect(await Promise.all(counts.map((count) => count()))).toEqual([2, 1, 1, 0]);
});
