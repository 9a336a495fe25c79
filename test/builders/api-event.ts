import type { APIGatewayProxyEvent } from 'aws-lambda';

export interface ApiEventFields {
  method?: string;
  path: string;
  /** `/v1/publishes/{id}` */
  resource?: string;
  pathParameters?: Record<string, string>;
  headers?: Record<string, string>;
  query?: Record<string, string>;
  body?: string | null;
  isBase64Encoded?: boolean;
}

const many = (record: Record<string, string> | undefined) =>
  record && Object.fromEntries(Object.entries(record).map(([name, value]) => [name, [value]]));

/** What a REST API hands to a function: proxy integration, version 1.0, as its reference shows it. */
export function apiEvent(fields: ApiEventFields): APIGatewayProxyEvent {
  const { method = 'GET', path, resource = path, pathParameters, query, body = null } = fields;
  const headers = { Host: 'cottage.example.com', 'X-Forwarded-Proto': 'https', ...fields.headers };
  const requestContext = {
    accountId: '123456789012',
    apiId: 'a1b2c3d4e5',
    authorizer: null,
    domainName: 'cottage.example.com',
    domainPrefix: 'cottage',
    extendedRequestId: 'JKJaXmPLvHcESHA=',
    httpMethod: method,
    identity: { sourceIp: '192.0.2.1', userAgent: 'curl/8' },
    path,
    protocol: 'HTTP/1.1',
    requestId: 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef',
    requestTimeEpoch: 1_772_442_000_000,
    resourceId: '123456',
    resourcePath: resource,
    stage: 'live',
  };
  return {
    resource,
    path,
    httpMethod: method,
    headers,
    multiValueHeaders: many(headers) ?? {},
    queryStringParameters: query ?? null,
    multiValueQueryStringParameters: many(query) ?? null,
    pathParameters: pathParameters ?? null,
    stageVariables: null,
    requestContext: requestContext as never,
    body,
    isBase64Encoded: fields.isBase64Encoded ?? false,
  };
}
