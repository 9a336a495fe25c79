import { createSocket, type RemoteInfo } from 'node:dgram';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Resolver } from 'node:dns/promises';
import { type EventEmitter, once } from 'node:events';
import { connect, createServer } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { DnsServer, type DnsServerOptions } from '../../local/dns-server.ts';
import type { RecordSet, RecordType } from '../../shared/dns/dns.ts';
import { LocalDns } from '../../shared/dns/local-dns.ts';
import type { ZoneReader } from '../../shared/dns/zone-reader.ts';
import { tempDatabase } from '../builders/temp.ts';
import {
  askTcp,
  askUdp,
  decode,
  FLAG,
  framed,
  optRecord,
  type QueryOptions,
  query,
  TYPE,
  tcp,
  udpFirst,
  wireName,
} from './dns-client.ts';

const ZONE = 'apps.example.com';
const HOST = `lunch.${ZONE}`;
const SOA = expect.objectContaining({ name: ZONE, type: 'SOA', ttlSeconds: 60 });
const LARGE = Array.from({ length: 8 }, (_, index) => `${index}${'x'.repeat(200)}`);

const set = (name: string, type: RecordType, ...values: string[]): RecordSet => ({
  name: `${name}.${ZONE}`,
  type,
  ttlSeconds: 60,
  values,
});

const RECORDS: RecordSet[] = [
  set('lunch', 'A', '192.0.2.1', '192.0.2.2'),
  set('lunch', 'AAAA', '2001:db8::1'),
  set('lunch', 'CAA', '0 issue "ca.example.net"'),
  set('_cottage.lunch', 'TXT', 'heritage=cottage,app=a_1'),
  set('deep.below', 'A', '192.0.2.3'),
  set('side-by-side', 'A', '192.0.2.3'),
  set('large', 'TXT', ...LARGE),
  set('medium', 'TXT', ...LARGE.slice(0, 3)),
  set('outward', 'CNAME', 'edge.example.net'),
  set('inward', 'CNAME', `lunch.${ZONE}`),
  set('inward2', 'CNAME', `inward.${ZONE}`),
  set('nowhere', 'CNAME', `missing.${ZONE}`),
  set('loop', 'CNAME', `loop.${ZONE}`),
];

async function startServer(options: Partial<DnsServerOptions> = {}): Promise<number> {
  const dns = new LocalDns(tempDatabase(), { nameServer: 'ns.example.net' });
  await dns.createZone(ZONE);
  await dns.apply(ZONE, { create: RECORDS, remove: [] });
  const server = new DnsServer({ zones: dns, ...options });
  onTestFinished(() => server.stop());
  return (await server.start()).port;
}

/** A name in the zone, its fourth label this long. */
const labelsWith = (length: number): string[] => [
  ...[63, 63, 63, length].map((count) => 'a'.repeat(count)),
  ...ZONE.split('.'),
];

/** A well-formed record of no data, of a type from the future. */
const RECORD = Buffer.from([0, 0xff, 0, 0, 255, 0, 0, 0, 0, 0, 0]);

const values = (records: { value: string }[]): string[] => records.map((rr) => rr.value);

