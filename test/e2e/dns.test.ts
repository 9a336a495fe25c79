import { createSocket } from 'node:dgram';
import { expect, onTestFinished, test, vi } from 'vitest';
import { LocalIdentity } from '../../shared/identity/local-identity.ts';
import { startTestCottage, type TestCottage } from '../builders/cottage.ts';
import { decode, FLAG, framed, query, TYPE, tcp } from '../contract/dns-client.ts';
import { checkReply, sign } from '../contract/dns-signed.ts';

const ADMIN = 'admin@cottage.localhost';
const ZONE = 'demo.apps.localhost';

const portOf = ({ cottage }: TestCottage): number => Number(cottage.ready.dns.split(':').at(-1));

async function transfer(cottage: TestCottage, name: string, secret: string) {
  const { signed, mac } = sign(query(ZONE, { type: TYPE.AXFR }), { name, secret });
  const [reply = Buffer.alloc(0)] = await tcp(portOf(cottage), framed(signed));
  const { message, error } = checkReply(reply, { name, secret }, mac);
  return { error, ...decode(message) };
}

test('an admin’s token is the key to a whole zone; no other token is, and no key of an older Cottage', async () => {
  const cottage = await startTestCottage();
  await cottage.publish();
  const { rcode, answers } = await transfer(cottage, ADMIN, cottage.adminToken);
  expect(rcode).toBe('NOERROR');
  expect(answers.map(({ name, type }) => `${name} ${type}`)).toEqual([
    `${ZONE} SOA`,
    `${ZONE} NS`,
    `lunch.${ZONE} A`,
    `_cottage.lunch.${ZONE} TXT`,
    `${ZONE} SOA`,
  ]);
  const identity = new LocalIdentity(cottage.deps.signer);
  const others: [string, string][] = [
    [ADMIN, await identity.issue({ email: ADMIN, roles: ['auditor'] })],
    ['lea@example.com', await identity.issue({ email: 'lea@example.com', roles: ['lead:demo'] })],
    ['lea@example.com', cottage.adminToken],
    [ADMIN, (await startTestCottage()).adminToken],
  ];
  for (const [name, token] of others) {
    expect(await transfer(cottage, name, token)).toMatchObject({ error: 16, answers: [] });
  }
});

test('as many answers over UDP as the configuration says, and then hints to come over TCP', async () => {
  const cottage = await startTestCottage({ config: { dnsAnswersPerSecond: 1 } });
  const socket = createSocket('udp4');
  onTestFinished(() => void socket.close());
  const replies: Buffer[] = [];
  socket.on('message', (message) => replies.push(message));
  const question = query(ZONE, { type: TYPE.SOA });
  for (let i = 0; i < 10; i += 1) socket.send(question, portOf(cottage), '127.0.0.1');
  await vi.waitFor(() => expect(replies.length).toBeGreaterThanOrEqual(5));
  const isHint = replies.map((reply) => (decode(reply).flags & FLAG.TC) !== 0);
  expect(isHint.slice(0, 3)).toEqual([false, false, true]);
});
