import { Conflict } from '../errors/errors.ts';
import type { Operation } from './record-store.ts';

/** An operation whose condition did not hold, and what stands at its key. */
export interface Failing {
  operation: Operation;
  found: { version: number; opId: string } | undefined;
}

/** The version that must stand at an operation's key. */
export const expectedBy = (operation: Operation): number | 'absent' =>
  operation.op === 'create' ? 'absent' : operation.version;

/**
 * What both stores make of conditions that did not hold: an earlier answer got lost when all of them are as this very
 * operation left them, and then the transaction has succeeded.
 * @param failing every operation that failed, in the transaction's order; at least one
 * @throws Conflict when somebody else was there.
 */
export function settleConflict(opId: string, failing: Failing[]): void {
  const isOurs = ({ operation, found }: Failing) =>
    // A removal repeated finds nothing, which is as it left it; all else must carry our mark.
    operation.op === 'remove' ? found === undefined : found?.opId === opId && operation.op !== 'check';
  // Absence does not say who did it: at least one record has to.
  const isMarked = failing.some(({ found }) => found !== undefined);
  if (isMarked && failing.every(isOurs)) return;
  throw new Conflict(
    failing.map(({ operation, found }) => ({
      key: operation.key,
      expected: expectedBy(operation),
      actual: found?.version ?? 'absent',
    })),
  );
}
