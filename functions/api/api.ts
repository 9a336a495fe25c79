import { isUtf8 } from 'node:buffer';
import { type Context, Hono } from 'hono';
import type * as z from 'zod';
import { Busy, Conflict, CottageError, NotFound, RequestRefused } from '../../shared/errors/errors.ts';
import { PROBLEMS, type ProblemCode, refuse } from '../../shared/errors/problems.ts';
import { isAdmin, type Principal } from '../../shared/identity/identity.ts';
import { PublishId, randomId } from '../../shared/ids/ids.ts';
import { isStatusToken } from '../../shared/publishes/status-link.ts';
import type { Deps } from '../../shared/runtime/deps.ts';
import { verifyWebhook, webhookHeaders } from '../../shared/webhooks/webhook.ts';
import type { Answer, Call, Endpoint } from './endpoint.ts';
import { parseJson } from './json.ts';
import { problemPage } from './pages/problem-page.ts';
import { wantsPage } from './wants-page.ts';

const MAX_BODY_BYTES = 64 * 1024;

/** A lock is over in a moment; a disk is seen to by somebody. */
const RETRY_AFTER_SECONDS = { busy: '2', full: '60', 'read-only': '60' };

/**
 * The whole API as one function from request to response, in both editions. In order: host, origin, route, body size,
 * who is calling, what they say. The first that does not hold answers.
 */
export function createApi(endpoints: Endpoint[], deps: Deps, allowedHosts: () => string[]): Hono {
  const api = new Hono();
  api.use(async (c, next) => {
    checkHost(c.req.raw, allowedHosts());
    await next();
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
      if (!c.res.headers.has(name)) c.res.headers.set(name, value);
    }
  });
  const methods = new Map<string, Set<string>>();
  for (const endpoint of endpoints) {
    const path = endpoint.path.replaceAll(/\{(\w+)\}/g, ':$1');
    methods.set(path, (methods.get(path) ?? new Set()).add(endpoint.method.toUpperCase()));
    api.on(endpoint.method.toUpperCase(), path, async (c) =>
      respond(await call(endpoint, c, deps, allowedHosts())),
    );
  }
  for (const [path, allowed] of methods) {
    api.all(path, () => {
      const allow = [...allowed, ...(allowed.has('GET') ? ['HEAD'] : [])].join(', ');
      throw refuse('route/method', `Only ${allow} here.`, { headers: { allow } });
    });
  }
  api.notFound((c) => toProblem(refuse('route/unknown', 'There is nothing at this address.'), c, deps));
  api.onError((error, c) => toProblem(error, c, deps));
  return api;
}

const SECURITY_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** A request for another name is somebody's DNS playing tricks. */
function checkHost(request: Request, allowed: string[]): void {
  const host = request.headers.get('host')?.toLowerCase() ?? '';
  if (!allowed.includes(host))
    throw refuse('host/not-allowed', 'This server does not answer under that name.');
}

async function call(
  endpoint: Endpoint,
  c: Context,
  deps: Deps,
  allowed: string[],
): Promise<Answer | Response> {
  const request = c.req.raw;
  const maxBytes = endpoint.maxBodyBytes ?? MAX_BODY_BYTES;
  const rawBody = endpoint.streamsBody ? Buffer.alloc(0) : await readBody(request, maxBytes);
  const params = parse(endpoint.params, c.req.param(), 'path');
  const who = await identify(endpoint, request, rawBody, c, deps);
  // A signature or a bearer token is not something a browser adds by itself; a signed link is, so there Origin counts.
  if (endpoint.method === 'post' && endpoint.auth === 'link' && !who.principal) checkOrigin(request, allowed);
  const query = parse(endpoint.query, c.req.query(), 'query');
  const body = parse(endpoint.body, endpoint.body ? parseBody(request, rawBody) : undefined, 'body');
  return endpoint.run({ params, query, body, request, rawBody, ...who }, deps);
}

type Who = Pick<Call<unknown, unknown, unknown>, 'platform' | 'principal' | 'publishId'>;

async function identify(
  endpoint: Endpoint,
  request: Request,
  rawBody: Buffer,
  c: Context,
  deps: Deps,
): Promise<Who> {
  switch (endpoint.auth) {
    case 'anyone':
      return {};
    case 'platform': {
      const platform = (await deps.platforms.find(platformKey(c.req.param('platform'))))?.value;
      verifyWebhook(platform, webhookHeaders(request.headers), rawBody, Date.now());
      return platform ? { platform } : {};
    }
    case 'link': {
      const publishId = PublishId.safeParse(c.req.param('id'));
      if (!publishId.success) throw refuse('publish/unknown', 'There is no such publish.');
      const token = c.req.query('t');
      if (token !== undefined) {
        if (await isStatusToken(token, publishId.data, deps.signer)) return { publishId: publishId.data };
        throw refuse(
          'link/invalid',
          'This link is not complete. Open it again from the mail or the tool it came from.',
        );
      }
      return { publishId: publishId.data, principal: await admin(request, deps) };
    }
    case 'admin':
      return { principal: await admin(request, deps) };
  }
}

