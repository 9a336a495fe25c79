import { createHash, randomBytes } from 'node:crypto';
import * as z from 'zod';

/** Lower-case base32 without padding: opaque, safe in host names, file names, URLs and state machine names. */
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/** Encodes bytes as lower-case RFC 4648 base32 without padding. */
export function base32(bytes: Uint8Array): string {
  let bits = 0;
  let value = 0;
  let out = '';
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xffff;
    bits += 8;
    while (bits >= 5) {
      out += ALPHABET[(value >>> (bits - 5)) & 31];
      bits -= 5;
    }
  }
  return bits > 0 ? out + ALPHABET[(value << (5 - bits)) & 31] : out;
}

/** Hex SHA-256 of text (as UTF-8) or bytes. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** 130 bits of SHA-256 over the parts, each length-prefixed so that no two lists of parts collide. */
export function derivedId(prefix: string, ...parts: string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:${part}`);
  return `${prefix}_${base32(hash.digest()).slice(0, 26)}`;
}

/** 130 random bits; never reused. */
export function randomId(prefix: string): string {
  return `${prefix}_${base32(randomBytes(17)).slice(0, 26)}`;
}

const id = (prefix: string) => z.string().regex(new RegExp(`^${prefix}_[a-z2-7]{26}$`));

export const AppId = id('a').brand<'AppId'>();
export type AppId = z.infer<typeof AppId>;
export const PublishId = id('p').brand<'PublishId'>();
export type PublishId = z.infer<typeof PublishId>;
export const DecisionId = id('d').brand<'DecisionId'>();
export type DecisionId = z.infer<typeof DecisionId>;
export const EffectId = id('e').brand<'EffectId'>();
export type EffectId = z.infer<typeof EffectId>;
export const UploadId = id('u').brand<'UploadId'>();
export type UploadId = z.infer<typeof UploadId>;

/** `r_` and a digest, or one of Cottage's own releases. */
export const ReleaseId = z
  .string()
  .regex(/^r_([a-z2-7]{26}|holding|parked|held)$/)
  .brand<'ReleaseId'>();
export type ReleaseId = z.infer<typeof ReleaseId>;

/** Cottage's own releases: what stands at a name before, beside and after an app's own. */
export const HOLDING = ReleaseId.parse('r_holding');
export const PARKED = ReleaseId.parse('r_parked');
export const HELD = ReleaseId.parse('r_held');

/** Order of acceptance within an app; holes are harmless. */
export const Sequence = z.int().min(1).brand<'Sequence'>();
export type Sequence = z.infer<typeof Sequence>;

/** An instant as stored and shown: ISO 8601 UTC with milliseconds, always 24 characters, so text order is time order. */
export const Instant = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
export type Instant = z.infer<typeof Instant>;

/** Epoch milliseconds to the stored form. */
export const instant = (epochMs: number): Instant => new Date(epochMs).toISOString();