describe('answers', () => {
  test('a stranger resolver reads every type', async () => {
    const port = await startServer();
    const resolver = new Resolver({ maxTimeout: 5_000 });
    resolver.setServers([`127.0.0.1:${port}`]);
    expect(await resolver.resolve4(HOST, { ttl: true })).toEqual([
      { address: '192.0.2.1', ttl: 60 },
      { address: '192.0.2.2', ttl: 60 },
    ]);
    expect(await resolver.resolve6(HOST)).toEqual(['2001:db8::1']);
    expect(await resolver.resolveTxt(`_cottage.${HOST}`)).toEqual([['heritage=cottage,app=a_1']]);
    expect(await resolver.resolveCname(`outward.${ZONE}`)).toEqual(['edge.example.net']);
    expect(await resolver.resolveNs(ZONE)).toEqual(['ns.example.net']);
    expect(await resolver.resolveCaa(HOST)).toEqual([{ critical: 0, type: 'CAA', issue: 'ca.example.net' }]);
    expect(await resolver.resolveSoa(ZONE)).toEqual({
      nsname: 'ns.example.net',
      hostmaster: `hostmaster.${ZONE}`,
      serial: 2,
      refresh: 86_400,
      retry: 7_200,
      expire: 3_600_000,
      minttl: 60,
    });
    await expect(resolver.resolve4(`missing.${ZONE}`)).rejects.toMatchObject({ code: 'ENOTFOUND' });
    await expect(resolver.resolveMx(HOST)).rejects.toMatchObject({ code: 'ENODATA' });
    expect(await resolver.resolveTxt(`large.${ZONE}`)).toEqual(LARGE.map((value) => [value]));
  });

  test('are authoritative, never recursive, and repeat only the id, RD and question of the query', async () => {
    const port = await startServer();
    const all = FLAG.AA | FLAG.TC | FLAG.RD | FLAG.RA | FLAG.Z | 0x003f;
    const answer = await askUdp(port, HOST, { id: 0xbeef, flags: all });
    expect(answer).toMatchObject({ id: 0xbeef, rcode: 'NOERROR', flags: FLAG.QR | FLAG.AA | FLAG.RD });
    expect(values(answer.answers)).toEqual(['192.0.2.1', '192.0.2.2']);
    expect(answer.authorities).toEqual([]);
    expect((await askUdp(port, HOST)).flags).toBe(FLAG.QR | FLAG.AA);
  });

  test('keep the case of the question, letter by letter', async () => {
    const port = await startServer();
    const message = query('LuNcH.aPPs.ExAmPlE.cOm');
    const answer = decode(await udpFirst(port, message));
    expect(answer.question).toEqual(message.subarray(12));
    expect(answer.answers[0]).toEqual({
      name: 'LuNcH.aPPs.ExAmPlE.cOm',
      type: 'A',
      ttlSeconds: 60,
      value: '192.0.2.1',
    });
  });

  test.each([TYPE.A, TYPE.ANY])(
    'to type %s at a name that does not exist are NXDOMAIN with the SOA',
    async (type) => {
      const answer = await askUdp(await startServer(), `missing.${ZONE}`, { type });
      expect(answer).toMatchObject({
        rcode: 'NXDOMAIN',
        flags: FLAG.QR | FLAG.AA,
        answers: [],
        authorities: [SOA],
      });
    },
  );

  test.each<[string, string, number]>([
    ['a type the name does not have', HOST, TYPE.TXT],
    ['a type nobody here has', HOST, TYPE.MX],
    ['type 0', HOST, 0],
    ['a type from the future', HOST, 65_280],
    ['a name that only has names below it', `below.${ZONE}`, TYPE.A],
    ['anything at a name that only has names below it', `below.${ZONE}`, TYPE.ANY],
  ])('to %s are empty, with the SOA', async (_, name, type) => {
    const answer = await askUdp(await startServer(), name, { type });
    expect(answer).toMatchObject({
      rcode: 'NOERROR',
      flags: FLAG.QR | FLAG.AA,
      answers: [],
      authorities: [SOA],
    });
  });

  test('do not take a name that only begins alike for a name below', async () => {
    expect((await askUdp(await startServer(), `side.${ZONE}`)).rcode).toBe('NXDOMAIN');
  });

  test('know no wildcard', async () => {
    const answer = await askUdp(await startServer(), `*.${ZONE}`);
    expect(answer).toMatchObject({ rcode: 'NXDOMAIN', authorities: [SOA] });
  });

  test.each([
    ['example.com', {}],
    ['', { type: TYPE.NS }],
    ['com', { type: TYPE.SOA }],
    [`un${ZONE}`, {}],
    [HOST, { type: TYPE.AXFR }],
    [ZONE, { type: TYPE.AXFR }],
    [ZONE, { type: TYPE.IXFR }],
    [HOST, { class: 3 }],
    [HOST, { class: 255 }],
  ] satisfies [string, QueryOptions][])('to "%s" %o are refused', async (name, options) => {
    const port = await startServer();
    for (const answer of [await askUdp(port, name, options), await askTcp(port, name, options)]) {
      expect(answer).toMatchObject({ rcode: 'REFUSED', flags: FLAG.QR, answers: [], authorities: [] });
      expect(answer.question).toEqual(query(name, options).subarray(12));
    }
  });

  test('to an incremental transfer that brings its SOA along are refused', async () => {
    const message = query(ZONE, { type: TYPE.IXFR });
    message.writeUInt16BE(1, 8);
    const soa = Buffer.from([0xc0, 12, 0, TYPE.SOA, 0, 1, 0, 0, 0, 0, 0, 22, 0, 0, ...Buffer.alloc(20)]);
    const answer = decode(await udpFirst(await startServer(), Buffer.concat([message, soa])));
    expect(answer.rcode).toBe('REFUSED');
  });

  test('to ANY are one record set of those there are', async () => {
    const port = await startServer();
    expect((await askUdp(port, HOST, { type: TYPE.ANY })).answers.map((rr) => rr.type)).toEqual(['A', 'A']);
    expect((await askUdp(port, ZONE, { type: TYPE.ANY })).answers).toEqual([SOA]);
    const alias = await askUdp(port, `inward.${ZONE}`, { type: TYPE.ANY });
    expect(values(alias.answers)).toEqual([HOST]);
  });

  test('to DS at a delegation come from the zone above, which would hold it', async () => {
    const dns = new LocalDns(tempDatabase(), { nameServer: 'ns.example.net' });
    await dns.createZone('example.com');
    await dns.createZone(ZONE);
    await dns.apply('example.com', {
      create: [{ name: 'www.example.com', type: 'A', ttlSeconds: 60, values: ['192.0.2.9'] }],
      remove: [],
    });
    const port = await startServer({ zones: dns });
    const soaOf = async (name: string) => {
      const { rcode, answers, authorities } = await askUdp(port, name, { type: TYPE.DS });
      return [rcode, answers.length, authorities[0]?.name];
    };
    expect(await soaOf(ZONE)).toEqual(['NOERROR', 0, 'example.com']);
    expect(await soaOf('www.example.com')).toEqual(['NOERROR', 0, 'example.com']);
    // Above it there is nothing of ours.
    expect(await soaOf('example.com')).toEqual(['NOERROR', 0, 'example.com']);
    expect(await soaOf(`missing.${ZONE}`)).toEqual(['NXDOMAIN', 0, ZONE]);
  });

  test('come from the deepest zone there is', async () => {
    const dns = new LocalDns(tempDatabase(), { nameServer: 'ns.example.net' });
    await dns.createZone('example.com');
    await dns.createZone(ZONE);
    const port = await startServer({ zones: dns });
    expect((await askUdp(port, HOST)).authorities).toEqual([SOA]);
    expect((await askUdp(port, 'example.com', { type: TYPE.TXT })).authorities[0]?.name).toBe('example.com');
    expect(await askUdp(port, ZONE, { type: TYPE.NS })).toMatchObject({ flags: FLAG.QR | FLAG.AA });
  });
});

