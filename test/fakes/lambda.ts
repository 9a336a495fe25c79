import type { Context } from 'aws-lambda';
import type { Json } from '../../shared/records/record-store.ts';

/** What a Lambda function exports. */
export type LambdaHandler = (event: never, context: Context) => Promise<unknown>;

const MAX_ANSWER_BYTES = 6 * 1024 * 1024;
let requests = 0;

/** What Lambda hands to a function beside its event. */
export function lambdaContext(functionName: string, remainingMs = 30_000): Context {
  requests += 1;
  const awsRequestId = `00000000-0000-4000-8000-${String(requests).padStart(12, '0')}`;
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:eu-central-1:123456789012:function:${functionName}`,
    memoryLimitInMB: '512',
    awsRequestId,
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: '2026/03/02/[$LATEST]0123456789abcdef0123456789abcdef',
    getRemainingTimeInMillis: () => remainingMs,
    done: () => undefined,
    fail: () => undefined,
    succeed: () => undefined,
  };
}

/**
 * Calls a function as Step Functions' Lambda integration does. An error comes out as the state machine sees it: its name
 * is what Lambda's runtime calls `errorType` (the `name` of what was thrown), its message the whole answer as JSON.
 */
export async function invokeLambda(
  name: string,
  handler: LambdaHandler | undefined,
  payload: Json,
): Promise<Json> {
  if (handler === undefined) {
    throw asTaskError('Lambda.ResourceNotFoundException', `Function not found: ${name}`);
  }
  const answer = await handler(structuredClone(payload) as never, lambdaContext(name)).catch(
    (thrown: unknown) => {
      throw asTaskError(...lambdaError(thrown));
    },
  );
  const text = JSON.stringify(answer) ?? 'null';
  if (Buffer.byteLength(text) > MAX_ANSWER_BYTES) {
    throw asTaskError('Function.ResponseSizeTooLarge', 'Response payload size exceeded maximum allowed size');
  }
  return JSON.parse(text) as Json;
}

/** Lambda's runtime for Node.js, `toRapidResponse`: an Error's name and message; else the type of what was thrown. */
function lambdaError(thrown: unknown): [name: string, cause: string] {
  const { errorType, errorMessage, trace } =
    thrown instanceof Error
      ? { errorType: thrown.name, errorMessage: thrown.message, trace: thrown.stack?.split('\n') ?? [] }
      : { errorType: typeof thrown, errorMessage: String(thrown), trace: [] };
  return [errorType, JSON.stringify({ errorType, errorMessage, trace })];
}

const asTaskError = (name: string, cause: string): Error => Object.assign(new Error(cause), { name });
