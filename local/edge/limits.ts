import { MINUTE_MS, SECOND_MS } from '../../shared/clock/clock.ts';

/** What one client may cost: slow ones, silent ones, chatty ones, and many at once. */
export interface EdgeLimits {
  connections: number;
  streamsPerConnection: number;
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
  streamsPerConnection: 100,
  headerBytes: 16_384,
  handshakeTimeoutMs: 10 * SECOND_MS,
  headersTimeoutMs: 10 * SECOND_MS,
  requestTimeoutMs: 30 * SECOND_MS,
  idleTimeoutMs: MINUTE_MS,
  graceMs: 2 * SECOND_MS,
};
