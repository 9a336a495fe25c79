/**
 * The errors Cottage throws, one class per kind.
 *
 * `name` is a literal on every class: minifiers rename classes, and workflow files match errors by name.
 * `message` is for the log; `publicMessage` may be shown to anyone. What is not one of these is a defect and
 * reaches a caller only as an id that is in the log.
 */
export abstract class CottageError extends Error {
  abstract override readonly name: string;
  /** True when the same call may succeed later, unchanged. */
  readonly retryable: boolean = false;
  readonly publicMessage: string;

  constructor(message: string, options: { publicMessage?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.publicMessage = options.publicMessage ?? message;
  }
}

/** One operation of a transaction that did not hold; `actual` is the version found, `absent` when none. */
export interface FailedOperation {
  key: { pk: string; sk: string };
  expected: number | 'absent';
  actual: number | 'absent';
}

/** A transaction's condition did not hold. Nothing was written. Carries all failing operations. */
export class Conflict extends CottageError {
  override readonly name = 'Conflict';
  readonly failures: FailedOperation[];
  constructor(failures: FailedOperation[]) {
    super(`conflict on ${failures.map((f) => `${f.key.pk}/${f.key.sk}`).join(', ')}`, {
      publicMessage: 'Somebody else changed this at the same moment. Please try again.',
    });
    this.failures = failures;
  }
}

/** A record or a transaction over the store's limits (350 kB an item, 25 operations). */
export class TooLarge extends CottageError {
  override readonly name = 'TooLarge';
}

/** The account at a service has no room for another one: more waiting does not help, a higher quota does. */
export class QuotaReached extends CottageError {
  override readonly name = 'QuotaReached';
}

/** What people are told of a store that can't be used for now. */
const BUSY_TEXTS = {
  busy: 'Too much is going on at once.',
  full: 'Cottage is out of room for now.',
  'read-only': 'Cottage can’t write to its disk for now.',
};

/** A store or service is throttled or locked, out of room, or can't be written for now. */
export class Busy extends CottageError {
  override readonly name = 'Busy';
  override readonly retryable = true;
  readonly reason: keyof typeof BUSY_TEXTS;
  constructor(
    message: string,
    options: { publicMessage?: string; cause?: unknown; reason?: keyof typeof BUSY_TEXTS } = {},
  ) {
    const { reason = 'busy' } = options;
    super(message, { publicMessage: `${BUSY_TEXTS[reason]} Please try again later.`, ...options });
    this.reason = reason;
  }
}

/** An `IfMatch` that no longer matches; read again, then decide again. */
export class PreconditionFailed extends CottageError {
  override readonly name = 'PreconditionFailed';
  override readonly retryable = true;
}

/** The thing asked for does not exist; said only when the service said so. */
export class NotFound extends CottageError {
  override readonly name = 'NotFound';
}

/** A host name or zone is already bound to something else. */
export class AlreadyExists extends CottageError {
  override readonly name = 'AlreadyExists';
}

/** A certificate is ordered and not issued yet. */
export class CertificatePending extends CottageError {
  override readonly name = 'CertificatePending';
  override readonly retryable = true;
}

/** A certificate will not be issued: it was refused, or its order has timed out. */
export class CertificateFailed extends CottageError {
  override readonly name = 'CertificateFailed';
}

/** A team still has apps, or its zone holds what Cottage did not make. Nothing was removed. */
export class TeamNotEmpty extends CottageError {
  override readonly name = 'TeamNotEmpty';
}

/** A publish of an app that is being retired is cancelled, and its execution has not come to its end yet. */
export class PublishRunning extends CottageError {
  override readonly name = 'PublishRunning';
  override readonly retryable = true;
}

/** Findings with severity `block` stand in the publish record. */
export class Refused extends CottageError {
  override readonly name = 'Refused';
}

/** A newer publish has taken this one's place. */
export class Superseded extends CottageError {
  override readonly name = 'Superseded';
}

/** The app is pinned, held or archived: the release is built and waits. */
export class Parked extends CottageError {
  override readonly name = 'Parked';
}

/** Somebody cancelled the publish. */
export class Cancelled extends CottageError {
  override readonly name = 'Cancelled';
}

/** An approver said no. */
export class Declined extends CottageError {
  override readonly name = 'Declined';
}

/** The edge shows the release, and the release does not work. */
export class SmokeTestFailed extends CottageError {
  override readonly name = 'SmokeTestFailed';
}

/** The edge does not show the target yet. */
export class NotConverged extends CottageError {
  override readonly name = 'NotConverged';
  override readonly retryable = true;
}

/** The release's files are being collected; they will be written again once that is done. */
export class ReleaseDeleting extends CottageError {
  override readonly name = 'ReleaseDeleting';
  override readonly retryable = true;
}

/** The server that holds an artifact does not answer, or not as it should; it may later. */
export class SourceUnavailable extends CottageError {
  override readonly name = 'SourceUnavailable';
  override readonly retryable = true;
}

/** Stored data is not what its schema says: never read as "absent". */
export class CorruptRecord extends CottageError {
  override readonly name = 'CorruptRecord';
}

/** Starting an execution whose name is taken by another input, or by one that ended. */
export class ExecutionAlreadyExists extends CottageError {
  override readonly name = 'ExecutionAlreadyExists';
}

/** A task token that was used, timed out or never existed. */
export class TaskTimedOut extends CottageError {
  override readonly name = 'TaskTimedOut';
}

/** A problem with the caller's request; becomes RFC 9457 `application/problem+json` with this status and code. */
export class RequestRefused extends CottageError {
  override readonly name = 'RequestRefused';
  readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 410 | 413 | 415 | 422 | 429 | 503;
  /** `noun/fault`, for instance `publish/id-reused`; a closed list stands in `problems.ts`. */
  readonly code: string;
  readonly extra: Record<string, unknown>;
  constructor(
    status: RequestRefused['status'],
    code: string,
    publicMessage: string,
    extra: Record<string, unknown> = {},
  ) {
    super(`${code}: ${publicMessage}`, { publicMessage });
    this.status = status;
    this.code = code;
    this.extra = extra;
  }
}
