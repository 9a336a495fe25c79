/** A failure as the Amazon States Language knows it: a name that Retry and Catch match, a cause only people read. */
export interface Failure {
  error: string;
  cause: string;
}

/** The data of a state cannot be what its definition says: a path finds nothing, a value is too large. */
export class StateError extends Error {
  override readonly name = 'StateError';
  readonly failure: Failure;
  constructor(error: string, cause: string) {
    super(`${error}: ${cause}`);
    this.failure = { error, cause };
  }
}

/** Runs `work`, and `otherwise` when its data fails. Anything else thrown is a defect and passes. */
export function orFailure<T>(work: () => T, otherwise: (failure: Failure) => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof StateError) return otherwise(error.failure);
    throw error;
  }
}
