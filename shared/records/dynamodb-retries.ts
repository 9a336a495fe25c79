import { setTimeout as delay } from 'node:timers/promises';
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { busyFor } from '../errors/aws-busy.ts';
import type { Busy } from '../errors/errors.ts';

/** How this adapter waits between its tries; a test hands in its own. */
export interface Waiting {
  /** 0 up to, not including, 1. */
  random: () => number;
  pause: (milliseconds: number) => Promise<unknown>;
}

export const WAITING: Waiting = { random: Math.random, pause: (milliseconds) => delay(milliseconds) };

const TRIES = 5;
const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 1000;

/** Why a transaction was cancelled that may well succeed next time. The SDK repeats no cancelled transaction. */
const PASSING_REASONS = ['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'];

/**
 * Five tries with full jitter, then `Busy`. One try is all that the client makes of it: for throttling and lost
 * connections the SDK has tries of its own (its standard mode: 3).
 * @throws Busy when what stood in the way is still there.
 */
export async function retrying<T>(work: () => Promise<T>, { random, pause }: Waiting): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await work();
    } catch (error) {
      const busy = passing(error);
      if (!busy) throw error;
      if (tried === TRIES) throw busy;
      await pause(random() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tried));
    }
  }
}

function passing(error: unknown): Busy | undefined {
  const reasons = error instanceof TransactionCanceledException ? error.CancellationReasons : [];
  const passes = reasons?.some(({ Code = '' }) => PASSING_REASONS.includes(Code));
  return busyFor('DynamoDB', error, [
    'TransactionConflictException',
    ...(passes ? ['TransactionCanceledException'] : []),
  ]);
}
