/**
 * Business time: waits, expiries, links, log stamps. Everything that secures a connection (TLS validity, the webhook
 * window, uploads, task timeouts) uses `Date.now()` instead, which no virtual clock moves.
 */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
