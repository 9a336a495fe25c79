import { isThrottlingError, isTransientError } from '@smithy/core/retry';
import { Busy, QuotaReached } from './errors.ts';

/**
 * `Busy` for what the same call may not meet the next time: throttling, an error of the service itself (status 5xx), a
 * connection that broke; undefined for anything else. The client has tried again by then (the SDK's standard mode: three
 * times in all), so this is for the workflow's own retries.
 * @param others names of errors of the service that pass as well.
 */
export function busyFor(service: string, error: unknown, others: readonly string[] = []): Busy | undefined {
  if (!(error instanceof Error)) return undefined;
  const passes =
    isThrottlingError(error as never) || isTransientError(error as never) || others.includes(error.name);
  return passes ? busy(service, error.name, error.message, error) : undefined;
}

/** The error, or the `Busy` that stands for it. */
export function asBusy(service: string, error: unknown, others: readonly string[] = []): unknown {
  return error instanceof Busy ? error : (busyFor(service, error, others) ?? error);
}

/** What a call of AWS gives; its errors as `asBusy` has them. */
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

/** Said of a part of a call that was not done, for a reason of this name; `Busy` when it passes by itself. */
export function partFailed(service: string, name: string, message: string): Error {
  const passes = /throttl|slowdown|internal|unavailable|timeout/i.test(name);
  return passes ? busy(service, name, message) : Object.assign(new Error(`${service}: ${message}`), { name });
}

/** `QuotaReached` when the error is one of these, by which a service says that the account is full. */
export function quotaFor(
  service: string,
  error: unknown,
  names: readonly string[],
): QuotaReached | undefined {
  if (!(error instanceof Error) || !names.includes(error.name)) return undefined;
  return new QuotaReached(`${service}: ${error.name}: ${error.message}`, {
    cause: error,
    publicMessage: `Cottage has used up what its AWS account may have at ${service}. Please ask the platform team to raise the quota.`,
  });
}

function busy(service: string, name: string, message: string, cause?: unknown): Busy {
  return new Busy(`${service}: ${name}: ${message}`, {
    publicMessage: 'Cottage is very busy just now. Please try again in a minute.',
    cause,
  });
}
