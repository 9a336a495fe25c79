import {
  CreateConfigurationSetCommand,
  CreateEmailIdentityCommand,
  SESv2Client,
} from '@aws-sdk/client-sesv2';
import { expect, onTestFinished, test } from 'vitest';
import { Busy } from '../../shared/errors/errors.ts';
import { SesMail, type SesMailOptions } from '../../shared/mail/ses-mail.ts';
import { TestClock } from '../builders/clock.ts';
import { AwsFault } from '../fakes/aws-errors.ts';
import { clientConfig, serveAws } from '../fakes/aws-server.ts';
import { FakeSes, type SesOptions } from '../fakes/ses.ts';
import { openDynamoDb } from './dynamodb-store.ts';
import { mailContract, message, SENDER } from './mail.suite.ts';

async function open(options: Partial<SesMailOptions> = {}, ses: SesOptions = {}) {
  const clock = new TestClock();
  const fake = new FakeSes({ now: () => clock.now(), ...ses });
  const server = await serveAws({ sesv2: fake });
  const client = new SESv2Client(clientConfig(server));
  onTestFinished(async () => {
    client.destroy();
    await server.close();
    expect(server.defects).toEqual([]);
  });
  await client.send(new CreateEmailIdentityCommand({ EmailIdentity: 'apps.example.com' }));
  const { store, server: records } = await openDynamoDb();
  const all = { client, from: SENDER, clock, store, ...options };
  return { mail: new SesMail(all), restarted: () => new SesMail(all), fake, server, client, store, records };
}

mailContract('SesMail', async () => {
  const { mail, restarted, fake } = await open();
  const delivered = () => Promise.resolve(fake.taken.map(({ raw }) => raw));
  const messageId = /^<[\w-]+@eu-central-1\.amazonses\.com>$/;
  return { mail, restarted, delivered, messageId, refusesOddAddresses: true };
});

test('recipients, configuration set and tags are told to SES apart from the message', async () => {
  const { mail, fake, client } = await open({ configurationSet: 'cottage', tags: { stack: 'prod' } });
  await client.send(new CreateConfigurationSetCommand({ ConfigurationSetName: 'cottage' }));
  await mail.send(message({ to: ['anna@example.com', 'ben@example.com'] }));
  expect(fake.taken).toMatchObject([
    {
      from: SENDER,
      to: ['anna@example.com', 'ben@example.com'],
      configurationSet: 'cottage',
      tags: { stack: 'prod' },
    },
  ]);
});

test('what SES took is written down, with the name it has there', async () => {
  const { mail, fake, store } = await open();
  await mail.send(message());
  const stored = await store.get({ pk: `mail#${message().id}`, sk: 'sent' });
  expect(stored?.data).toEqual({
    id: message().id,
    sentAt: '2026-03-02T09:00:00.000Z',
    messageId: fake.taken[0]?.messageId,
  });
});

test.each([
  ['TooManyRequestsException', 429],
  ['LimitExceededException', 400],
  ['SendingPausedException', 400],
  ['InternalServiceErrorException', 500],
])('mail that SES does not take for now (%s) is sent later', async (name, status) => {
  const { mail, fake } = await open();
  fake.refuseNext(new AwsFault(name, status, 'not now'));
  await expect(mail.send(message())).rejects.toThrow(Busy);
  await mail.send(message());
  expect(fake.taken).toHaveLength(1);
});

test.each([
  ['MessageRejected', 400],
  ['BadRequestException', 400],
])('mail that SES never takes (%s) is told of as such, and does not count as sent', async (name, status) => {
  const { mail, fake } = await open();
  fake.refuseNext(new AwsFault(name, status, 'never'));
  await expect(mail.send(message())).rejects.toMatchObject({ name: 'MailRejected', retryable: false });
  await mail.send(message());
  expect(fake.taken).toHaveLength(1);
});

test.each([
  ['AccountSuspendedException', 400],
  ['MailFromDomainNotVerifiedException', 400],
  ['NotFoundException', 404],
])('what is wrong with the account (%s) is said as SES said it', async (name, status) => {
  const { mail, fake } = await open();
  fake.refuseNext(new AwsFault(name, status, 'set it up'));
  await expect(mail.send(message())).rejects.toMatchObject({ name });
});

test('mail to somebody the sandbox does not know says that it may be the sandbox', async () => {
  const { mail, fake } = await open({}, { isSandbox: true });
  await expect(mail.send(message())).rejects.toThrow(/anna@example\.com.*sandbox/);
  expect(fake.taken).toEqual([]);
});

test('more recipients than SES takes is a refusal, not half a message', async () => {
  const { mail, fake } = await open();
  const to = Array.from({ length: 51 }, (_, i) => `p${i}@example.com`);
  await expect(mail.send(message({ to }))).rejects.toMatchObject({ name: 'MailRejected' });
  expect(fake.taken).toEqual([]);
});

test('mail whose answer got lost is sent again, and never lost', async () => {
  const { mail, fake, server } = await open();
  server.faults.at(server.log.length + 1, 'timeout-after-effect');
  await expect(mail.send(message())).rejects.toThrow(Busy);
  await mail.send(message());
  await mail.send(message());
  expect(fake.taken).toHaveLength(2);
});

test('mail that could not be written down counts as not sent', async () => {
  const { mail, fake, records } = await open();
  // The read, then five tries of the write.
  for (let i = 2; i <= 6; i += 1) records.faults.at(records.log.length + i, 'throttle');
  await expect(mail.send(message())).rejects.toThrow(Busy);
  expect(fake.taken).toHaveLength(1);
  await mail.send(message());
  expect(fake.taken).toHaveLength(2);
});
