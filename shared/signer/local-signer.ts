import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmod, readFile } from 'node:fs/promises';
import * as z from 'zod';
import { createPrivateFile } from '../../local/private-file.ts';
import { CorruptRecord } from '../errors/errors.ts';
import type { Purpose, Signature, Signer } from './signer.ts';

const KEY_BYTES = 32;

const KeyFile = z
  .strictObject({
    current: z.string(),
    /** By `kid`: 32 bytes, base64url. Keys that are no longer current still verify. */
    keys: z.record(z.string().regex(/^[a-z0-9]{1,20}$/), z.string().regex(/^[\w-]{43}$/)),
  })
  .refine((file) => Object.hasOwn(file.keys, file.current), 'the current key is not among the keys');

/** `Signer` with keys in one file that only its owner may read. */
export class LocalSigner implements Signer {
  readonly #current: string;
  readonly #keys: Map<string, Buffer>;
  /** One derived key per `kid` and purpose: no signature means anything under another purpose. */
  readonly #derived = new Map<string, Buffer>();

  private constructor(current: string, keys: Map<string, Buffer>) {
    this.#current = current;
    this.#keys = keys;
  }

  /**
   * Reads the key file, or makes it with one new key when there is none; two processes that start at once agree on it.
   * @throws CorruptRecord when it is not a key file.
   */
  static async open(path: string): Promise<LocalSigner> {
    const fresh = { current: 'k1', keys: { k1: randomBytes(KEY_BYTES).toString('base64url') } };
    const text = (await readIfThere(path)) ?? (await createOrRead(path, `${JSON.stringify(fresh)}\n`));
    // A copy or a restore may have widened who can read it.
    await chmod(path, 0o600);
    const parsed = KeyFile.safeParse(parseJson(text));
    if (!parsed.success)
      throw new CorruptRecord(`${path} is not a key file: ${z.prettifyError(parsed.error)}`);
    const keys = Object.entries(parsed.data.keys).map(
      ([kid, key]) => [kid, Buffer.from(key, 'base64url')] as const,
    );
    return new LocalSigner(parsed.data.current, new Map(keys));
  }

  sign(purpose: Purpose, message: string): Promise<Signature> {
    return Promise.resolve({ kid: this.#current, mac: this.#mac(this.#current, purpose, message) });
  }

  verify(purpose: Purpose, message: string, signature: Signature): Promise<boolean> {
    if (!this.#keys.has(signature.kid)) return Promise.resolve(false);
    // Compared as text, not decoded: base64url has several spellings of the same bytes, and only ours is good.
    const expected = Buffer.from(this.#mac(signature.kid, purpose, message));
    const given = Buffer.from(signature.mac);
    return Promise.resolve(expected.length === given.length && timingSafeEqual(expected, given));
  }

  #mac(kid: string, purpose: Purpose, message: string): string {
    return createHmac('sha256', this.#key(kid, purpose)).update(message).digest('base64url');
  }

  #key(kid: string, purpose: Purpose): Buffer {
    const name = `${kid}/${purpose}`;
    const known = this.#derived.get(name);
    if (known) return known;
    const key = this.#keys.get(kid);
    if (!key) throw new CorruptRecord(`no key ${kid}`);
    const derived = Buffer.from(hkdfSync('sha256', key, '', `cottage/${purpose}`, KEY_BYTES));
    this.#derived.set(name, derived);
    return derived;
  }
}

async function createOrRead(path: string, content: string): Promise<string> {
  return (await createPrivateFile(path, content)) ? content : readFile(path, 'utf8');
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
