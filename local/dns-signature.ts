import { createHmac, timingSafeEqual } from 'node:crypto';
import { HEADER_BYTES, readName, type WireRecord, wireName } from './dns-records.ts';

/**
 * Signed messages (TSIG, RFC 8945). Sections are of that document. The name of the key says who signed; what the key is,
 * somebody else knows.
 */
export interface Signature {
  /** Lower-case, its labels joined with dots, as Latin-1. */
  keyName: string;
  algorithm: string;
  /** Seconds since 1970. */
  signedAt: number;
  /** By how many seconds the clocks may differ. */
  fudge: number;
  mac: Buffer;
  /** The message as it was before it was signed. */
  signed: Buffer;
  error: number;
  other: Buffer;
  /** Of the key and of the algorithm, lower-case, as in a message. */
  wireKeyName: Buffer;
  wireAlgorithm: Buffer;
}

/** What is wrong with a signature, as it is told (section 3). */
export type SignatureFault = 'BADSIG' | 'BADKEY' | 'BADTIME';
const FAULTS: Record<SignatureFault, number> = { BADSIG: 16, BADKEY: 17, BADTIME: 18 };

/** Those of section 6 that nobody doubts. */
const HASHES: Record<string, string> = { 'hmac-sha256': 'sha256', 'hmac-sha512': 'sha512' };

const ANY = 255;
const TSIG = 250;
/** What section 10 recommends. */
const OUR_FUDGE = 300;

/** Undefined when it is malformed, or stands anywhere but at the very end (section 5.1). */
export function readSignature(message: Buffer, record: WireRecord): Signature | undefined {
  if (record.end !== message.length || record.class !== ANY || record.ttl !== 0) return undefined;
  const key = readName(message, record.start, HEADER_BYTES);
  const algorithm = readName(message, record.dataStart);
  if (!key || !algorithm || algorithm.end + 16 > record.end) return undefined;
  const macStart = algorithm.end + 10;
  const macEnd = macStart + message.readUInt16BE(algorithm.end + 8);
  if (macEnd + 6 > record.end) return undefined;
  if (macEnd + 6 + message.readUInt16BE(macEnd + 4) !== record.end) return undefined;
  const signed = Buffer.from(message.subarray(0, record.start));
  signed.writeUInt16BE(message.readUInt16BE(macEnd), 0);
  signed.writeUInt16BE(message.readUInt16BE(10) - 1, 10);
  return {
    keyName: lowerCase(key.labels).join('.'),
    algorithm: lowerCase(algorithm.labels).join('.'),
    signedAt: message.readUIntBE(algorithm.end, 6),
    fudge: message.readUInt16BE(algorithm.end + 6),
    mac: message.subarray(macStart, macEnd),
    signed,
    error: message.readUInt16BE(macEnd + 2),
    other: message.subarray(macEnd + 6, record.end),
    wireKeyName: wireName(lowerCase(key.labels)),
    wireAlgorithm: wireName(lowerCase(algorithm.labels)),
  };
}

/** DNS knows the letters of ASCII only. */
const lowerCase = (labels: string[]): string[] =>
  labels.map((label) => label.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase()));

/** Checks in the order of section 5.2: key, signature, time. `nowMs`: system time. */
export function checkSignature(
  signature: Signature,
  secret: Buffer | undefined,
  nowMs: number,
): SignatureFault | undefined {
  if (secret === undefined || !HASHES[signature.algorithm]) return 'BADKEY';
  const expected = macOf(signature, secret, [signature.signed, variables(signature)]);
  if (expected.length !== signature.mac.length || !timingSafeEqual(expected, signature.mac)) return 'BADSIG';
  return Math.abs(seconds(nowMs) - signature.signedAt) > signature.fudge ? 'BADTIME' : undefined;
}

/** Signs the answers to one signed query: one message, or several that belong together. */
export class ReplySigner {
  readonly #query: Signature;
  readonly #secret: Buffer | undefined;
  readonly #fault: SignatureFault | undefined;
  readonly #nowMs: () => number;
  #previous: Buffer | undefined;

  constructor(
    query: Signature,
    secret: Buffer | undefined,
    fault: SignatureFault | undefined,
    nowMs: () => number,
  ) {
    this.#query = query;
    this.#secret = secret;
    this.#fault = fault;
    this.#nowMs = nowMs;
  }

  /** How much longer a message gets. */
  get bytes(): number {
    return this.#record(seconds(0), this.#mac([])).length;
  }

  /** The message with its signature. To a bad key or signature it carries none, only what is wrong (section 5.3.2). */
  sign(message: Buffer): Buffer {
    const now = seconds(this.#nowMs());
    // The asker's own time, so that it can check the answer that says the clocks differ (section 5.2.3).
    const signedAt = this.#fault === 'BADTIME' ? this.#query.signedAt : now;
    const mac = this.#mac([message, this.#variables(signedAt, now)]);
    this.#previous = mac;
    const whole = Buffer.concat([message, this.#record(signedAt, mac, now)]);
    whole.writeUInt16BE(message.readUInt16BE(10) + 1, 10);
    return whole;
  }

  #mac(parts: Buffer[]): Buffer {
    if (this.#secret === undefined || this.#fault === 'BADKEY' || this.#fault === 'BADSIG') {
      return Buffer.alloc(0);
    }
    const before = this.#previous ?? this.#query.mac;
    return macOf(this.#query, this.#secret, [uint(before.length, 2), before, ...parts]);
  }

  /** All of them in the first message, the times alone in those that follow (section 5.3.1). */
  #variables(signedAt: number, now: number): Buffer {
    if (this.#previous) return Buffer.concat([uint(signedAt, 6), uint(OUR_FUDGE, 2)]);
    return variables({ ...this.#query, signedAt, fudge: OUR_FUDGE, ...this.#told(now) });
  }

  #told(now: number): { error: number; other: Buffer } {
    const error = this.#fault === undefined ? 0 : FAULTS[this.#fault];
    return { error, other: this.#fault === 'BADTIME' ? uint(now, 6) : Buffer.alloc(0) };
  }

  #record(signedAt: number, mac: Buffer, now = signedAt): Buffer {
    const { wireKeyName, wireAlgorithm, signed } = this.#query;
    const { error, other } = this.#told(now);
    const data = Buffer.concat([
      wireAlgorithm,
      uint(signedAt, 6),
      uint(OUR_FUDGE, 2),
      uint(mac.length, 2),
      mac,
      signed.subarray(0, 2),
      uint(error, 2),
      uint(other.length, 2),
      other,
    ]);
    return Buffer.concat([wireKeyName, uint(TSIG, 2), uint(ANY, 2), uint(0, 4), uint(data.length, 2), data]);
  }
}

const seconds = (ms: number): number => Math.floor(ms / 1000);

function uint(value: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(value, 0, bytes);
  return buffer;
}

/** What is signed beside the message (section 4.3.3). */
function variables(
  of: Pick<Signature, 'wireKeyName' | 'wireAlgorithm' | 'signedAt' | 'fudge' | 'error' | 'other'>,
): Buffer {
  return Buffer.concat([
    of.wireKeyName,
    uint(ANY, 2),
    uint(0, 4),
    of.wireAlgorithm,
    uint(of.signedAt, 6),
    uint(of.fudge, 2),
    uint(of.error, 2),
    uint(of.other.length, 2),
    of.other,
  ]);
}

function macOf({ algorithm }: Pick<Signature, 'algorithm'>, secret: Buffer, parts: Buffer[]): Buffer {
  const hmac = createHmac(HASHES[algorithm] ?? 'sha256', secret);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}
