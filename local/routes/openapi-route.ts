import { type Endpoint, endpoint } from '../../functions/api/endpoint.ts';

/** `GET /openapi.json`: made at the first call, for its library is large and most days nobody asks. */
export function openApiRoute(endpoints: Endpoint[]): Endpoint {
  let document: Promise<object> | undefined;
  return endpoint({
    method: 'get',
    path: '/openapi.json',
    operationId: 'openapi',
    summary: 'This description',
    auth: 'anyone',
    answers: { 200: { description: 'OpenAPI 3.1.' } },
    run: async (_, { settings }) => {
      document ??= import('../../functions/api/openapi.ts').then(({ openApiDocument }) =>
        openApiDocument(endpoints, settings.publicUrl),
      );
      return { status: 200, body: await document };
    },
  });
}
