import { type Header, Packet, type Resource } from 'dns2';
import type { RecordSet } from '../shared/dns/dns.ts';
import { CAA_VALUE } from '../shared/dns/zone-rules.ts';

/**
 * DNS messages, by dns2's parser and encoder. What dns2 does badly is kept away from it:
 * - it follows chains of compression pointers in every record, so the number of records is bounded first;
 * - it joins labels with dots, also a label that holds one, so the question is read here and echoed octet by octet.
 */

/** What every answer to a message repeats from its header. */
export interface Envelope {
  id: number;
  opcode: number;
  recursionDesired: 0 | 1;
}

export interface Question {
  /** Lower-case, no final dot; what no record's name may hold stands as `?`. */
  name: string;
  type: number;
  class: number;
  /** As it came, with the case of its letters: resolvers check that it comes back (0x20). */
  octets: Buffer;
}

/** RFC 6891, as far as we take part in it. */
export interface Edns {
  version: number;
  /** The largest UDP answer the asker takes. */
  payloadBytes: number;
  dnssecOk: boolean;
}

export type Message =
  /** Too short, or itself an answer: answering it could go on for ever. */
  | { kind: 'ignored' }
  | { kind: 'malformed'; envelope: Envelope }
  /** Anything but a standard query. */
  | { kind: 'unsupported'; envelope: Envelope }
  | { kind: 'query'; envelope: Envelope; question: Question; edns: Edns | undefined };

/** The body of an answer. */
export interface Reply {
  rcode: number;
  authoritative: boolean;
  answers: RecordSet[];
  authorities: RecordSet[];
}

export const { RCODE, TYPE, CLASS } = Packet;

/** 1280, the smallest MTU of IPv6, less headers: no fragments (DNS flag day 2020). */
const OUR_PAYLOAD_BYTES = 1232;
/** RFC 1035, for who does not speak EDNS. */
const PLAIN_PAYLOAD_BYTES = 512;

/** An IXFR carries its SOA. */
const MAX_AUTHORITIES = 1;
/** OPT and a signature. */
const MAX_ADDITIONALS = 2;

const HEADER_BYTES = Packet.HEADER_SIZE;
const STANDARD_QUERY = 0;

/** Reads what somebody sent. Never throws. */
export function readMessage(message: Buffer): Message {
  if (message.length < HEADER_BYTES) return { kind: 'ignored' };
  const header = Packet.Header.parse(message);
  if (header.qr === 1) return { kind: 'ignored' };
  const envelope: Envelope = { id: header.id, opcode: header.opcode, recursionDesired: header.rd };
  if (header.opcode !== STANDARD_QUERY) return { kind: 'unsupported', envelope };

  const malformed: Message = { kind: 'malformed', envelope };
  if (header.qdcount !== 1 || header.ancount !== 0) return malformed;
  if (header.nscount > MAX_AUTHORITIES || header.arcount > MAX_ADDITIONALS) return malformed;
  const question = readQuestion(message);
  const packet = Packet.parse(message);
  if (question === undefined || packet.errors.length > 0) return malformed;
  const [opt, ...otherOpts] = packet.additionals.filter((record) => record.type === TYPE.EDNS);
  if (otherOpts.length > 0 || (opt !== undefined && opt.name !== '')) return malformed;
  const edns = opt && {
    version: opt.version ?? 0,
    payloadBytes: opt.class,
    dnssecOk: opt.doFlag ?? false,
  };
  return { kind: 'query', envelope, question, edns };
}

/**
 * The question starts right after the header. A compression pointer has nothing before it to point at. That the whole
 * name is not longer than 255 octets, dns2 has seen to.
 */
