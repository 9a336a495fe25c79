import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { onTestFinished } from 'vitest';

/**
 * A small DNS client that shares nothing with the server: what it reads and writes is written out here from RFC 1035
 * and 6891, so that a mistake of the server's library cannot hide in it.
 */

export const TYPE = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  OPT: 41,
  DS: 43,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
  CAA: 257,
} as const;
const TYPE_NAMES = new Map(Object.entries(TYPE).map(([name, code]) => [code as number, name]));

export const RCODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'] as const;

export interface QueryOptions {
  id?: number;
  type?: number;
  class?: number;
  opcode?: number;
  /** QR, AA, TC, RD, RA, Z, AD, CD: the bits of the header beside opcode and rcode. */
  flags?: number;
  edns?: { payloadBytes: number; version?: number; dnssecOk?: boolean };
}

export const FLAG = { QR: 0x8000, AA: 0x0400, TC: 0x0200, RD: 0x0100, RA: 0x0080, Z: 0x0040 } as const;

export function wireName(labels: readonly string[]): Buffer {
  const parts = labels.map((label) => Buffer.from(label, 'latin1'));
  return Buffer.concat([...parts.flatMap((part) => [Buffer.from([part.length]), part]), Buffer.from([0])]);
}

const uint16 = (...values: number[]): Buffer =>
  Buffer.from(values.flatMap((value) => [(value >>> 8) & 0xff, value & 0xff]));

/** An OPT record with no options. */
export function optRecord(edns: NonNullable<QueryOptions['edns']>, owner: Buffer = Buffer.from([0])): Buffer {
  const ttl = [0, edns.version ?? 0, edns.dnssecOk === true ? 0x80 : 0, 0];
  return Buffer.concat([owner, uint16(TYPE.OPT, edns.payloadBytes), Buffer.from(ttl), uint16(0)]);
}

/** A query for a name, given with dots or as its labels. */
export function query(name: string | readonly string[], options: QueryOptions = {}): Buffer {
  const labels = typeof name === 'string' ? name.split('.').filter((label) => label !== '') : name;
  const flags = (options.flags ?? 0) | ((options.opcode ?? 0) << 11);
  const header = uint16(options.id ?? 4711, flags, 1, 0, 0, options.edns === undefined ? 0 : 1);
  const question = Buffer.concat([wireName(labels), uint16(options.type ?? TYPE.A, options.class ?? 1)]);
  const opt = options.edns === undefined ? Buffer.alloc(0) : optRecord(options.edns);
  return Buffer.concat([header, question, opt]);
}

export interface Rr {
  name: string;
  type: string;
  ttlSeconds: number;
  /** Presentation form, TXT unquoted. */
  value: string;
}

export interface Answer {
  id: number;
  /** QR, AA, TC, RD, RA, Z, AD, CD. */
  flags: number;
  opcode: number;
  rcode: string;
  /** The question's octets as they came back. */
  question: Buffer;
  answers: Rr[];
  authorities: Rr[];
  opt?: { payloadBytes: number; version: number; dnssecOk: boolean };
  bytes: number;
}

export function decode(message: Buffer): Answer {
  const bits = message.readUInt16BE(2);
  let offset = 12;
  for (let count = message.readUInt16BE(4); count > 0; count -= 1) offset = readName(message, offset).end + 4;
  const question = message.subarray(12, offset);
  const read = (count: number): RawRr[] =>
    Array.from({ length: count }, () => {
      const rr = readRr(message, offset);
      offset = rr.end;
      return rr;
    });
  const answers = read(message.readUInt16BE(6));
  const authorities = read(message.readUInt16BE(8));
  const [opt] = read(message.readUInt16BE(10)).filter((rr) => rr.code === TYPE.OPT);
  if (offset !== message.length) throw new Error(`${message.length - offset} octets after the last record`);
  const rcode = (bits & 0xf) | (opt === undefined ? 0 : (opt.ttl >>> 24) << 4);
  return {
    id: message.readUInt16BE(0),
    flags: bits & 0x87f0,
    opcode: (bits >>> 11) & 0xf,
    rcode: RCODES[rcode] ?? `RCODE${rcode}`,
    question,
    answers: answers.map((rr) => rr.shown),
    authorities: authorities.map((rr) => rr.shown),
    bytes: message.length,
    ...(opt && {
      opt: { payloadBytes: opt.class, version: (opt.ttl >>> 16) & 0xff, dnssecOk: (opt.ttl & 0x8000) !== 0 },
    }),
  };
}