/** Anything odd in the path is an unknown platform, and says no more than a wrong signature does. */
const platformKey = (id: string | undefined): string =>
  id !== undefined && /^[a-z0-9-]{1,40}$/.test(id) ? id : '-';

async function admin(request: Request, { identity }: Deps): Promise<Principal> {
  const header = request.headers.get('authorization');
  if (header === null) throw refuse('auth/missing', 'Send an Authorization header: Bearer and your token.');
  const token = /^Bearer ([\x21-\x7e]{1,4096})$/i.exec(header)?.[1];
  const principal = token === undefined ? undefined : await identity.verify(token);
  if (!principal) throw refuse('auth/invalid', 'This token is not good, or no longer. Ask for a new one.');
  if (!isAdmin(principal)) throw refuse('auth/forbidden', 'Only people who run Cottage may do this.');
  return principal;
}

/** An unsafe request from a page of ours names our origin; one from another site is refused. */
function checkOrigin(request: Request, allowed: string[]): void {
  const origin = request.headers.get('origin');
  if (origin === null) return;
  const host = URL.parse(origin)?.host;
  if (host === undefined || !allowed.includes(host)) {
    throw refuse('origin/not-allowed', 'This request comes from a page of another site.');
  }
}

async function readBody(request: Request, maxBytes: number): Promise<Buffer> {
  const declared = Number(request.headers.get('content-length') ?? 0);
  const tooLarge = () => refuse('body/too-large', `The body is larger than ${maxBytes} bytes.`);
  if (declared > maxBytes) throw tooLarge();
  if (!request.body) return Buffer.alloc(0);
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of request.body) {
      size += chunk.length;
      if (size > maxBytes) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    if (request.signal.aborted) throw refuse('body/incomplete', 'The connection ended before the body did.');
    throw error;
  }
  return Buffer.concat(chunks);
}

function parseBody(request: Request, rawBody: Buffer): unknown {
  const type = request.headers.get('content-type') ?? '';
  if (/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type)) {
    return Object.fromEntries(new URLSearchParams(rawBody.toString()));
  }
  if (!/^application\/([\w.-]+\+)?json\s*(;|$)/i.test(type) || !isUtf8(rawBody)) {
    throw refuse('body/media-type', 'Send JSON in UTF-8, with the header content-type: application/json.');
  }
  return parseJson(rawBody.toString());
}

function parse(schema: z.ZodType | undefined, value: unknown, where: 'path' | 'query' | 'body'): unknown {
  if (!schema) return undefined;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  if (where === 'path') throw refuse('route/unknown', 'There is nothing at this address.');
  const fields = parsed.error.issues.slice(0, 20).map((issue) => ({
    path: issue.path.map(String).join('.'),
    message: issue.message,
  }));
  const first = fields[0];
  const said = first ? `${first.path || where}: ${first.message}` : `The ${where} is not as expected.`;
  throw refuse('body/fields', said, { fields });
}

function respond(answer: Answer | Response): Response {
  if (answer instanceof Response) return answer;
  return Response.json(answer.body, { status: answer.status, headers: answer.headers ?? {} });
}

/** The one place where errors become answers. What nobody foresaw becomes an id that is in the log, and nothing else. */
function toProblem(error: unknown, c: Context, { log }: Deps): Response {
  const { code, detail, extra } = describe(error);
  const { status, title } = PROBLEMS[code];
  const { headers = {}, ...fields } = extra as { headers?: Record<string, string> };
  // Nobody reads the answer, and anybody can do it as often as they like: no error of ours.
  if (code === 'body/incomplete') log.info('went away', { method: c.req.method, path: c.req.routePath });
  const instance = code === 'internal' ? randomId('x') : undefined;
  if (instance) {
    const stack = error instanceof Error ? error.stack : String(error);
    log.error('unexpected', { instance, method: c.req.method, path: c.req.routePath, error: stack });
  }
  if (wantsPage(c.req.raw)) {
    const page = problemPage({ status, title, detail });
    for (const [name, value] of Object.entries(headers)) page.headers.set(name, value);
    return page;
  }
  const body = {
    type: `https://cottage.invalid/problems/${code}`,
    title,
    status,
    code,
    detail,
    ...(instance ? { instance } : {}),
    ...fields,
  };
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...headers },
  });
}

function describe(error: unknown): { code: ProblemCode; detail: string; extra: Record<string, unknown> } {
  if (error instanceof RequestRefused && Object.hasOwn(PROBLEMS, error.code)) {
    return { code: error.code as ProblemCode, detail: error.publicMessage, extra: error.extra };
  }
  if (error instanceof Busy) {
    return {
      code: `store/${error.reason}`,
      detail: error.publicMessage,
      extra: { headers: { 'retry-after': RETRY_AFTER_SECONDS[error.reason] } },
    };
  }
  if (error instanceof Conflict) return { code: 'app/conflict', detail: error.publicMessage, extra: {} };
  if (error instanceof NotFound || error instanceof CottageError) {
    return { code: 'internal', detail: 'Something went wrong on our side.', extra: {} };
  }
  return {
    code: 'internal',
    detail: 'Something went wrong on our side. The instance below is in our log.',
    extra: {},
  };
}