describe('aliases', () => {
  test('are followed as long as they stay in our zones', async () => {
    const answer = await askUdp(await startServer(), `INWARD2.${ZONE}`);
    expect(answer.answers.map((rr) => [rr.name, rr.type, rr.value])).toEqual([
      [`INWARD2.${ZONE}`, 'CNAME', `inward.${ZONE}`],
      [`inward.${ZONE}`, 'CNAME', HOST],
      [HOST, 'A', '192.0.2.1'],
      [HOST, 'A', '192.0.2.2'],
    ]);
    expect(answer.flags).toBe(FLAG.QR | FLAG.AA);
  });

  test('are not followed when they are what was asked for', async () => {
    const answer = await askUdp(await startServer(), `inward2.${ZONE}`, { type: TYPE.CNAME });
    expect(values(answer.answers)).toEqual([`inward.${ZONE}`]);
  });

  test('that lead outside end the answer', async () => {
    const answer = await askUdp(await startServer(), `outward.${ZONE}`);
    expect(answer).toMatchObject({ rcode: 'NOERROR', flags: FLAG.QR | FLAG.AA, authorities: [] });
    expect(values(answer.answers)).toEqual(['edge.example.net']);
  });

  test('that lead to nothing say so', async () => {
    const answer = await askUdp(await startServer(), `nowhere.${ZONE}`);
    expect(answer).toMatchObject({ rcode: 'NXDOMAIN', authorities: [SOA] });
    expect(values(answer.answers)).toEqual([`missing.${ZONE}`]);
  });

  test('that lead to a name without that type say so', async () => {
    const answer = await askUdp(await startServer(), `inward.${ZONE}`, { type: TYPE.TXT });
    expect(answer).toMatchObject({ rcode: 'NOERROR', authorities: [SOA] });
    expect(values(answer.answers)).toEqual([HOST]);
  });

  test('that lead in a circle end', async () => {
    const answer = await askUdp(await startServer(), `loop.${ZONE}`);
    expect(answer.rcode).toBe('NOERROR');
    expect(new Set(values(answer.answers))).toEqual(new Set([`loop.${ZONE}`]));
    expect(answer.answers.length).toBeLessThanOrEqual(8);
  });
});

