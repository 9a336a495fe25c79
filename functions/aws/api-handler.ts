import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { handle } from 'hono/aws-lambda';
import { publishIdOf } from '../../shared/publishes/accept.ts';
import { createApi } from '../api/api.ts';
import type { Endpoint } from '../api/endpoint.ts';
import { type Subject, wrapped } from './middleware.ts';
import type { Runtime } from './runtime.ts';

/**
 * Endpoints behind a REST API (proxy integration, event version 1.0), with no `binaryMediaTypes`: the answer is always
 * text, and a body that came as base64 is its bytes, signed as they are. Answers only under the name of the public URL.
 */
export function apiHandler(
  endpoints: Endpoint[],
  runtime: Runtime,
): (event: APIGatewayProxyEvent, context: Context) => Promise<APIGatewayProxyResult> {
  const { deps } = runtime;
  const hosts = [new URL(deps.settings.publicUrl).host];
  // Left to itself, it takes whatever it does not know for binary: lines of JSON too, which would go out as base64.
  const answer = handle(
    createApi(endpoints, deps, () => hosts),
    { isContentTypeBinary: () => false },
  );
  return wrapped(runtime, subjectOf, async (event) => {
    const answered = (await answer(event as never, undefined as never)) as unknown as APIGatewayProxyResult;
    // The resource, not the path: a path may hold what is nobody's business.
    const { httpMethod: method, resource } = event;
    deps.log.info('request', { method, resource, status: answered.statusCode });
    return answered;
  });
}

/** A publish is known by its path, or by the webhook that it comes from. */
function subjectOf({ pathParameters, headers, path }: APIGatewayProxyEvent): Subject {
  const [, kind, id] = /^\/v1\/(publishes|hooks)\/([^/]+)/.exec(path) ?? [];
  if (kind === 'publishes') return { publishId: pathParameters?.['id'] ?? id };
  if (kind === undefined || id === undefined || !path.endsWith('/publish')) return {};
  const [, webhookId] =
    Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === 'webhook-id') ?? [];
  return webhookId === undefined ? {} : { publishId: publishIdOf(id, webhookId) };
}