interface RawRr {
  code: number;
  class: number;
  ttl: number;
  end: number;
  shown: Rr;
}

function readRr(message: Buffer, start: number): RawRr {
  const owner = readName(message, start);
  const code = message.readUInt16BE(owner.end);
  const ttl = message.readUInt32BE(owner.end + 4);
  const data = owner.end + 10;
  const end = data + message.readUInt16BE(owner.end + 8);
  const type = TYPE_NAMES.get(code) ?? `TYPE${code}`;
  const value = readData(message, type, data, end);
  return {
    code,
    class: message.readUInt16BE(owner.end + 2),
    ttl,
    end,
    shown: { name: owner.name, type, ttlSeconds: ttl, value },
  };
}

function readData(message: Buffer, type: string, start: number, end: number): string {
  const data = message.subarray(start, end);
  switch (type) {
    case 'A':
      return [...data].join('.');
    case 'AAAA':
      return (data.toString('hex').match(/.{4}/g) ?? []).join(':');
    case 'NS':
    case 'CNAME':
      return readName(message, start).name;
    case 'TXT':
      if (data[0] !== data.length - 1) throw new Error('a TXT record of more than one string');
      return data.toString('latin1', 1);
    case 'CAA': {
      const tagEnd = 2 + (data[1] ?? 0);
      return `${data[0]} ${data.toString('latin1', 2, tagEnd)} "${data.toString('latin1', tagEnd)}"`;
    }
    case 'SOA': {
      const primary = readName(message, start);
      const contact = readName(message, primary.end);
      const timers = [0, 4, 8, 12, 16].map((at) => message.readUInt32BE(contact.end + at));
      return [primary.name, contact.name, ...timers].join(' ');
    }
    default:
      return data.toString('hex');
  }
}

function readName(message: Buffer, start: number): { name: string; end: number } {
  const labels: string[] = [];
  let end: number | undefined;
  let offset = start;
  for (let length = message.readUInt8(offset); length !== 0; length = message.readUInt8(offset)) {
    if (length >= 0xc0) {
      end ??= offset + 2;
      const target = message.readUInt16BE(offset) & 0x3fff;
      if (target >= offset) throw new Error('a compression pointer that points forward');
      offset = target;
    } else {
      labels.push(message.toString('latin1', offset + 1, offset + 1 + length));
      offset += 1 + length;
    }
  }
  return { name: labels.join('.'), end: end ?? offset + 1 };
}

/** Sends all of these from one UDP port, in order, and returns the first answer. */
export async function udpFirst(port: number, ...requests: Buffer[]): Promise<Buffer> {
  const socket = createSocket('udp4');
  try {
    socket.connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const reply = once(socket, 'message');
    for (const request of requests) socket.send(request);
    const [message] = (await reply) as [Buffer];
    return message;
  } finally {
    socket.close();
  }
}

export async function askUdp(
  port: number,
  name: string | readonly string[],
  options?: QueryOptions,
): Promise<Answer> {
  return decode(await udpFirst(port, query(name, options)));
}

/** Length-prefixed, as TCP wants it. */
export const framed = (message: Buffer): Buffer => Buffer.concat([uint16(message.length), message]);

/** Writes these chunks over one TCP connection, says that this is all, and returns every message that comes back. */
export async function tcp(port: number, ...chunks: Buffer[]): Promise<Buffer[]> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  for (const chunk of chunks) socket.write(chunk);
  socket.end();
  let bytes: Buffer = Buffer.alloc(0);
  for await (const chunk of socket) bytes = Buffer.concat([bytes, chunk as Buffer]);
  const messages: Buffer[] = [];
  while (bytes.length > 0) {
    const end = 2 + bytes.readUInt16BE(0);
    messages.push(bytes.subarray(2, end));
    bytes = bytes.subarray(end);
  }
  return messages;
}

export async function askTcp(port: number, name: string, options?: QueryOptions): Promise<Answer> {
  const [message] = await tcp(port, framed(query(name, options)));
  if (message === undefined) throw new Error('the connection was closed without an answer');
  return decode(message);
}