describe('EDNS', () => {
  test('is answered in kind, with our own size, and only then', async () => {
    const port = await startServer();
    const edns = { payloadBytes: 4096 };
    for (const name of [HOST, `missing.${ZONE}`, 'example.org']) {
      expect((await askUdp(port, name, { edns })).opt).toEqual({
        payloadBytes: 1232,
        version: 0,
        dnssecOk: false,
      });
      expect((await askUdp(port, name)).opt).toBeUndefined();
    }
    const secure = await askTcp(port, HOST, { edns: { payloadBytes: 4096, dnssecOk: true } });
    expect(secure.opt).toEqual({ payloadBytes: 1232, version: 0, dnssecOk: true });
  });

  test('of a version from the future is answered with ours, and nothing else', async () => {
    const edns = { payloadBytes: 4096, version: 1 };
    const answer = await askUdp(await startServer(), HOST, { edns });
    expect(answer).toMatchObject({ rcode: 'RCODE16', answers: [], opt: { version: 0, payloadBytes: 1232 } });
    expect(answer.flags).toBe(FLAG.QR);
  });

  test('twice, or at a name, is malformed', async () => {
    const port = await startServer();
    const twice = Buffer.concat([
      query(HOST, { edns: { payloadBytes: 512 } }),
      optRecord({ payloadBytes: 512 }),
    ]);
    twice.writeUInt16BE(2, 10);
    expect(decode(await udpFirst(port, twice)).rcode).toBe('FORMERR');
    const named = Buffer.concat([query(HOST), optRecord({ payloadBytes: 512 }, wireName(['com']))]);
    named.writeUInt16BE(1, 10);
    expect(decode(await udpFirst(port, named)).rcode).toBe('FORMERR');
  });

  test.each<[string, number[], string]>([
    ['of a kind nobody here knows', [0xff, 0xfe, 0, 2, 1, 2], 'NOERROR'],
    ['that is a cookie and padding', [0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0, 12, 0, 1, 0], 'NOERROR'],
    ['that is cut off', [0, 10, 0, 8, 1], 'FORMERR'],
    ['without a length', [0, 10, 0], 'FORMERR'],
  ])('with an option %s', async (_, option, rcode) => {
    const message = Buffer.concat([query(HOST, { edns: { payloadBytes: 512 } }), Buffer.from(option)]);
    message.writeUInt16BE(option.length, message.length - option.length - 2);
    expect(decode(await udpFirst(await startServer(), message)).rcode).toBe(rcode);
  });

  test('is read bit by bit: the rest of a response code does not make another version', async () => {
    const message = query(HOST, { edns: { payloadBytes: 512 } });
    message.writeUInt32BE(0xff_00_80_00, message.length - 6);
    expect(decode(await udpFirst(await startServer(), message))).toMatchObject({
      rcode: 'NOERROR',
      opt: { version: 0, dnssecOk: true },
    });
  });

  test('stands beside a record nobody here knows', async () => {
    const message = Buffer.concat([query(HOST, { edns: { payloadBytes: 512 } }), RECORD]);
    message.writeUInt16BE(2, 10);
    expect(decode(await udpFirst(await startServer(), message)).rcode).toBe('NOERROR');
  });
});

