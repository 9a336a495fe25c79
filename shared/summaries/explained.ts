import type { JsonObject } from '../records/record-store.ts';
import type { Deps } from '../runtime/deps.ts';
import { reasonOf } from './reasons.ts';

export interface Explained {
  /** True when something broke: the execution fails, and is counted. */
  failed: boolean;
  /** The state the record is in now. */
  status: string;
  /** The name of the error that led here; none when the way here is an answer. */
  error: string | undefined;
  summary: string;
}

/** The message of the line that counts. */
export const FAILED = 'execution failed';

/**
 * The answer of a step that explains: what the workflow keeps of it, and what its Fail state ends with. A failure leaves
 * the line in the log that the metric `Failed` counts by its reason.
 */
export function explained(
  { failed, status, error = failed ? 'Unexpected' : 'None', summary }: Explained,
  ids: Record<string, unknown>,
  { log }: Pick<Deps, 'log'>,
): JsonObject {
  // Without the summary: it names a person.
  if (failed) log.error(FAILED, { ...ids, reason: reasonOf(error), error });
  else log.info('execution ended', { ...ids, status });
  return { outcome: failed ? 'failed' : 'ended', status, error, summary };
}
