import { Packet } from 'dns2';
import { HEADER_BYTES, readName, readRecords, skipName, type WireRecord } from './dns-records.ts';
import { readSignature, type Signature } from './dns-signature.ts';

/**
 * Reads DNS messages. Not with dns2's parser, which follows compression pointers in every record, joins labels with dots,
 * also a label that holds one, and does not say where a signature begins. What is asked is read here octet by octet.
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

export interface Query {
  kind: 'query';
  envelope: Envelope;
  question: Question;
  edns: Edns | undefined;
  /** RFC 8945: not yet checked. */
  signature: Signature | undefined;
}

export type Message =
  /** Too short, or itself an answer: answering it could go on for ever. */
  | { kind: 'ignored' }
  | { kind: 'malformed'; envelope: Envelope }
  /** Anything but a standard query. */
  | { kind: 'unsupported'; envelope: Envelope; edns: Edns | undefined }
  | Query;

export const { RCODE, TYPE, CLASS } = Packet;
export const TSIG = 250;

/** An IXFR carries its SOA. */
const MAX_AUTHORITIES = 1;
/** OPT and a signature. */
const MAX_ADDITIONALS = 2;

const STANDARD_QUERY = 0;

/** Reads what somebody sent. Never throws. */
export function readMessage(message: Buffer): Message {
  if (message.length < HEADER_BYTES) return { kind: 'ignored' };
  const bits = message.readUInt16BE(2);
  if ((bits & 0x8000) !== 0) return { kind: 'ignored' };
  const opcode = (bits >>> 11) & 0xf;
  const recursionDesired = (bits & 0x0100) === 0 ? 0 : 1;
  const envelope: Envelope = { id: message.readUInt16BE(0), opcode, recursionDesired };
  const [questions = 0, answers = 0, authorities = 0, additionals = 0] = [4, 6, 8, 10].map((at) =>
    message.readUInt16BE(at),
  );
  if (opcode !== STANDARD_QUERY) {
    return { kind: 'unsupported', envelope, edns: ednsOfUnsupported(message) };
  }
  const malformed: Message = { kind: 'malformed', envelope };
  if (questions !== 1 || answers !== 0) return malformed;
  if (authorities > MAX_AUTHORITIES || additionals > MAX_ADDITIONALS) return malformed;
  const question = readQuestion(message);
  if (!question) return malformed;
  const records = readRecords(message, HEADER_BYTES + question.octets.length, authorities + additionals);
  const extras = records && readExtras(message, records.slice(authorities));
  return extras ? { kind: 'query', envelope, question, ...extras } : malformed;
}

/** The question starts right after the header. A compression pointer has nothing before it to point at. */
function readQuestion(message: Buffer): Question | undefined {
  const read = readName(message, HEADER_BYTES);
  if (!read || read.end + 4 > message.length) return undefined;
  const labels = read.labels.map((label) => label.toLowerCase().replaceAll(/[^a-z0-9_-]/g, '?'));
  return {
    name: labels.join('.'),
    type: message.readUInt16BE(read.end),
    class: message.readUInt16BE(read.end + 2),
    octets: message.subarray(HEADER_BYTES, read.end + 4),
  };
}

/** What may stand in the additional section of a query, once each: OPT anywhere, a signature at the very end. */
function readExtras(
  message: Buffer,
  additionals: WireRecord[],
): Pick<Query, 'edns' | 'signature'> | undefined {
  const opts = additionals.filter(({ type }) => type === TYPE.EDNS);
  const signed = additionals.filter(({ type }) => type === TSIG);
  if (opts.length > 1 || signed.length > 1) return undefined;
  const edns = opts[0] && readEdns(message, opts[0]);
  const signature = signed[0] && readSignature(message, signed[0]);
  if ((opts[0] && !edns) || (signed[0] && !signature)) return undefined;
  return { edns, signature };
}

/** RFC 6891 section 6.1: at the root, its options whole. None of them is for us, so they are only counted out. */
function readEdns(message: Buffer, record: WireRecord): Edns | undefined {
  if (record.nameBytes !== 1) return undefined;
  let at = record.dataStart;
  while (at + 4 <= record.end) at += 4 + message.readUInt16BE(at + 2);
  if (at !== record.end) return undefined;
  return {
    version: (record.ttl >>> 16) & 0xff,
    payloadBytes: record.class,
    dnssecOk: (record.ttl & 0x8000) !== 0,
  };
}

/** RFC 6891 section 6.1.1: who sent an OPT gets one, whatever else the answer says. */
function ednsOfUnsupported(message: Buffer): Edns | undefined {
  let offset = HEADER_BYTES;
  for (let left = message.readUInt16BE(4); left > 0; left -= 1) {
    const nameEnd = skipName(message, offset);
    if (nameEnd === undefined) return undefined;
    offset = nameEnd + 4;
  }
  const count = message.readUInt16BE(6) + message.readUInt16BE(8) + message.readUInt16BE(10);
  const opt = readRecords(message, offset, count)?.find(({ type }) => type === TYPE.EDNS);
  return opt && readEdns(message, opt);
}
