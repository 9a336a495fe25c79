import { expect, onTestFinished, test } from 'vitest';
import { DnsServer } from '../../local/dns-server.ts';
import type { RecordSet } from '../../shared/dns/dns.ts';
import { LocalDns } from '../../shared/dns/local-dns.ts';
import type { ZoneReader } from '../../shared/dns/zone-reader.ts';
import { tempDatabase } from '../builders/temp.ts';
import { askTcp, decode, FLAG, framed, query, type Rr, TYPE, tcp, udpFirst, wireName } from './dns-client.ts';
import { checkReply, type Key, type SignOptions, sign } from './dns-signed.ts';

const ZONE = 'apps.example.com';
const HOST = `lunch.${ZONE}`;
const SECRET =
  'a token of some length, longer than a block of the hash, which is no trouble to anybody at all';
const KEY: Key = { name: 'ana@example.com', secret: SECRET };
const NOTAUTH = 'RCODE9';

const set = (name: string, type: RecordSet['type'], ...values: string[]): RecordSet => ({
  name,
  type,
  ttlSeconds: 60,
  values,
});

async function startServer(zones?: ZoneReader, apps = 0, errors: unknown[] = []) {
  const dns = new LocalDns(tempDatabase(), { nameServer: 'ns.example.net' });
  await dns.createZone('example.com');
  await dns.createZone(ZONE);
  const more = Array.from({ length: apps }, (_, n) => set(`a${n}.${ZONE}`, 'TXT', 'x'.repeat(200)));
  await dns.apply(ZONE, { create: [set(HOST, 'A', '192.0.2.1', '192.0.2.2'), ...more], remove: [] });
  const server = new DnsServer({
    zones: zones ?? dns,
    secretOf: async (name) => (name === KEY.name ? Buffer.from(SECRET) : undefined),
    onError: (error) => errors.push(error),
  });
  onTestFinished(() => server.stop());
  return { dns, port: (await server.start()).port };
}

const transferOf = (zone: string, type: number = TYPE.AXFR) => query(zone, { type, id: 7 });

/** Asks over one TCP connection, and checks the signature of every answer. */
async function ask(port: number, message: Buffer, key = KEY, options: SignOptions = {}) {
  const { signed, mac } = sign(message, key, options);
  let before = mac;
  return (await tcp(port, framed(signed))).map((reply, index) => {
    const checked = checkReply(reply, key, before, index === 0);
    before = checked.mac;
    return { ...decode(checked.message), ...checked };
  });
}

const shown = ({ name, type, value }: Rr) => `${name} ${type} ${value}`;

test.each([
  ['all of it', TYPE.AXFR],
  ['what has changed', TYPE.IXFR],
])('who asks for %s with an admin’s key gets the whole zone, between its SOA twice', async (_, type) => {
  const { dns, port } = await startServer();
  const [reply, ...others] = await ask(port, transferOf(ZONE, type));
  expect(others).toEqual([]);
  expect(reply).toMatchObject({ id: 7, rcode: 'NOERROR', error: 0, flags: FLAG.QR | FLAG.AA });
  const stored = (await dns.records(ZONE)).flatMap(({ name, type: kind, values }) =>
    values.map((value) => `${name} ${kind} ${value}`),
  );
  expect(stored.length).toBe(4);
  expect(reply?.answers.map(shown)).toEqual([...stored, stored[0]]);
});

test('a zone above holds where the one below is, and none of its records', async () => {
  const { port } = await startServer();
  const [reply] = await ask(port, transferOf('example.com'));
  expect(reply?.answers.map(({ name, type }) => `${name} ${type}`)).toEqual([
    'example.com SOA',
    'example.com NS',
    `${ZONE} NS`,
    'example.com SOA',
  ]);
});

test('a large zone comes in several messages, each signed after the one before, nothing twice', async () => {
  const { port } = await startServer(undefined, 500);
  const replies = await ask(port, transferOf(ZONE));
  expect(replies.length).toBeGreaterThan(5);
  expect(Math.max(...replies.map(({ bytes }) => bytes))).toBeLessThan(20_000);
  const all = replies.flatMap(({ answers }) => answers.map(shown));
  expect([all.length, new Set(all).size]).toEqual([505, 504]);
  expect([all[0], all.at(-1)].every((line) => line?.startsWith(`${ZONE} SOA `))).toBe(true);
});

test.each<[string, Key, SignOptions, number]>([
  ['another secret', { ...KEY, secret: 'another' }, {}, 16],
  ['a signature cut short', KEY, { mac: (mac) => mac.subarray(0, 16) }, 16],
  ['no signature', KEY, { mac: () => Buffer.alloc(0) }, 16],
  ['a key nobody has', { ...KEY, name: 'eve@example.com' }, {}, 17],
  ['an algorithm that is not taken', { ...KEY, algorithm: 'hmac-md5' }, {}, 17],
])('with %s nothing is said but that, unsigned', async (_, key, options, error) => {
  const { port } = await startServer();
  for (const message of [transferOf(ZONE), query(HOST)]) {
    const [reply, ...others] = await ask(port, message, key, options);
    expect(others).toEqual([]);
    expect(reply).toMatchObject({ rcode: NOTAUTH, error, answers: [], authorities: [] });
    expect(reply?.mac).toHaveLength(0);
  }
});

