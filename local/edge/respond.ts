import type { Binding, Site } from '../../shared/hosting/hosting.ts';
import { routeOf } from '../../shared/hosting/static-site.ts';
import {
  type Consume,
  cookieIn,
  mintCookie,
  readTicket,
  setCookie,
  type ViewerKeys,
} from '../../shared/hosting/viewer.ts';
import { type AppId, HELD, HOLDING, PARKED, type ReleaseId } from '../../shared/ids/ids.ts';
import type { Beacon } from '../../shared/telemetry/beacon.ts';
import { TELEMETRY_HEADERS, TELEMETRY_SCRIPT } from '../../shared/telemetry/script.ts';
import type { Answer, EdgeRequest } from './answer.ts';
import type { KnownViewers } from './known-viewers.ts';
import { type PageName, page } from './pages.ts';
import { readBeacon } from './read-beacon.ts';
import type { Representations } from './represent.ts';
import { ownHeaders } from './security-headers.ts';
import { serveSite } from './serve-site.ts';

export interface EdgeDeps {
  files: Representations;
  viewers: ViewerKeys;
  knownViewers: KnownViewers;
  /** Marks a viewer ticket as used. */
  consume: Consume;
  onBeacon: (beacon: { app: AppId; release: ReleaseId; beacon: Beacon }) => void;
}

/**
 * The answer to a request for a bound host. The binding is the one of the moment the request came: whatever is flipped
 * meanwhile, one answer is of one release.
 */
export function respond(deps: EdgeDeps, binding: Binding, request: EdgeRequest): Answer | Promise<Answer> {
  const { site } = binding;
  // Neither is about any file: CONNECT has no path, and `*` is the server itself.
  if (request.method === 'CONNECT' || request.target === '*') return page('readOnly');
  const route = routeOf(request.target, site);
  if (route.kind === 'malformed') return page('malformed');
  if (route.kind === 'well-known') return isReading(request) ? whatIsHere(binding) : notReading(request);
  if (route.kind === 'reserved') return reserved(deps, binding, route.path, request);
  // Before anything is looked at, so that nothing about the app shows, not even which files it has.
  const instead = insteadOfApp(deps, binding, request);
  const answer = (shown: PageName | undefined) => {
    if (shown) return page(shown);
    return isReading(request)
      ? serveSite(deps.files, binding, route.candidates, request)
      : notReading(request);
  };
  return instead instanceof Promise ? instead.then(answer) : answer(instead);
}

/** The page that stands between this visitor and the app; undefined when they may see it. */
function insteadOfApp(
  deps: EdgeDeps,
  { app, host, site }: Binding,
  request: EdgeRequest,
): PageName | undefined | Promise<PageName | undefined> {
  const own = ownPage(site);
  if (own) return own;
  if (site.access === 'open') return undefined;
  const cookie = cookieIn(request.headers.cookie ?? '');
  if (cookie === undefined) return 'signIn';
  const isKnown = deps.knownViewers.has({ app, host }, cookie);
  return isKnown === true ? undefined : isKnown.then((known) => (known ? undefined : 'signIn'));
}

function ownPage({ page: shown, release }: Site): PageName | undefined {
  if (shown === 'held' || release === HELD) return 'held';
  if (shown === 'parked' || release === PARKED) return 'parked';
  return release === HOLDING ? 'holding' : undefined;
}

function whatIsHere({ app, site }: Binding): Answer {
  return {
    status: 200,
    headers: { ...ownHeaders(), 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify({ app, release: site.release })),
  };
}

function reserved(
  deps: EdgeDeps,
  binding: Binding,
  path: string,
  request: EdgeRequest,
): Answer | Promise<Answer> {
  switch (path) {
    case 'telemetry.js':
      return isReading(request) ? telemetryScript() : notReading(request);
    case 'beacon':
      return request.method === 'POST' ? beacon(deps, binding, request) : plain(405, { allow: 'POST' });
    case 'open':
      // Not for HEAD: whoever only looks at a link must not use it up.
      return request.method === 'GET' ? openWithTicket(deps, binding, request) : plain(405, { allow: 'GET' });
    default:
      return page('noSuchPage');
  }
}

function telemetryScript(): Answer {
  const headers = {
    'content-type': TELEMETRY_HEADERS.contentType,
    'cache-control': TELEMETRY_HEADERS.cacheControl,
  };
  return { status: 200, headers: { ...ownHeaders(), ...headers }, body: Buffer.from(TELEMETRY_SCRIPT) };
}

async function beacon(deps: EdgeDeps, binding: Binding, request: EdgeRequest): Promise<Answer> {
  const { origin } = request.headers;
  if (origin !== undefined && origin !== `https://${request.authority}`) return plain(403);
  const instead = await insteadOfApp(deps, binding, request);
  if (instead) return page(instead);
  const read = await readBeacon(request.body);
  if (read === 'too-large') return plain(413);
  if (!read) return plain(400);
  deps.onBeacon({ app: binding.app, release: binding.site.release, beacon: read });
  return { status: 204, headers: ownHeaders() };
}

async function openWithTicket(deps: EdgeDeps, { app, host }: Binding, request: EdgeRequest): Promise<Answer> {
  const query = request.target.slice(request.target.indexOf('?') + 1);
  const ticket = new URLSearchParams(query).get('ticket') ?? '';
  const place = { app, host };
  const viewer = await readTicket(deps.viewers, place, ticket, deps.consume);
  if (viewer === undefined) return page('linkUsed');
  const cookie = setCookie(await mintCookie(deps.viewers, place, viewer));
  return plain(303, { location: '/', 'set-cookie': cookie, 'referrer-policy': 'no-referrer' });
}

function plain(status: number, headers: Record<string, string> = {}): Answer {
  return { status, headers: { ...ownHeaders(), ...headers }, body: Buffer.alloc(0) };
}

/** RFC 9110, 9.1: known and not allowed here is one thing, not known another. */
const KNOWN_METHODS = new Set(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE']);

function notReading({ method }: EdgeRequest): Answer {
  return page(KNOWN_METHODS.has(method) ? 'readOnly' : 'unknownMethod');
}

function isReading({ method }: EdgeRequest): boolean {
  return method === 'GET' || method === 'HEAD';
}
