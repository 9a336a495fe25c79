import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { expect, onTestFinished, test } from 'vitest';
import { LocalMail } from '../../shared/mail/local-mail.ts';
import { SmtpMail } from '../../shared/mail/smtp-mail.ts';
import { TestClock } from '../builders/clock.ts';
import { tempFolder } from '../builders/temp.ts';
import { mailContract, message, SENDER } from './mail.suite.ts';

interface Received {
  from: string;
  to: string[];
  raw: string;
}

/** A real mail server on loopback, which the test can make refuse. */
async function mailServer(options: SMTPServerOptions = {}) {
  const received: Received[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    ...options,
    onData: (stream, { envelope: { mailFrom, rcptTo } }, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const from = mailFrom === false ? '' : mailFrom.address;
        received.push({
          from,
          to: rcptTo.map(({ address }) => address),
          raw: Buffer.concat(chunks).toString(),
        });
        done();
      });
    },
  });
  server.on('error', () => {});
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return { received, port: (server.server.address() as AddressInfo).port };
}

function smtpMail(url: string) {
  const clock = new TestClock();
  const sent = new LocalMail({ folder: join(tempFolder(), 'mailbox'), from: SENDER, clock });
  const options = { url, from: SENDER, clock, sent };
  return { mail: new SmtpMail(options), restarted: () => new SmtpMail(options), sent };
}

mailContract('SmtpMail', async () => {
  const { received, port } = await mailServer();
  const delivered = () => Promise.resolve(received.map(({ raw }) => raw));
  return { ...smtpMail(`smtp://127.0.0.1:${port}`), delivered };
});

/** An answer of the server with its number: 4xx is "later", 5xx is "never". */
const answer = (responseCode: number) => Object.assign(new Error('not now'), { responseCode });

test('the envelope names sender and recipients, and the mailbox shows what was sent', async () => {
  const { received, port } = await mailServer();
  const { mail, sent } = smtpMail(`smtp://127.0.0.1:${port}`);
  await mail.send(message({ to: ['anna@example.com', 'ben@example.com'] }));
  expect(received).toMatchObject([{ from: SENDER, to: ['anna@example.com', 'ben@example.com'] }]);
  expect((await sent.listMail()).map(({ id }) => id)).toEqual([message().id]);
});

test('a server that says "later" gets the message later', async () => {
  let busy = true;
  const { received, port } = await mailServer({
    onRcptTo: (_address, _session, done) => done(busy ? answer(450) : null),
  });
  const { mail, sent } = smtpMail(`smtp://127.0.0.1:${port}`);
  await expect(mail.send(message())).rejects.toMatchObject({ name: 'Busy', retryable: true });
  expect(await sent.has(message().id)).toBe(false);
  busy = false;
  await mail.send(message());
  expect(received).toHaveLength(1);
});

test('a server that says "never" is told of as such, and nothing counts as sent', async () => {
  const { port } = await mailServer({ onRcptTo: (_address, _session, done) => done(answer(550)) });
  const { mail, sent } = smtpMail(`smtp://127.0.0.1:${port}`);
  await expect(mail.send(message())).rejects.toMatchObject({ name: 'MailRejected', retryable: false });
  expect(await sent.has(message().id)).toBe(false);
});

test('a recipient the server does not take is told of once; the others get one copy', async () => {
  const { received, port } = await mailServer({
    onRcptTo: ({ address }, _session, done) => done(address.startsWith('gone') ? answer(550) : null),
  });
  const { mail } = smtpMail(`smtp://127.0.0.1:${port}`);
  const toBoth = message({ to: ['anna@example.com', 'gone@example.com'] });
  await expect(mail.send(toBoth)).rejects.toThrow('was not taken for 1 of 2 recipients');
  await mail.send(toBoth);
  expect(received.map(({ to }) => to)).toEqual([['anna@example.com']]);
});

test('a server that is not there is tried again later', async () => {
  const { mail } = smtpMail('smtp://127.0.0.1:1');
  await expect(mail.send(message())).rejects.toMatchObject({ name: 'Busy' });
});

test('a password is used over TLS only', async () => {
  const asked: unknown[] = [];
  const { received, port } = await mailServer({
    allowInsecureAuth: true,
    onAuth: (auth, _session, done) => {
      asked.push(auth);
      done(null, { user: 'anna' });
    },
  });
  const { mail } = smtpMail(`smtp://anna:p%40ss@127.0.0.1:${port}`);
  const failure: unknown = await mail.send(message()).catch((error: unknown) => error);
  expect(failure).toMatchObject({ name: expect.stringMatching(/Busy|MailRejected/) as unknown });
  expect(String(failure)).not.toContain('p@ss');
  expect(asked).toEqual([]);
  expect(received).toEqual([]);
});

test.each(['mail.example.com:25', 'http://mail.example.com', 'smtp://', 'smtp:', ''])(
  'the address %j is not one of a mail server',
  (url) => {
    expect(() => smtpMail(url)).toThrow('a mail server is given as smtp://host:port or smtps://host:port');
  },
);
