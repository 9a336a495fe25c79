/**
 * The metrics Cottage writes itself; alarms and the dashboard stand on them, so both sides take the names from here. One
 * dimension at most: every combination is a metric that costs money.
 */
export const METRICS_NAMESPACE = 'Cottage';

export const METRICS = {
  /** Seconds that the oldest due record is late; every sweep writes it, 0 when nothing is due. */
  oldestDueSeconds: 'OldestDueSeconds',
  /** 1 for each publish that failed, by the error's name in the dimension `error`. */
  publishFailed: 'PublishFailed',
} as const;

/** The name of the error, as the workflow files know it. */
export const ERROR_DIMENSION = 'error';
/** What Powertools puts on every metric, and its value. */
export const SERVICE_DIMENSION = 'service';
export const SERVICE = 'cottage';