describe('an answer over UDP', () => {
  test.each<[string, string, QueryOptions['edns'], boolean]>([
    ['is cut short over 512 octets without EDNS', 'medium', undefined, true],
    ['is cut short over 512 octets for who takes less than that', 'medium', { payloadBytes: 1 }, true],
    ['is whole within 512 octets for who takes less than that', '_cottage.lunch', { payloadBytes: 1 }, false],
    ['is whole within what the asker takes', 'medium', { payloadBytes: 700 }, false],
    ['is cut short over what the asker takes', 'medium', { payloadBytes: 650 }, true],
    ['is cut short over 1232 octets, whatever the asker takes', 'large', { payloadBytes: 65_535 }, true],
  ])('%s', async (_, name, edns, cut) => {
    const answer = await askUdp(await startServer(), `${name}.${ZONE}`, { type: TYPE.TXT, edns });
    expect(answer.flags).toBe(FLAG.QR | FLAG.AA | (cut ? FLAG.TC : 0));
    expect(answer.answers.length === 0).toBe(cut);
    expect(answer.opt === undefined).toBe(edns === undefined);
    expect(answer.bytes).toBeLessThanOrEqual(700);
  });

  test('that was cut short is whole over TCP', async () => {
    const answer = await askTcp(await startServer(), `large.${ZONE}`, { type: TYPE.TXT });
    expect(answer.flags).toBe(FLAG.QR | FLAG.AA);
    expect(values(answer.answers)).toEqual(LARGE);
  });
});

