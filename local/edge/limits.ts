import { MINUTE_MS, SECOND_MS } from '../../shared/clock/clock.ts';
import type { CacheLimits } from './file-cache.ts';

/** What one client may cost: slow ones, silent ones, chatty ones, and many at once. */
export interface EdgeLimits extends CacheLimits {
  connections: number;
  /** From one client: an IPv4 address, or a /56 of IPv6, which is what one customer has. */
  connectionsPerClient: number;
  streamsPerConnection: number;
  /** HTTP/2 streams that a client may break off: so many at once, and so many a second in the long run. */
  resets: { burst: number; perSecond: number };
  headerBytes: number;
  /** To finish the TLS handshake. */
  handshakeTimeoutMs: number;
  /** HTTP/1.1: until all headers of a request are here. */
  headersTimeoutMs: number;
  /** Until the whole request is here. */
  requestTimeoutMs: number;
  /** Without a byte going either way on a connection, or none of an answer being taken. */
  idleTimeoutMs: number;
  /** What stopping grants to answers under way. */
  graceMs: number;
}

export const EDGE_LIMITS: EdgeLimits = {
  connections: 2000,
  // A whole office may come from one address, and one client must not take all there is.
  connectionsPerClient: 500,
  streamsPerConnection: 100,
  // Leaving a page breaks off what it was loading, all at once.
  resets: { burst: 200, perSecond: 20 },
  headerBytes: 16_384,
  handshakeTimeoutMs: 10 * SECOND_MS,
  headersTimeoutMs: 10 * SECOND_MS,
  requestTimeoutMs: 30 * SECOND_MS,
  idleTimeoutMs: MINUTE_MS,
  graceMs: 2 * SECOND_MS,
  cacheBytes: 64_000_000,
  keptBytes: 1_000_000,
  compressions: 2,
  waitingCompressions: 200,
};
