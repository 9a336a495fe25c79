import { type FunctionResponse, type Headers, loadFunction, requestFor } from './edge-functions.ts';

/** An object of the release bucket, and what S3 says of it. */
export interface OriginObject {
  body: Buffer;
  contentType?: string | undefined;
  cacheControl?: string | undefined;
  /** Becomes headers that begin with `x-amz-meta-`. */
  metadata?: Record<string, string> | undefined;
}

export interface Answered {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/** What CloudFront hands on to the API: the path and query as they came, and the headers that its policy allows. */
export interface ForApi {
  method: string;
  target: string;
  headers: Record<string, string>;
  body: Buffer;
}

/** What stands behind CloudFront. All of it is asked at each request, so that it may change under way. */
export interface CloudFrontParts {
  /** The parameters of the tenant that has this host. */
  visit: (host: string) => Map<string, string> | undefined;
  /** What the release bucket holds at this key. */
  object: (key: string) => Promise<OriginObject | undefined>;
  /** The key-value store. */
  keys?: Map<string, string>;
  /** What the API answers where a path leads to it. */
  api?: (request: ForApi) => Promise<Answered>;
  now?: () => number;
}

export interface Visit {
  method?: string;
  headers?: Record<string, string>;
  /** The value of the viewer's cookie. */
  cookie?: string | undefined;
  body?: Buffer;
}

/** CloudFront lets no other methods through (`AllowedMethods`, CloudFront API Reference). */
const METHODS = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'];

/** What the distribution's policy for the API lets through, beside the query. */
const FOR_API = ['x-cottage-app', 'x-cottage-release'];

/** Paths that lead to the API; a pattern is compared with the path as it came. */
const API_PATHS = ['/_cottage/beacon', '/_cottage/open'];

/** What a visitor of this host gets from the multi-tenant distribution with its two functions. */
export async function answerOf(
  parts: CloudFrontParts,
  host: string,
  target: string,
  visit: Visit = {},
): Promise<Answered> {
  const parameters = parts.visit(host);
  if (!parameters || !METHODS.includes(visit.method ?? 'GET')) return refused();
  return throughFunctions({ ...parts, parameters }, host, target, visit);
}

/** As `answerOf`, of a tenant that is there, whatever the method: the functions know more than CloudFront lets through. */
export async function throughFunctions(
  { parameters, ...parts }: Omit<CloudFrontParts, 'visit'> & { parameters: Map<string, string> },
  host: string,
  target: string,
  { method = 'GET', headers = {}, cookie, body = Buffer.alloc(0) }: Visit = {},
): Promise<Answered> {
  const surroundings = {
    parameters,
    ...(parts.keys && { store: parts.keys }),
    ...(parts.now && { now: parts.now }),
  };
  const asked = requestFor(host, target, { method, headers, ...(cookie !== undefined && { cookie }) });
  const request = await loadFunction('viewer-request', surroundings)({ request: asked });
  if (request.statusCode !== undefined) return fromFunction(request);
  const [path = ''] = target.split('?');
  const answered = API_PATHS.includes(path)
    ? await fromApi(parts, { method, target, headers: forApi(request.headers), body })
    : await fromBucket(parts, method, request.uri);
  // CloudFront runs no function on what is an error (Developer Guide, "Restrictions on all edge functions").
  if (answered.status >= 400) return answered;
  const response = { statusCode: answered.status, headers: asValues(answered.headers) };
  const shown = await loadFunction('viewer-response', surroundings)({ request, response });
  return { status: shown.statusCode, headers: valuesOf(shown.headers), body: answered.body };
}

const forApi = (headers: Headers) =>
  Object.fromEntries(Object.entries(valuesOf(headers)).filter(([name]) => FOR_API.includes(name)));

async function fromApi({ api }: Pick<CloudFrontParts, 'api'>, request: ForApi): Promise<Answered> {
  return api ? api(request) : { status: 502, headers: {}, body: Buffer.alloc(0) };
}

/** S3 behind an access control that allows reading. */
async function fromBucket(
  { object }: Pick<CloudFrontParts, 'object'>,
  method: string,
  uri: string,
): Promise<Answered> {
  if (method !== 'GET' && method !== 'HEAD') return refused();
  const found = await object(decodeURIComponent(uri.slice(1)));
  if (!found) return { status: 404, headers: { 'content-type': 'application/xml' }, body: Buffer.alloc(0) };
  const { contentType = 'application/octet-stream', cacheControl, metadata = {} } = found;
  const headers = {
    'content-type': contentType,
    ...(cacheControl !== undefined && { 'cache-control': cacheControl }),
    'x-amz-id-2': 'of the bucket',
    ...Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`x-amz-meta-${name}`, value])),
  };
  return { status: 200, headers, body: found.body };
}

/** CloudFront's own word, with a page of its own. */
const refused = (): Answered => ({
  status: 403,
  headers: { server: 'CloudFront' },
  body: Buffer.from('ERROR'),
});

/** An answer that a function gave by itself. */
export const fromFunction = ({ statusCode, headers, body }: FunctionResponse): Answered => ({
  status: statusCode,
  headers: valuesOf(headers),
  body: Buffer.from(body?.data ?? ''),
});

const valuesOf = (headers: Headers): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, { value }]) => [name, value]));

const asValues = (headers: Record<string, string>): Headers =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, { value }]));
