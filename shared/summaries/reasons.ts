/**
 * Why a run failed, in few kinds, so that each can be counted and raise an alarm of its own. An error that is not listed
 * is a defect: `unexpected`.
 */
export const REASONS = {
  busy: {
    errors: [
      'Busy',
      'Conflict',
      'PreconditionFailed',
      'ReleaseDeleting',
      'PublishRunning',
      'Lambda.TooManyRequestsException',
    ],
    cause: 'something it needs was too busy, in every try',
    admin: 'See what was held back, and let it be tried again.',
  },
  slow: {
    errors: ['States.Timeout', 'States.HeartbeatTimeout', 'TIMED_OUT'],
    cause: 'a step took too long, in every try',
    admin: 'Open the execution, see which step, and read the log of its function.',
  },
  quota: {
    errors: ['QuotaReached', 'TooLarge', 'States.DataLimitExceeded'],
    cause: 'a limit of the account, or of Cottage, is reached',
    admin: 'Ask for a higher quota, or remove what nobody needs.',
  },
  certificate: {
    errors: ['CertificatePending', 'CertificateFailed'],
    cause: 'its certificate was not issued',
    admin: 'See that its zone can be asked from outside.',
  },
  foreign: {
    errors: ['NotOurs', 'AlreadyExists', 'TeamNotEmpty'],
    cause: 'something is in the way that Cottage did not make',
    admin: 'Find out whose it is, and remove it.',
  },
  edge: {
    errors: ['NotConverged', 'SmokeTestFailed'],
    cause: 'the edge did not show it, or it did not open',
    admin: 'If it is one app, its owner is told; if there are many, look at the edge.',
  },
  source: {
    errors: ['SourceUnavailable'],
    cause: 'the server that holds the files did not answer',
    admin: 'The owner is told. If it is always the same tool, ask its people.',
  },
  stopped: {
    errors: ['ABORTED', 'Aborted', 'Stopped'],
    cause: 'somebody stopped its execution',
    admin: 'Ask who stopped it, and tell the owner when to publish again.',
  },
  unexpected: {
    errors: [],
    cause: 'something unexpected went wrong on our side',
    admin: 'Open the execution, see which step, and read the log of its function.',
  },
} as const satisfies Record<string, { errors: readonly string[]; cause: string; admin: string }>;

export type Reason = keyof typeof REASONS;

const BY_ERROR = new Map(
  Object.entries(REASONS).flatMap(([reason, { errors }]) =>
    errors.map((error) => [error as string, reason as Reason] as const),
  ),
);

/** Which kind an error is of, by its name. */
export const reasonOf = (error: string): Reason => BY_ERROR.get(error) ?? 'unexpected';
