import { createHmac, timingSafeEqual } from 'node:crypto';
import {
  GenerateMacCommand,
  type GenerateMacCommandInput,
  type KMSClient,
  VerifyMacCommand,
} from '@aws-sdk/client-kms';
import { orBusy } from '../errors/aws-busy.ts';
import { sha256 } from '../ids/ids.ts';
import type { Purpose, Signature, Signer } from './signer.ts';

const ALGORITHM = 'HMAC_SHA_256';
/**
 * What the edge's key is the MAC of, in base64. No part that is signed ends without the character behind its purpose, so this is
 * none of them.
 */
export const EDGE_KEY_MESSAGE = 'cottage/edge-key';
/** 32 bytes in base64url. */
const MAC = /^[\w-]{43}$/;
const KID = /^[\w-]{1,64}$/;

export interface KmsSignerOptions {
  /** Belongs to the caller, who also destroys it. */
  client: KMSClient;
  /** The `kid` that new signatures are made with. */
  current: string;
  /**
   * By `kid`, the HMAC_256 key that it stands for: its id, ARN or alias. Keys that are no longer current still verify. A
   * `kid` means one key for ever, so an alias that is moved to another key breaks every signature made before.
   */
  keys: Readonly<Record<string, string>>;
}

/**
 * `Signer` with HMAC keys that never leave KMS. What KMS is given is the purpose and the digest of the message: so a
 * message may be longer than KMS takes (4,096 bytes), says nothing to KMS, and is worth nothing under another purpose.
 *
 * One purpose is verified where KMS can't be asked: the cookie of a viewer, by CloudFront's function. It is signed with the
 * edge's key, a text that KMS makes of `EDGE_KEY_MESSAGE`, the same each time. Whoever may make a MAC can sign; the edge
 * finds the text in its store.
 *
 * A signature that can't be one, or names a key we don't know, costs no call. Callers look at a token's form and expiry
 * before they ask: KMS has a quota of requests a second, for the whole account, and each costs a little.
 */
export class KmsSigner implements Signer {
  readonly #client: KMSClient;
  readonly #current: string;
  readonly #keys: ReadonlyMap<string, string>;

  /** @throws TypeError when the current key is not among the keys, or a `kid` is none. */
  constructor({ client, current, keys }: KmsSignerOptions) {
    this.#client = client;
    this.#current = current;
    this.#keys = new Map(Object.entries(keys));
    if (!this.#keys.has(current)) throw new TypeError(`the current key ${current} is not among the keys`);
    for (const kid of this.#keys.keys()) if (!KID.test(kid)) throw new TypeError(`${kid} can't be a kid`);
  }

  /**
   * @throws Busy when KMS is throttled or out of reach. A key that is disabled or gone, or that we may not use, is the
   * error that KMS made of it.
   */
  async sign(purpose: Purpose, message: string): Promise<Signature> {
    const KeyId = this.#keys.get(this.#current);
    const mac =
      purpose === 'viewer-cookie'
        ? edgeMac(await this.#edgeKey(KeyId), message)
        : await this.#mac({ ...signedPart(purpose, message), KeyId });
    return { kid: this.#current, mac: mac.toString('base64url') };
  }

  async #mac(command: GenerateMacCommandInput): Promise<Buffer> {
    const { Mac } = await kms(this.#client.send(new GenerateMacCommand(command)));
    if (Mac === undefined) throw new Error('KMS made no MAC');
    return Buffer.from(Mac);
  }

  /** As the edge has it, letter by letter. */
  async #edgeKey(KeyId: string | undefined): Promise<string> {
    const Message = Buffer.from(EDGE_KEY_MESSAGE);
    return (await this.#mac({ Message, MacAlgorithm: ALGORITHM, KeyId })).toString('base64');
  }

  /** @throws what `sign` throws: that KMS can't say is never the same as "no". */
  async verify(purpose: Purpose, message: string, { kid, mac }: Signature): Promise<boolean> {
    const KeyId = this.#keys.get(kid);
    const Mac = Buffer.from(mac, 'base64url');
    // base64url has several spellings of the same bytes, and only ours is good.
    if (KeyId === undefined || !MAC.test(mac) || Mac.toString('base64url') !== mac) return false;
    if (purpose === 'viewer-cookie') {
      return timingSafeEqual(edgeMac(await this.#edgeKey(KeyId), message), Mac);
    }
    try {
      const command = { ...signedPart(purpose, message), KeyId, Mac };
      const { MacValid } = await kms(this.#client.send(new VerifyMacCommand(command)));
      return MacValid === true;
    } catch (error) {
      // KMS answers a MAC that is not right with an error, not with false.
      if (error instanceof Error && error.name === 'KMSInvalidMacException') return false;
      throw error;
    }
  }
}

const edgeMac = (key: string, message: string): Buffer => createHmac('sha256', key).update(message).digest();

/** No purpose holds the character that ends it, so no two of purpose and message are the same bytes. */
function signedPart(purpose: Purpose, message: string) {
  const digest = Buffer.from(sha256(message), 'hex');
  return {
    Message: Buffer.concat([Buffer.from(`cottage/${purpose}\0`), digest]),
    MacAlgorithm: ALGORITHM,
  } as const;
}

const kms = <T>(call: Promise<T>): Promise<T> => orBusy('KMS', call);
