import * as z from 'zod';
import { createDocument } from 'zod-openapi';
import type { Endpoint } from './endpoint.ts';

const Problem = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string().meta({ description: 'From a closed list; what a program should look at.' }),
    detail: z.string(),
    fields: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem' });

const SECURITY = {
  anyone: [],
  platform: [{ webhookSignature: [] }],
  link: [{ statusLink: [] }, { bearer: [] }],
  admin: [{ bearer: [] }],
};

/** The OpenAPI document, made of the schemas the endpoints parse with. */
export function openApiDocument(endpoints: Endpoint[], publicUrl: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const endpoint of endpoints) (paths[endpoint.path] ??= {})[endpoint.method] = operation(endpoint);
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Cottage',
      version: '1',
      description:
        'Publish, follow and run micro apps. Platforms sign their requests as Standard Webhooks (standardwebhooks.com) do: headers webhook-id, webhook-timestamp and webhook-signature over the exact body. Errors are RFC 9457 problems with a code.',
    },
    servers: [{ url: publicUrl }],
    paths,
    components: {
      securitySchemes: {
        webhookSignature: {
          type: 'apiKey',
          in: 'header',
          name: 'webhook-signature',
          description:
            'v1,<base64 of HMAC-SHA-256 over "<webhook-id>.<webhook-timestamp>.<body>">, with the secret behind whsec_.',
        },
        statusLink: { type: 'apiKey', in: 'query', name: 't', description: 'Part of statusUrl.' },
        bearer: { type: 'http', scheme: 'bearer' },
      },
    },
  });
}

function operation(endpoint: Endpoint): object {
  const { operationId, summary, auth, params, query, body, answers } = endpoint;
  const problems = {
    description: 'What went wrong.',
    content: { 'application/problem+json': { schema: Problem } },
  };
  const responses: Record<string, object> = { default: problems };
  for (const [status, { description, schema, mediaTypes = [] }] of Object.entries(answers)) {
    const content = {
      ...(schema ? { 'application/json': { schema } } : {}),
      ...Object.fromEntries(mediaTypes.map((type) => [type, {}])),
    };
    responses[status] = Object.keys(content).length > 0 ? { description, content } : { description };
  }
  const signed =
    auth === 'platform'
      ? [
          header('webhook-id', 'Yours; the same id again is the same request.'),
          header('webhook-timestamp', 'Seconds since 1970; at most five minutes away from now.'),
        ]
      : [];
  return {
    operationId,
    summary,
    responses,
    security: SECURITY[auth],
    requestParams: { ...(params ? { path: params } : {}), ...(query ? { query } : {}) },
    ...(signed.length > 0 ? { parameters: signed } : {}),
    ...(body ? { requestBody: { required: true, content: { 'application/json': { schema: body } } } } : {}),
  };
}

const header = (name: string, description: string) => ({
  name,
  description,
  in: 'header',
  required: true,
  schema: { type: 'string' },
});