test.each([-301, 301])('a clock that is %i seconds off is told the time, signed', async (offBy) => {
  const { port } = await startServer();
  const now = Math.floor(Date.now() / 1000);
  // A second more, so that it is off by enough also when the second ends meanwhile.
  const signedAt = now + offBy + Math.sign(offBy);
  const [reply] = await ask(port, transferOf(ZONE), KEY, { signedAt });
  expect(reply).toMatchObject({ rcode: NOTAUTH, error: 18, answers: [], signedAt });
  expect(reply?.mac).toHaveLength(32);
  expect(Math.abs((reply?.other.readUIntBE(0, 6) ?? 0) - now)).toBeLessThan(60);
});

test('a changed octet is noticed, wherever it is', async () => {
  const { port } = await startServer();
  const { signed } = sign(transferOf(ZONE), KEY);
  // The RD bit, and letters of the question: what is still a question.
  for (const at of [2, 13, 28]) {
    const bent = Buffer.from(signed);
    bent[at] = (bent[at] ?? 0) ^ 1;
    const [reply] = await tcp(port, framed(bent));
    expect(decode(reply ?? Buffer.alloc(0)).rcode).toBe(NOTAUTH);
  }
});

test('a name of a key may be compressed, and written in capitals', async () => {
  const { port } = await startServer();
  const key = { ...KEY, name: 'ana@example.com' };
  // `com` of the question: behind the header, and behind `apps` and `example`.
  const owner = Buffer.concat([wireName(['ANA@EXAMPLE']).subarray(0, -1), Buffer.from([0xc0, 12 + 5 + 8])]);
  const [reply] = await ask(port, transferOf(ZONE), key, { owner });
  expect(reply?.rcode).toBe('NOERROR');
  for (const pointer of [12 + 5 + 8 + 60, 0]) {
    const bad = Buffer.concat([wireName(['ana@example']).subarray(0, -1), Buffer.from([0xc0, pointer])]);
    const [refused] = await tcp(port, framed(sign(transferOf(ZONE), key, { owner: bad }).signed));
    expect(decode(refused ?? Buffer.alloc(0)).rcode).toBe('FORMERR');
  }
});

test('SHA-512 is taken too', async () => {
  const { port } = await startServer();
  const [reply] = await ask(port, transferOf(ZONE), { ...KEY, algorithm: 'hmac-sha512' });
  expect(reply).toMatchObject({ rcode: 'NOERROR', error: 0 });
  expect(reply?.mac).toHaveLength(64);
});

test.each([
  ['a name inside a zone', HOST],
  ['a zone that is none of ours', 'example.org'],
  ['a name that does not exist', `missing.${ZONE}`],
])('%s cannot be transferred', async (_, name) => {
  const { port } = await startServer();
  const [reply] = await ask(port, transferOf(name));
  expect(reply).toMatchObject({ rcode: NOTAUTH, error: 0, answers: [], authorities: [] });
});

test('over UDP nobody gets a zone, but an answer that is signed and fits', async () => {
  const { port } = await startServer();
  for (const [message, rcode, answers] of [
    [transferOf(ZONE), 'REFUSED', 0],
    [query(HOST), 'NOERROR', 2],
  ] as const) {
    const { signed, mac } = sign(message, KEY);
    const { message: reply } = checkReply(await udpFirst(port, signed), KEY, mac);
    expect(decode(reply)).toMatchObject({ rcode });
    expect(decode(reply).answers).toHaveLength(answers);
  }
  const { dns } = await startServer();
  const values = ['1', '2'].map((first) => first + 'x'.repeat(190));
  await dns.apply(ZONE, { create: [set(`fits.${ZONE}`, 'TXT', ...values)], remove: [] });
  const { port: other } = await startServer(dns);
  const message = query(`fits.${ZONE}`, { type: TYPE.TXT });
  expect(decode(await udpFirst(other, message)).flags & FLAG.TC).toBe(0);
  const { signed, mac } = sign(message, KEY);
  const reply = await udpFirst(other, signed);
  expect(reply.length).toBeLessThanOrEqual(512);
  expect(decode(checkReply(reply, KEY, mac).message)).toMatchObject({ flags: FLAG.QR | FLAG.AA | FLAG.TC });
});

test('a signature anywhere but at the end, or twice, is malformed', async () => {
  const { port } = await startServer();
  const once = sign(transferOf(ZONE), KEY).signed;
  const twice = sign(once, KEY).signed;
  const trailed = Buffer.concat([once, Buffer.alloc(1)]);
  for (const message of [twice, trailed]) {
    const [reply] = await tcp(port, framed(message));
    expect(decode(reply ?? Buffer.alloc(0)).rcode).toBe('FORMERR');
  }
});

test('without a signature a zone stays where it is, also for who knows the name of a key', async () => {
  const { port } = await startServer();
  expect(await askTcp(port, ZONE, { type: TYPE.AXFR })).toMatchObject({ rcode: 'REFUSED', answers: [] });
});

test('where no secrets are known, no signature holds', async () => {
  const dns = new LocalDns(tempDatabase(), { nameServer: 'ns.example.net' });
  await dns.createZone(ZONE);
  const server = new DnsServer({ zones: dns });
  onTestFinished(() => server.stop());
  const { port } = await server.start();
  const [reply] = await ask(port, transferOf(ZONE));
  expect(reply).toMatchObject({ rcode: NOTAUTH, error: 17, answers: [] });
});

const unreadable = () => {
  throw new Error('the zone cannot be read');
};

test('a zone that cannot be read is said to be so, signed', async () => {
  const errors: unknown[] = [];
  const { port } = await startServer(
    { lookup: unreadable, whole: unreadable, version: unreadable },
    0,
    errors,
  );
  const [reply] = await ask(port, transferOf(ZONE));
  expect(reply).toMatchObject({ rcode: 'SERVFAIL', answers: [] });
  expect(errors).toHaveLength(1);
});
