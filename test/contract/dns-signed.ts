import { createHmac } from 'node:crypto';
import { TYPE, wireName } from './dns-client.ts';

/**
 * The asker's side of RFC 8945, written out from that document: like the client beside it, it shares nothing with the
 * server.
 */

export interface Key {
  name: string;
  secret: string;
  algorithm?: string;
}

const bytes = (value: number, length: number): Buffer => {
  const buffer = Buffer.alloc(length);
  buffer.writeUIntBE(value, 0, length);
  return buffer;
};

const hmac = ({ secret, algorithm = 'hmac-sha256' }: Key, ...parts: Buffer[]): Buffer =>
  createHmac(algorithm.replace('hmac-', ''), secret).update(Buffer.concat(parts)).digest();

const nameOf = (text: string): Buffer => wireName(text.split('.'));

export interface SignOptions {
  signedAt?: number;
  /** The owner of the signature, as it lies in the message: to compress it. */
  owner?: Buffer;
  mac?: (mac: Buffer) => Buffer;
}

/** The message with a signature at its end, and that signature's MAC. */
export function sign(message: Buffer, key: Key, options: SignOptions = {}): { signed: Buffer; mac: Buffer } {
  const { signedAt = Math.floor(Date.now() / 1000), owner = nameOf(key.name) } = options;
  const algorithm = nameOf(key.algorithm ?? 'hmac-sha256');
  const times = Buffer.concat([bytes(signedAt, 6), bytes(300, 2)]);
  const any = Buffer.concat([bytes(255, 2), bytes(0, 4)]);
  const none = Buffer.alloc(4);
  const variables = Buffer.concat([nameOf(key.name.toLowerCase()), any, algorithm, times, none]);
  const whole = hmac(key, message, variables);
  const mac = options.mac?.(whole) ?? whole;
  const data = Buffer.concat([algorithm, times, bytes(mac.length, 2), mac, message.subarray(0, 2), none]);
  const record = Buffer.concat([owner, bytes(TYPE.TSIG, 2), any, bytes(data.length, 2), data]);
  const signed = Buffer.concat([message, record]);
  signed.writeUInt16BE(message.readUInt16BE(10) + 1, 10);
  return { signed, mac };
}

export interface CheckedReply {
  /** Without its signature. */
  message: Buffer;
  mac: Buffer;
  error: number;
  signedAt: number;
  other: Buffer;
}

/**
 * Takes the signature off an answer whose signer has this key's name, and checks it. `before`: the MAC of the query, or of
 * the answer before; `isFirst`: of the answers to one query.
 * @throws Error when it is not signed, or not so.
 */
export function checkReply(reply: Buffer, key: Key, before: Buffer, isFirst = true): CheckedReply {
  const head = Buffer.concat([
    nameOf(key.name.toLowerCase()),
    bytes(TYPE.TSIG, 2),
    bytes(255, 2),
    bytes(0, 4),
  ]);
  const start = reply.lastIndexOf(head);
  if (start < 0) throw new Error('the answer is not signed');
  const algorithm = nameOf(key.algorithm ?? 'hmac-sha256');
  let at = start + head.length + 2 + algorithm.length;
  const times = reply.subarray(at, at + 8);
  const macEnd = at + 10 + reply.readUInt16BE(at + 8);
  const mac = reply.subarray(at + 10, macEnd);
  at = macEnd;
  const error = reply.readUInt16BE(at + 2);
  const told = reply.subarray(at + 2);
  const message = Buffer.from(reply.subarray(0, start));
  message.writeUInt16BE(reply.readUInt16BE(at), 0);
  message.writeUInt16BE(reply.readUInt16BE(10) - 1, 10);
  const any = Buffer.concat([bytes(255, 2), bytes(0, 4)]);
  const variables = isFirst
    ? Buffer.concat([nameOf(key.name.toLowerCase()), any, algorithm, times, told])
    : times;
  const isSigned = mac.length > 0;
  if (isSigned && !hmac(key, bytes(before.length, 2), before, message, variables).equals(mac)) {
    throw new Error('the signature of the answer does not hold');
  }
  return { message, mac, error, signedAt: times.readUIntBE(0, 6), other: told.subarray(4) };
}
