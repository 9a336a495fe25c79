import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../local/database.ts';
import { DnsServer } from '../../local/dns-server.ts';
import type { RecordSet } from '../../shared/dns/dns.ts';
import { LocalDns } from '../../shared/dns/local-dns.ts';
import { tempFolder } from '../builders/temp.ts';
import {
  type Answer,
  askTcp,
  askUdp,
  decode,
  FLAG,
  type QueryOptions,
  query,
  TYPE,
  udpFirst,
} from './dns-client.ts';

const ZONE = 'apps.example.com';
const HOST = `lunch.${ZONE}`;

const set = (name: string, type: RecordSet['type'], ...values: string[]): RecordSet => ({
  name,
  type,
  ttlSeconds: 60,
  values,
});
const ADDRESS = set(HOST, 'A', '192.0.2.1');
const LONG = set(`long.${ZONE}`, 'TXT', ...['1', '2', '3'].map((first) => first + 'x'.repeat(200)));

async function startServer() {
  const file = join(tempFolder(), 'cottage.db');
  const database = openDatabase(file);
  onTestFinished(() => database.close());
  const dns = new LocalDns(database, { nameServer: 'ns.example.net' });
  await dns.createZone(ZONE);
  await dns.apply(ZONE, { create: [ADDRESS, LONG], remove: [] });
  const server = new DnsServer({ zones: dns });
  onTestFinished(() => server.stop());
  return { dns, database, file, port: (await server.start()).port };
}

const sql = (address: string) => `UPDATE dns_records SET data = '["${address}"]' WHERE type = 'A'`;

const values = ({ answers }: Answer): string[] => answers.map(({ value }) => value);

test('a question asked before gets the answer of now, whoever changed what', async () => {
  const { dns, database, file, port } = await startServer();
  const moved = set(HOST, 'A', '192.0.2.2');
  const other = new DatabaseSync(file);
  onTestFinished(() => other.close());
  const changes: [string, () => unknown][] = [
    ['192.0.2.1', () => {}],
    ['192.0.2.1', () => {}],
    ['192.0.2.2', () => dns.apply(ZONE, { create: [moved], remove: [ADDRESS] })],
    ['192.0.2.3', () => database.exec(sql('192.0.2.3'))],
    ['192.0.2.4', () => other.exec(sql('192.0.2.4'))],
  ];
  for (const [address, change] of changes) {
    await change();
    expect(values(await askUdp(port, HOST))).toEqual([address]);
    expect(values(await askTcp(port, HOST))).toEqual([address]);
  }
});

test('what was empty or not there is answered as soon as it is', async () => {
  const { dns, port } = await startServer();
  const ipv6 = { type: TYPE.AAAA };
  for (let time = 0; time < 2; time += 1) {
    expect(await askUdp(port, HOST, ipv6)).toMatchObject({ rcode: 'NOERROR', answers: [] });
    expect((await askUdp(port, `new.${ZONE}`)).rcode).toBe('NXDOMAIN');
  }
  const create = [set(HOST, 'AAAA', '2001:db8::1'), set(`new.${ZONE}`, 'A', '192.0.2.9')];
  await dns.apply(ZONE, { create, remove: [] });
  expect((await askUdp(port, HOST, ipv6)).answers).toHaveLength(1);
  expect(values(await askUdp(port, `new.${ZONE}`))).toEqual(['192.0.2.9']);
});

test('who asks again gets back their own id, RD and letters', async () => {
  const { port } = await startServer();
  for (const [name, id, flags] of [
    [HOST, 1, FLAG.RD],
    ['LUNCH.apps.EXAMPLE.com', 2, 0],
    ['lunch.APPS.example.COM', 3, FLAG.RD],
  ] as const) {
    const message = query(name, { id, flags });
    const answer = decode(await udpFirst(port, message));
    expect(answer).toMatchObject({ id, flags: FLAG.QR | FLAG.AA | flags });
    expect(answer.question).toEqual(message.subarray(12));
    expect(answer.answers[0]?.name).toBe(name);
  }
});

test('what one sort of asker got is not taken for another', async () => {
  const { port } = await startServer();
  const edns = { payloadBytes: 1232 };
  const kinds: [QueryOptions, object | undefined][] = [
    [{}, undefined],
    [{ edns }, { payloadBytes: 1232, version: 0, dnssecOk: false }],
    [{ edns: { ...edns, dnssecOk: true } }, { payloadBytes: 1232, version: 0, dnssecOk: true }],
  ];
  for (const [options, opt] of [...kinds, ...kinds.toReversed()]) {
    expect((await askUdp(port, HOST, options)).opt).toEqual(opt);
    expect(values(await askUdp(port, HOST, options))).toEqual(['192.0.2.1']);
    expect((await askUdp(port, HOST, { ...options, type: TYPE.TXT })).answers).toEqual([]);
    expect((await askUdp(port, HOST, { ...options, class: 3 })).rcode).toBe('REFUSED');
  }
  const future = await askUdp(port, HOST, { edns: { ...edns, version: 1 } });
  expect(future).toMatchObject({ rcode: 'RCODE16', answers: [] });
});

test('a long answer is whole for who takes it, and cut short for who does not, in any order', async () => {
  const { port } = await startServer();
  const text = { type: TYPE.TXT };
  for (const [ask, options, cut] of [
    [askUdp, text, true],
    [askTcp, text, false],
    [askUdp, text, true],
    [askUdp, { ...text, edns: { payloadBytes: 1232 } }, false],
    [askUdp, { ...text, edns: { payloadBytes: 600 } }, true],
    [askTcp, text, false],
  ] as const) {
    const answer = await ask(port, LONG.name, options);
    expect([(answer.flags & FLAG.TC) !== 0, answer.answers.length]).toEqual([cut, cut ? 0 : 3]);
  }
});
