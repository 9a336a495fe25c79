import { type Header, Packet, type Resource } from 'dns2';
import type { RecordSet } from '../shared/dns/dns.ts';
import { CAA_VALUE } from '../shared/dns/zone-rules.ts';
import { CLASS, type Edns, type Envelope, type Query, RCODE, TYPE } from './dns-message.ts';
import { HEADER_BYTES } from './dns-records.ts';

export type Transport = 'udp' | 'tcp';

/** The body of an answer. */
export interface Reply {
  rcode: number;
  authoritative: boolean;
  answers: RecordSet[];
  authorities: RecordSet[];
}

/** 1280, the smallest MTU of IPv6, less headers: no fragments (DNS flag day 2020). */
const OUR_PAYLOAD_BYTES = 1232;
/** RFC 1035, for who does not speak EDNS. */
const PLAIN_PAYLOAD_BYTES = 512;

/** An answer without the question, of which there may be none that could be repeated. */
export function headerOnly(envelope: Envelope, rcode: number, edns?: Edns): Buffer {
  const packet = new Packet(answerHeader(envelope, rcode));
  if (edns !== undefined) packet.additionals = [optOf(edns)];
  return packet.toBuffer();
}

/**
 * The answer to a query. Over UDP it keeps to what the asker takes, and says so when that cut it short.
 * `reservedBytes`: what is to be added to it, as a signature.
 */
export function writeReply(query: Query, reply: Reply, transport: Transport, reservedBytes = 0): Buffer {
  const whole = encode(query, reply, false);
  if (transport === 'tcp' || whole.length + reservedBytes <= udpLimit(query.edns)) return whole;
  return encode(query, { ...reply, answers: [], authorities: [] }, true);
}

/** Says nothing but that it should be asked over TCP. */
export function writeTruncated(query: Query): Buffer {
  return encode(query, { rcode: RCODE.NOERROR, authoritative: false, answers: [], authorities: [] }, true);
}

/** How many octets an answer over UDP may have. */
export function udpLimit(edns: Edns | undefined): number {
  if (edns === undefined) return PLAIN_PAYLOAD_BYTES;
  return Math.min(Math.max(edns.payloadBytes, PLAIN_PAYLOAD_BYTES), OUR_PAYLOAD_BYTES);
}

export const isTruncated = (message: Buffer): boolean => (message.readUInt8(2) & 0x02) !== 0;

const optOf = (edns: Edns): Resource =>
  Packet.Resource.EDNS([], { udpPayloadSize: OUR_PAYLOAD_BYTES, doFlag: edns.dnssecOk });

function encode({ envelope, question, edns }: Query, reply: Reply, truncated: boolean): Buffer {
  const packet = new Packet(
    answerHeader(envelope, reply.rcode, { aa: reply.authoritative ? 1 : 0, tc: truncated ? 1 : 0 }),
  );
  packet.questions = [new Packet.Question(question.name, question.type, question.class)];
  packet.answers = reply.answers.flatMap(resources);
  packet.authorities = reply.authorities.flatMap(resources);
  if (edns !== undefined) packet.additionals = [optOf(edns)];
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
