import { isThrottlingError, isTransientError } from '@smithy/core/retry';
import { Busy } from './errors.ts';

/**
 * What a call of AWS gives. What passes by itself (throttling, a lost connection, an error of the service), and what
 * `others` names besides, is `Busy`; every other error comes as it was. The SDK has tried three times by then.
 */
export async function orBusy<T>(
  service: string,
  call: Promise<T>,
  others: readonly string[] = [],
): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw asBusy(service, error, others);
  }
}

/** The error, or the `Busy` that stands for it. */
export function asBusy(service: string, error: unknown, others: readonly string[] = []): unknown {
  if (!(error instanceof Error) || error instanceof Busy) return error;
  const passes =
    isThrottlingError(error as never) || isTransientError(error as never) || others.includes(error.name);
  return passes ? busy(service, error.name, error.message, error) : error;
}

/** Said of a part of a call that was not done, for a reason of this name; `Busy` when it passes by itself. */
export function partFailed(service: string, name: string, message: string): Error {
  const passes = /throttl|slowdown|internal|unavailable|timeout/i.test(name);
  return passes ? busy(service, name, message) : Object.assign(new Error(`${service}: ${message}`), { name });
}

function busy(service: string, name: string, message: string, cause?: unknown): Busy {
  return new Busy(`${service}: ${name}: ${message}`, {
    publicMessage: 'Cottage is very busy just now. Please try again in a minute.',
    cause,
  });
}