describe('TCP', () => {
  test('answers several questions on one connection, in order, however they are cut', async () => {
    const port = await startServer();
    const messages = [1, 2, 3].map((id) => framed(query(HOST, { id })));
    const octets = Array.from(Buffer.concat(messages), (octet) => Buffer.from([octet]));
    for (const chunks of [messages, [Buffer.concat(messages)], octets]) {
      const answers = (await tcp(port, ...chunks)).map(decode);
      expect(answers.map(({ id, rcode }) => [id, rcode])).toEqual([1, 2, 3].map((id) => [id, 'NOERROR']));
    }
  });

  test('answers everything to who has finished asking and takes the answers later', async () => {
    const large = query(`large.${ZONE}`, { type: TYPE.TXT });
    const answers = await tcp(await startServer(), ...Array.from({ length: 1_000 }, () => framed(large)));
    expect(answers).toHaveLength(1_000);
  });

  test('passes over a message that has no header, and over an answer', async () => {
    const port = await startServer();
    const good = framed(query(HOST));
    for (const bad of [Buffer.alloc(0), Buffer.alloc(11), query(HOST, { flags: FLAG.QR })]) {
      expect(await tcp(port, good, framed(bad), good)).toHaveLength(2);
    }
  });

  test('gives nothing for half a message', async () => {
    const port = await startServer();
    expect(await tcp(port, framed(query(HOST)).subarray(0, 20))).toEqual([]);
    expect(await tcp(port, Buffer.from([0]))).toEqual([]);
  });

  test('cuts who sends octet by octet and never a whole question', async () => {
    const socket = connect(await startServer({ idleMs: 50 }), '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => {});
    // The length alone promises 65,535 octets.
    const drip = () => {
      if (socket.destroyed) return;
      socket.write(Buffer.from([0xff]));
      setImmediate(drip);
    };
    drip();
    await closed;
    expect(socket.bytesWritten).toBeLessThan(65_535);
  });

  test('cuts who says nothing', async () => {
    const socket = connect(await startServer({ idleMs: 1 }), '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    socket.resume();
    expect(await once(socket, 'close')).toEqual([false]);
  });

  test('goes on when somebody leaves in the middle of a message or of an answer', async () => {
    const port = await startServer();
    const large = framed(query(`large.${ZONE}`, { type: TYPE.TXT }));
    for (const octets of [large.subarray(0, 9), Buffer.concat(Array.from({ length: 500 }, () => large))]) {
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      await new Promise((resolve) => socket.write(octets, resolve));
      socket.resetAndDestroy();
      expect((await askTcp(port, HOST)).rcode).toBe('NOERROR');
    }
  });

  test('holds 128 connections and no more', async () => {
    const port = await startServer({ connectionsPerAddress: 1000 });
    const open = async () => {
      const socket = connect(port, '127.0.0.1');
      onTestFinished(() => void socket.destroy());
      socket.on('error', () => {});
      await once(socket, 'connect');
      return socket;
    };
    const held = [];
    for (let count = 0; count < 128; count += 1) held.push(await open());
    const oneTooMany = await open();
    oneTooMany.resume();
    await once(oneTooMany, 'close');
    held[127]?.write(framed(query(HOST)));
    const [reply] = (await once(held[127] ?? oneTooMany, 'data')) as [Buffer];
    expect(decode(reply.subarray(2)).rcode).toBe('NOERROR');
  });
});

describe('what is no proper query', () => {
  const good = query(HOST, { id: 1 });
  const changed = (change: (message: Buffer) => void, ...more: Buffer[]): Buffer => {
    const message = Buffer.from(query(HOST, { id: 2, flags: FLAG.RD }));
    change(message);
    return Buffer.concat([message, ...more]);
  };

  test.each<[string, Buffer]>([
    ['an empty message', Buffer.alloc(0)],
    ['a message of 11 octets', good.subarray(0, 11)],
    ['an answer', query(HOST, { id: 2, flags: FLAG.QR })],
    ['an answer that is malformed', query(HOST, { id: 2, flags: FLAG.QR }).subarray(0, 20)],
    ['an answer to another operation', query(HOST, { id: 2, flags: FLAG.QR, opcode: 4 })],
  ])('%s is not answered', async (_, message) => {
    expect(decode(await udpFirst(await startServer(), message, good)).id).toBe(1);
  });

  test.each<[string, Buffer]>([
    ['a header alone', changed(() => {}).subarray(0, 12)],
    ['no question', changed((message) => message.writeUInt16BE(0, 4))],
    ['two questions', changed((message) => message.writeUInt16BE(2, 4), query(HOST).subarray(12))],
    ['an answer section', changed((message) => message.writeUInt16BE(1, 6), RECORD)],
    ['two authority records', changed((message) => message.writeUInt16BE(2, 8), RECORD, RECORD)],
    ['three additional records', changed((message) => message.writeUInt16BE(3, 10), RECORD, RECORD, RECORD)],
    ['an additional record that is not there', changed((message) => message.writeUInt16BE(1, 10))],
    ['a name that never ends', changed(() => {}).subarray(0, 20)],
    ['a name without type', changed(() => {}).subarray(0, -4)],
    ['half a class', changed(() => {}).subarray(0, -1)],
    ['a compression pointer for a name', changed((message) => message.writeUInt16BE(0xc00c, 12))],
    [
      'a compression pointer forward to a good name',
      changed((message) => message.writeUInt16BE(0xc012, 12), Buffer.alloc(300)),
    ],
    ['a label of a reserved kind', changed((message) => message.writeUInt8(0x40, 12))],
  ])('a query with %s is malformed', async (_, message) => {
    const reply = await udpFirst(await startServer(), message);
    expect(reply).toHaveLength(12);
    expect(decode(reply)).toMatchObject({ id: 2, rcode: 'FORMERR', flags: FLAG.QR | FLAG.RD });
  });

  test('a name of 256 octets is malformed, one of 255 does not exist', async () => {
    const port = await startServer();
    expect(await askUdp(port, labelsWith(44))).toMatchObject({ rcode: 'NXDOMAIN', authorities: [SOA] });
    expect((await askUdp(port, labelsWith(45))).rcode).toBe('FORMERR');
  });

  test.each([1, 2, 4, 5, 15])('operation %i is not implemented', async (opcode) => {
    const port = await startServer();
    const message = query(HOST, { id: 2, opcode });
    for (const octets of [message, message.subarray(0, 12)]) {
      const reply = await udpFirst(port, octets);
      expect(reply).toHaveLength(12);
      expect(decode(reply)).toMatchObject({ id: 2, opcode, rcode: 'NOTIMP' });
    }
  });

  test.each([1, 4, 5])('operation %i with EDNS is not implemented, and answered in kind', async (opcode) => {
    const port = await startServer();
    const message = query(HOST, { id: 2, opcode, edns: { payloadBytes: 4096 } });
    const opt = message.subarray(-11);
    const update = Buffer.concat([message.subarray(0, -11), RECORD, RECORD, opt]);
    update.writeUInt16BE(2, 8);
    for (const octets of [message, update]) {
      expect(decode(await udpFirst(port, octets))).toMatchObject({
        id: 2,
        opcode,
        rcode: 'NOTIMP',
        opt: { payloadBytes: 1232, version: 0 },
      });
    }
    // Cut in the middle there is no OPT to be read, and none is sent.
    expect(await udpFirst(port, update.subarray(0, -3))).toHaveLength(12);
  });

  test.each<[string, string[]]>([
    ['a dot inside a label', ['lunch.apps', 'example', 'com']],
    ['a dot that begins a label', ['.lunch', ...ZONE.split('.')]],
    ['a label of dots', ['...', ...ZONE.split('.')]],
    ['a NUL', ['lunch', 'apps\0', 'example', 'com']],
    ['a NUL after the whole', ['lunch\0', ...ZONE.split('.')]],
    ['a high octet', ['lunch\xc4', ...ZONE.split('.')]],
    ['a question mark', ['lunch?', ...ZONE.split('.')]],
  ])('a name with %s is never taken for another, and comes back as it was', async (_, labels) => {
    const port = await startServer();
    const edns = { payloadBytes: 512 };
    const answer = await askUdp(port, labels, { edns });
    const inside = labels.slice(-3).join('.') === ZONE;
    expect(answer.rcode).toBe(inside ? 'NXDOMAIN' : 'REFUSED');
    expect(answer.authorities).toEqual(inside ? [SOA] : []);
    const octets = query(labels).subarray(12);
    expect(answer.question).toEqual(octets);
  });

  test('random octets and cut or bent queries are answered when they begin like a query, and harm nobody', async () => {
    const port = await startServer({ rateLimit: { perSecond: 1_000_000 } });
    const random = mulberry32(20_260_302);
    const octet = () => Math.floor(random() * 256);
    const whole = query(HOST, { id: 2, type: TYPE.TXT, edns: { payloadBytes: 4096 } });
    const corpus = [
      ...Array.from({ length: whole.length }, (_, length) => whole.subarray(0, length)),
      ...Array.from({ length: 500 }, () => Buffer.from(Array.from({ length: octet() }, octet))),
      ...Array.from({ length: 1_000 }, () => {
        const bent = Buffer.from(whole);
        for (let count = 1 + (octet() % 4); count > 0; count -= 1) bent[octet() % bent.length] = octet();
        return bent;
      }),
    ];
    for (const message of corpus) {
      // Each is followed by a good query from the same port, so silence is seen without waiting.
      const reply = decode(await udpFirst(port, message, good));
      const isQuery = message.length >= 12 && ((message[2] ?? 0) & 0x80) === 0;
      expect(reply.id).toBe(isQuery ? message.readUInt16BE(0) : 1);
      expect(reply.flags & FLAG.QR).toBe(FLAG.QR);
    }
    for (const message of corpus.filter((_, index) => index % 8 === 0)) {
      const replies = (await tcp(port, framed(good), framed(message))).map(decode);
      expect(replies[0]?.rcode).toBe('NOERROR');
    }
    expect((await askUdp(port, HOST)).rcode).toBe('NOERROR');
  });
});

const unreadable = () => {
  throw new Error('the zone cannot be read');
};

describe('the server', () => {
  const broken: ZoneReader = { lookup: unreadable, whole: unreadable, version: unreadable };

  test('says so when a zone cannot be read, and tells why to who runs it', async () => {
    const errors: unknown[] = [];
    const port = await startServer({ zones: broken, onError: (error) => errors.push(error) });
    const answer = await askUdp(port, HOST, { edns: { payloadBytes: 512 } });
    expect(answer).toMatchObject({ rcode: 'SERVFAIL', flags: FLAG.QR, answers: [], opt: { version: 0 } });
    expect(errors).toEqual([new Error('the zone cannot be read')]);
    expect((await askTcp(port, HOST)).rcode).toBe('SERVFAIL');
  });

  test('needs nobody to listen to its errors', async () => {
    expect((await askUdp(await startServer({ zones: broken }), HOST)).rcode).toBe('SERVFAIL');
  });

  test('does not answer to port 0, where Node cannot send', async () => {
    const [sockets, port] = [createdOn('udp.socket', 'socket'), await startServer()];
    // No ordinary program can send from port 0, so the datagram is handed over where the system would.
    const from: RemoteInfo = { address: '127.0.0.1', family: 'IPv4', port: 0, size: 1 };
    expect(sockets[0]?.emit('message', query(HOST), from)).toBe(true);
    expect((await askUdp(port, HOST)).rcode).toBe('NOERROR');
  });

  test('outlives an error of its sockets, and tells it', async () => {
    const udp = createdOn('udp.socket', 'socket');
    const tcpServers = createdOn('tracing:net.server.listen:asyncEnd', 'server');
    const errors: unknown[] = [];
    const port = await startServer({ onError: (error) => errors.push(error) });
    const tooManyFiles = new Error('EMFILE');
    for (const socket of [udp[0], tcpServers[0]]) socket?.emit('error', tooManyFiles);
    expect(errors).toEqual([tooManyFiles, tooManyFiles]);
    expect((await askUdp(port, HOST)).rcode).toBe('NOERROR');
    expect((await askTcp(port, HOST)).rcode).toBe('NOERROR');
  });

  test('has UDP and TCP on one port', async () => {
    const port = await startServer();
    expect((await askUdp(port, HOST)).rcode).toBe('NOERROR');
    expect((await askTcp(port, HOST)).rcode).toBe('NOERROR');
  });

  test('does not start on a port of which either half is taken, and leaves nothing open', async () => {
    const taken = createServer();
    onTestFinished(() => void taken.close());
    taken.listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    await expect(startServer({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });

    // Only free when the half that was open has been closed again.
    const half = createSocket('udp4');
    onTestFinished(() => void half.close());
    half.bind(port, '127.0.0.1');
    await once(half, 'listening');
    await expect(startServer({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  test('listens on IPv6 too', async () => {
    const port = await startServer({ host: '::1' });
    const socket = createSocket('udp6');
    onTestFinished(() => void socket.close());
    socket.send(query(HOST), port, '::1');
    const [reply] = (await once(socket, 'message')) as [Buffer];
    expect(decode(reply).rcode).toBe('NOERROR');
  });

  test('stops, cuts who is connected, and starts again on the same port', async () => {
    const dns = new LocalDns(tempDatabase(), { nameServer: 'ns.example.net' });
    const first = new DnsServer({ zones: dns });
    const { port } = await first.start();
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const closed = once(socket.resume(), 'close');
    await first.stop();
    await closed;
    await first.stop();
    const second = new DnsServer({ zones: dns, port });
    onTestFinished(() => second.stop());
    expect(await second.start()).toEqual({ port });
  });
});

/** What Node says on this channel that it has created, until the test ends. */
function createdOn(channel: string, property: 'socket' | 'server'): EventEmitter[] {
  const created: EventEmitter[] = [];
  const listener = (message: unknown) => {
    created.push((message as Record<typeof property, EventEmitter>)[property]);
  };
  subscribe(channel, listener);
  onTestFinished(() => void unsubscribe(channel, listener));
  return created;
}

/** A small seeded generator, so that a failing corpus is the same again. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('too many questions from one network', () => {
  test('get hints to come over TCP, where they are answered, and the hints are no larger than the questions', async () => {
    const port = await startServer({ rateLimit: { perSecond: 1, burst: 2, now: () => 0 } });
    const asked = query(HOST, { edns: { payloadBytes: 1232 } });
    const answers: Buffer[] = [];
    const socket = createSocket('udp4');
    onTestFinished(() => void socket.close());
    socket.on('message', (message) => answers.push(message));
    for (let i = 0; i < 6; i += 1) socket.send(asked, port, '127.0.0.1');
    await vi.waitFor(() => expect(answers).toHaveLength(4));
    const told = answers.map((message) => {
      const { flags, answers: records, rcode } = decode(message);
      return { rcode, isCut: (flags & FLAG.TC) !== 0, records: records.length };
    });
    const hint = { rcode: 'NOERROR', isCut: true, records: 0 };
    const whole = { rcode: 'NOERROR', isCut: false, records: 2 };
    expect(told).toEqual([whole, whole, hint, hint]);
    expect(answers.at(-1)?.length).toBeLessThanOrEqual(asked.length);
    expect((await askTcp(port, HOST)).answers).toHaveLength(2);
  });

  test('over too many connections at once are turned away; others are answered', async () => {
    const port = await startServer({ connectionsPerAddress: 2 });
    const held = [await connected(port, '127.0.0.1'), await connected(port, '127.0.0.1')];
    const third = connect({ port, host: '127.0.0.1' });
    await once(third, 'close');
    expect((await askTcpFrom('127.0.0.2', port)).length).toBeGreaterThan(12);
    for (const socket of held) socket.destroy();
    await vi.waitFor(async () => expect((await askTcp(port, HOST)).answers).toHaveLength(2));
  });
});

async function connected(port: number, localAddress: string) {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

async function askTcpFrom(localAddress: string, port: number): Promise<Buffer> {
  const socket = await connected(port, localAddress);
  socket.write(framed(query(HOST)));
  const [answer] = (await once(socket, 'data')) as [Buffer];
  return answer;
}
