import { isThrottlingError, isTransientError } from '@smithy/core/retry';
import { Busy, QuotaReached } from './errors.ts';

/**
 * `Busy` for what the same call may not meet the next time: throttling, an error of the service itself (status 5xx), a
 * connection that broke; undefined for anything else. The client has tried again by then (the SDK's standard mode: three
 * times in all), so this is for the workflow's own retries.
 * @param also names of errors of the service that pass as well.
 */
export function busyFor(service: string, error: unknown, also: readonly string[] = []): Busy | undefined {
  if (!(error instanceof Error)) return undefined;
  const passes =
    isThrottlingError(error as never) || isTransientError(error as never) || also.includes(error.name);
  if (!passes) return undefined;
  return new Busy(`${service}: ${error.name}: ${error.message}`, {
    cause: error,
    publicMessage: 'Cottage is very busy just now. Please try again in a minute.',
  });
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
