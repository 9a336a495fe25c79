import type { LambdaHandler } from '../fakes/lambda.ts';

/** Is told of what no log of AWS's API holds, and a bill does. */
export interface Watch {
  /** A function was called, and took so long. */
  invoked: (name: string, ms: number) => void;
  /** A request came to the edge. */
  visited: () => void;
}

/** The same function, watched. */
export function watched(name: string, handler: LambdaHandler, watch: Watch | undefined): LambdaHandler {
  if (!watch) return handler;
  return async (event, context) => {
    const startedAt = performance.now();
    try {
      return await handler(event, context);
    } finally {
      watch.invoked(name, performance.now() - startedAt);
    }
  };
}
