import { AwsFault } from './aws-errors.ts';
import type { ServiceModel } from './aws-model.ts';
import type { ServiceName } from './aws-services.ts';

export const FAULT_KINDS = [
  'throttle',
  'server-error',
  'conditional-failure',
  'timeout-after-effect',
] as const;

/**
 * - `throttle`, `server-error`: refused before anything is done.
 * - `conditional-failure`: the same, as if somebody else had been there first.
 * - `timeout-after-effect`: done, and then the connection is dropped in place of an answer.
 */
export type FaultKind = (typeof FAULT_KINDS)[number];

/** One call of any service, in the order in which they came. */
export interface LoggedCall {
  /** From 1. */
  number: number;
  service: ServiceName;
  /** The id of the key that signed it; empty when unsigned. */
  caller: string;
  operation: string;
  input: unknown;
  /** `ok`, the name of the error answered, or the fault that took the answer's place. */
  outcome: string;
}

/** What is to go wrong, by the number of the call it happens to. */
export class Faults {
  readonly #planned = new Map<number, FaultKind>();

  /** Calls are numbered from 1 in the order in which they arrive, refused and repeated ones too. */
  at(number: number, kind: FaultKind): void {
    this.#planned.set(number, kind);
  }

  /** Takes the fault of this call, once. */
  take(number: number): FaultKind | undefined {
    const kind = this.#planned.get(number);
    this.#planned.delete(number);
    return kind;
  }

  /** The faults whose calls never came: a rehearsal that leaves one has not rehearsed it. */
  unreached(): { number: number; kind: FaultKind }[] {
    return [...this.#planned].map(([number, kind]) => ({ number, kind }));
  }
}

/** The error that stands for a fault, in the words of its service; undefined for the one that is no answer at all. */
export function faultFor(
  kind: FaultKind,
  service: ServiceModel,
  operation: string,
  input: unknown,
): AwsFault | undefined {
  if (kind === 'timeout-after-effect') return undefined;
  if (kind === 'conditional-failure' && operation === 'TransactWriteItems') return cancelled(input);
  const said = {
    throttle: 'throttled',
    'server-error': 'broken',
    'conditional-failure': 'conditional',
  } as const;
  const [name, status] = service[said[kind]];
  return new AwsFault(name, status, `planned by the test: ${kind}`);
}

/** A transaction fails with a reason for each of its items; here the first one's condition did not hold. */
function cancelled(input: unknown): AwsFault {
  const { TransactItems } = input as { TransactItems: unknown[] };
  const reasons = TransactItems.map((_, i) => ({ Code: i === 0 ? 'ConditionalCheckFailed' : 'None' }));
  const codes = reasons.map(({ Code }) => Code).join(', ');
  const message = `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`;
  return new AwsFault('TransactionCanceledException', 400, message, { CancellationReasons: reasons });
}