function readQuestion(message: Buffer): Question | undefined {
  const labels: string[] = [];
  let offset = HEADER_BYTES;
  for (;;) {
    const length = message[offset];
    if (length === undefined || length > 63) return undefined;
    offset += 1;
    if (length === 0) break;
    labels.push(message.toString('latin1', offset, offset + length));
    offset += length;
  }
  if (offset + 4 > message.length) return undefined;
  return {
    name: labels.map((label) => label.toLowerCase().replaceAll(/[^a-z0-9_-]/g, '?')).join('.'),
    type: message.readUInt16BE(offset),
    class: message.readUInt16BE(offset + 2),
    octets: message.subarray(HEADER_BYTES, offset + 4),
  };
}

/** An answer of a header alone: there may be no question that could be repeated. */
export function headerOnly(envelope: Envelope, rcode: number): Buffer {
  return new Packet(answerHeader(envelope, rcode)).toBuffer();
}

/** The answer to a query. Over UDP it keeps to what the asker takes, and says so when that cut it short. */
export function writeReply(
  query: Extract<Message, { kind: 'query' }>,
  reply: Reply,
  transport: 'udp' | 'tcp',
): Buffer {
  const whole = encode(query, reply, false);
  if (transport === 'tcp' || whole.length <= udpLimit(query.edns)) return whole;
  return encode(query, { ...reply, answers: [], authorities: [] }, true);
}

/** Says nothing but that it should be asked over TCP. */
export function writeTruncated(query: Extract<Message, { kind: 'query' }>): Buffer {
  return encode(query, { rcode: RCODE.NOERROR, authoritative: false, answers: [], authorities: [] }, true);
}

function udpLimit(edns: Edns | undefined): number {
  if (edns === undefined) return PLAIN_PAYLOAD_BYTES;
  return Math.min(Math.max(edns.payloadBytes, PLAIN_PAYLOAD_BYTES), OUR_PAYLOAD_BYTES);
}

function encode(
  { envelope, question, edns }: Extract<Message, { kind: 'query' }>,
  reply: Reply,
  truncated: boolean,
): Buffer {
  const packet = new Packet(
    answerHeader(envelope, reply.rcode, { aa: reply.authoritative ? 1 : 0, tc: truncated ? 1 : 0 }),
  );
  packet.questions = [new Packet.Question(question.name, question.type, question.class)];
  packet.answers = reply.answers.flatMap(resources);
  packet.authorities = reply.authorities.flatMap(resources);
  if (edns !== undefined) {
    packet.additionals = [
      Packet.Resource.EDNS([], { udpPayloadSize: OUR_PAYLOAD_BYTES, doFlag: edns.dnssecOk }),
    ];
  }
  const message = packet.toBuffer();
  // dns2 wrote as many octets as the question has, label for label, so pointers into it stay right.
  question.octets.copy(message, HEADER_BYTES);
  return message;
}

function answerHeader(envelope: Envelope, rcode: number, flags: { aa?: 0 | 1; tc?: 0 | 1 } = {}): Header {
  const { id, opcode, recursionDesired: rd } = envelope;
  return new Packet.Header({ id, opcode, rd, rcode, qr: 1, ...flags });
}

function resources(set: RecordSet): Resource[] {
  const common = { name: set.name, type: TYPE[set.type], class: CLASS.IN, ttl: set.ttlSeconds };
  return set.values.map((value) => new Packet.Resource({ ...common, ...resourceData(set.type, value) }));
}

function resourceData(type: RecordSet['type'], value: string): Partial<Resource> {
  switch (type) {
    case 'A':
    case 'AAAA':
      return { address: value };
    case 'CNAME':
      return { domain: value };
    case 'NS':
      return { ns: value };
    case 'TXT':
      return { data: [value] };
    case 'CAA': {
      const [, flags, tag, text] = CAA_VALUE.exec(value) ?? [];
      return { flags: Number(flags), tag: tag ?? '', value: text ?? '' };
    }
    case 'SOA': {
      const [primary, admin, ...timers] = value.split(' ');
      const [serial, refresh, retry, expiration, minimum] = timers.map(Number);
      return { primary, admin, serial, refresh, retry, expiration, minimum };
    }
    default:
      throw new TypeError(`no wire form for ${String(type)}`);
  }
}
