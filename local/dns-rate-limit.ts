import { isIPv4, isIPv6 } from 'node:net';

export interface RateLimitOptions {
  /** Answers a second to all clients of one network, in the long run. */
  perSecond?: number;
  /** As many at once, after a silence. */
  burst?: number;
  /** Milliseconds that only go forward. */
  now?: () => number;
  /** Networks remembered at a time; of more, those that asked longest ago are forgotten. */
  maxNetworks?: number;
}

interface Bucket {
  tokens: number;
  filledAt: number;
  /** Questions over the limit since the last that was answered. */
  refused: number;
}

/** What to do with a question: answer it, say only "ask over TCP", or keep silent. */
export type Verdict = 'answer' | 'truncate' | 'drop';

/**
 * Limits what is sent over UDP to one network (IPv4: /24, IPv6: /56), for the sender's address may be forged and the
 * answers meant for a victim. Every other question over the limit gets an empty, truncated answer, no larger than the
 * question: a resolver that is real comes back over TCP, where nobody forges addresses. (As BIND's response rate
 * limiting with `slip 2`.)
 */
export class RateLimit {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #now: () => number;
  readonly #maxNetworks: number;
  /** The one that asked last comes last. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: RateLimitOptions = {}) {
    this.#perSecond = options.perSecond ?? 1000;
    this.#burst = options.burst ?? 2 * this.#perSecond;
    this.#now = options.now ?? (() => performance.now());
    this.#maxNetworks = options.maxNetworks ?? 10_000;
  }

  /** Counts a question from this address. */
  take(address: string): Verdict {
    const network = networkOf(address);
    const bucket = this.#fill(this.#buckets.get(network));
    this.#buckets.delete(network);
    this.#buckets.set(network, bucket);
    if (this.#buckets.size > this.#maxNetworks) {
      for (const oldest of this.#buckets.keys()) {
        this.#buckets.delete(oldest);
        break;
      }
    }
    if (bucket.tokens >= 1) {
      bucket.tokens -= 1;
      bucket.refused = 0;
      return 'answer';
    }
    bucket.refused += 1;
    return bucket.refused % 2 === 1 ? 'truncate' : 'drop';
  }

  #fill(bucket: Bucket | undefined): Bucket {
    const filledAt = this.#now();
    if (!bucket) return { tokens: this.#burst, filledAt, refused: 0 };
    const added = ((filledAt - bucket.filledAt) / 1000) * this.#perSecond;
    return { ...bucket, tokens: Math.min(this.#burst, bucket.tokens + added), filledAt };
  }
}

/** The network an address belongs to. IPv4 written as IPv6 is the same client. */
export function networkOf(address: string): string {
  const [, mapped] = /^::ffff:([\d.]+)$/i.exec(address) ?? [];
  const plain = mapped ?? address;
  if (isIPv4(plain)) return plain.slice(0, plain.lastIndexOf('.'));
  return isIPv6(plain) ? first56Bits(plain) : plain;
}

function first56Bits(address: string): string {
  const [head = '', tail] = address.replace(/%.*$/, '').split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  const groups = tail === undefined ? before : [...before, ...zeros, ...after];
  return groups
    .slice(0, 4)
    .map((group, at) => Number.parseInt(group, 16) & (at === 3 ? 0xff00 : 0xffff))
    .map((group) => group.toString(16))
    .join(':');
}
