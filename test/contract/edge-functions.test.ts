import { describe, expect, it } from 'vitest';
import { type PageName, page } from '../../local/edge/pages.ts';
import { appHeaders, ownHeaders, strictly, strictTransport } from '../../local/edge/security-headers.ts';
import type { Site } from '../../shared/hosting/hosting.ts';
import { HELD, HOLDING, PARKED } from '../../shared/ids/ids.ts';
import { TELEMETRY_HEADERS, TELEMETRY_SCRIPT } from '../../shared/telemetry/script.ts';
import { placeOf } from '../builders/edge.ts';
import {
  EDGE_FUNCTIONS,
  type FunctionResponse,
  loadFunction,
  requestFor,
} from '../builders/edge-functions.ts';
import {
  clock,
  cookieFor,
  edgeFor,
  KEY,
  LOCAL,
  OPEN,
  PLACE,
  parametersOf,
  RELEASE,
  STORE,
  said,
  shownOn,
  signer,
  signerWith,
  toldBy,
} from './functions-edge.ts';

const valuesOf = (answer: FunctionResponse) => toldBy(answer).headers;

describe('Cottage’s own answers are those of one machine', () => {
  it.each<[PageName, Partial<Site>, string, string]>([
    ['malformed', {}, 'GET', '/%00'],
    ['readOnly', {}, 'POST', '/'],
    ['readOnly', {}, 'DELETE', '/.well-known/cottage.json'],
    ['readOnly', {}, 'POST', '/_cottage/telemetry.js'],
    ['noSuchPage', {}, 'GET', '/a//b'],
    ['noSuchPage', {}, 'GET', '/_cottage/x'],
    ['noSuchPage', { access: 'viewers' }, 'GET', '/_cottage/x'],
    ['held', { page: 'held' }, 'GET', '/'],
    ['held', { release: HELD }, 'GET', '/about'],
    ['held', { page: 'held', access: 'viewers' }, 'GET', '/'],
    ['parked', { page: 'parked' }, 'POST', '/'],
    ['parked', { release: PARKED }, 'GET', '/'],
    ['holding', { release: HOLDING }, 'GET', '/'],
    ['holding', { release: HOLDING }, 'POST', '/_cottage/beacon'],
    ['signIn', { access: 'viewers' }, 'GET', '/'],
    ['signIn', { access: 'viewers' }, 'GET', '/nothing'],
    ['signIn', { access: 'viewers' }, 'POST', '/'],
    ['signIn', { access: 'viewers' }, 'POST', '/_cottage/beacon'],
    ['signIn', { access: 'viewers' }, 'PURGE', '/'],
    ['held', { page: 'held' }, 'PURGE', '/'],
    ['malformed', {}, 'PURGE', '/%00'],
    ['readOnly', {}, 'CONNECT', '/'],
    ['readOnly', { page: 'held' }, 'OPTIONS', '*'],
    ['unknownMethod', {}, 'PURGE', '/'],
    ['unknownMethod', {}, 'PURGE', '/a//b'],
    ['unknownMethod', { access: 'viewers' }, 'PURGE', '/.well-known/cottage.json'],
    ['unknownMethod', { page: 'parked' }, 'PURGE', '/_cottage/telemetry.js'],
  ])('%s for %j: %s %s', async (name, site, method, target) => {
    expect(await edgeFor(site)(target, { method })).toEqual(said(name));
  });

  it('and below localhost, where browsers are not told to come over HTTPS only', async () => {
    expect(await edgeFor({}, LOCAL)('/', { method: 'POST' })).toEqual(said('readOnly', LOCAL.host));
  });

  it.each([undefined, new Map<string, string>(), new Map([['app', PLACE.app]])])(
    'where there is no site, there is no app (%#)',
    async (parameters) => {
      const onRequest = loadFunction('viewer-request', { parameters });
      expect(toldBy(await onRequest({ request: requestFor(PLACE.host, '/') }))).toEqual(
        shownOn(page('noSuchApp')),
      );
    },
  );

  it.each(['open', 'viewers'] as const)('says which release is there, to anybody (%s)', async (access) => {
    const answer = await edgeFor({ access })('/.well-known/cottage.json?x');
    const headers = { ...ownHeaders(), 'content-type': 'application/json' };
    const body = Buffer.from(JSON.stringify({ app: PLACE.app, release: RELEASE }));
    expect(answer).toEqual(shownOn(strictly({ status: 200, headers, body }, PLACE.host)));
  });
});

describe.each(EDGE_FUNCTIONS)('%s tells browsers to come over HTTPS only', (name) => {
  it.each(['localhost', LOCAL.host, PLACE.host, 'localhost.example.com', 'my-localhost', 'a.my-localhost'])(
    'where the edge of one machine does: %s',
    async (host) => {
      const parameters = parametersOf();
      const request = requestFor(host, '/', { method: 'POST' });
      const response = { statusCode: 200, headers: {} };
      const answer = await loadFunction(name, { parameters })({ request, response });
      expect(answer.headers['strict-transport-security']?.value).toBe(
        strictTransport(host)['strict-transport-security'],
      );
    },
  );
});

/** The function that has the request first, of this site. */
const requestFunction = (site: Partial<Site> = {}) => {
  const parameters = parametersOf(site);
  return loadFunction('viewer-request', { parameters, store: STORE, now: () => clock.now() });
};

describe('the way to what is not a file of the app', () => {
  const origin = `https://${PLACE.host}`;

  it.each([
    ['GET', '/_cottage/open?ticket=x', {}, '/_cottage/open'],
    ['POST', '/_cottage/beacon', { origin }, '/_cottage/beacon'],
    ['POST', '/_cottage/beacon', {}, '/_cottage/beacon'],
    ['POST', '/_cottage/beacon', { 'x-cottage-app': 'another' }, '/_cottage/beacon'],
    ['GET', '/_cottage/telemetry.js', {}, `/apps/${PLACE.app}/${RELEASE}/_cottage/telemetry.js`],
  ])('%s %s %j goes to %s', async (method, target, headers, uri) => {
    const result = await requestFunction()({ request: requestFor(PLACE.host, target, { method, headers }) });
    expect(result).toMatchObject({ method, uri });
    expect(result.statusCode).toBeUndefined();
    const isForApi = uri.startsWith('/_cottage/');
    expect([result.headers['x-cottage-app']?.value, result.headers['x-cottage-release']?.value]).toEqual(
      isForApi ? [PLACE.app, RELEASE] : [undefined, undefined],
    );
  });

  it.each<[string, string, Record<string, string>, number, Record<string, string>]>([
    ['HEAD', '/_cottage/open', {}, 405, { allow: 'GET' }],
    ['PURGE', '/_cottage/open', {}, 405, { allow: 'GET' }],
    ['GET', '/_cottage/beacon', {}, 405, { allow: 'POST' }],
    ['POST', '/_cottage/beacon', { origin: 'https://elsewhere.example.com' }, 403, {}],
  ])('%s %s %j is %i', async (method, target, headers, status, more) => {
    const result = await requestFunction()({ request: requestFor(PLACE.host, target, { method, headers }) });
    const expected = { status, headers: { ...ownHeaders(), ...more }, body: Buffer.alloc(0) };
    expect(toldBy(result)).toEqual(shownOn(strictly(expected, PLACE.host)));
  });
});

const askViewers = (cookie?: string) =>
  edgeFor({ access: 'viewers' })('/', cookie === undefined ? {} : { cookie });

it.each<Partial<Site>>([{}, { access: 'viewers' }])(
  'the script for telemetry is that of one machine, for everybody (%j)',
  async (site) => {
    const { 'content-security-policy': _, 'cache-control': __, ...always } = ownHeaders();
    const headers = {
      ...always,
      'content-type': TELEMETRY_HEADERS.contentType,
      'cache-control': TELEMETRY_HEADERS.cacheControl,
      ...strictTransport(PLACE.host),
    };
    const answer = await edgeFor(site)('/_cottage/telemetry.js');
    expect(answer).toEqual({ status: 200, headers, body: TELEMETRY_SCRIPT });
  },
);

describe('the gate', () => {
  it('lets in whoever has a cookie for this app and host, until it ends', async () => {
    const cookie = await cookieFor();
    expect((await askViewers(cookie)).status).toBe(200);
    const early = loadFunction('viewer-request', {
      parameters: parametersOf({ access: 'viewers' }),
      store: STORE,
      now: () => clock.now() + 8 * 3_600_000,
    });
    expect(toldBy(await early({ request: requestFor(PLACE.host, '/', { cookie }) }))).toEqual(said('signIn'));
  });

  it.each<[string, (cookie: string) => string | Promise<string>]>([
    ['none', () => ''],
    ['one that is none', () => 'x'],
    [
      'a signature changed at its start',
      (cookie) =>
        cookie.replace(/\.([\w-])([\w-]{42})$/, (_, a: string, b: string) => `.${a === 'A' ? 'B' : 'A'}${b}`),
    ],
    [
      'a signature changed at its end',
      (cookie) => `${cookie.slice(0, -1)}${cookie.endsWith('A') ? 'B' : 'A'}`,
    ],
    ['a key that is not in the store', (cookie) => cookie.replace('.k1.', '.k2.')],
    [
      'another content',
      (cookie) => `${Buffer.from('{"v":1}').toString('base64url')}.${cookie.split('.').slice(1).join('.')}`,
    ],
    ['one for another app', () => cookieFor({ ...PLACE, app: placeOf('dinner').app })],
    ['one for another host', () => cookieFor({ ...PLACE, host: placeOf('dinner').host })],
    [
      'one of another version',
      async (cookie) => {
        const payload = JSON.parse(Buffer.from(cookie.split('.')[0] ?? '', 'base64url').toString());
        const text = Buffer.from(JSON.stringify({ ...payload, v: 2 })).toString('base64url');
        return `${text}.k1.${(await signer.sign('viewer-cookie', text)).mac}`;
      },
    ],
    [
      'one that never ends',
      async (cookie) => {
        const payload = JSON.parse(Buffer.from(cookie.split('.')[0] ?? '', 'base64url').toString());
        const text = Buffer.from(JSON.stringify({ ...payload, expiresAt: null })).toString('base64url');
        return `${text}.k1.${(await signer.sign('viewer-cookie', text)).mac}`;
      },
    ],
  ])('keeps out %s', async (_, change) => {
    expect(await askViewers(await change(await cookieFor()))).toEqual(said('signIn'));
  });
});

it.each<[string, Map<string, string>]>([
  ['no keys', new Map()],
  ['keys of other things alone', new Map([['k1', KEY]])],
  ['a key of no bytes', new Map([['viewer-cookie/k1', '']])],
  ['a key that is too short', new Map([['viewer-cookie/k1', KEY.slice(0, 31)]])],
])('with %s in the store, nobody gets through the gate', async (_, store) => {
  for (const key of [KEY, KEY.slice(0, 31), '']) {
    const cookie = await cookieFor(PLACE, signerWith(key));
    const onRequest = loadFunction('viewer-request', {
      parameters: parametersOf({ access: 'viewers' }),
      store,
      now: () => clock.now(),
    });
    expect(toldBy(await onRequest({ request: requestFor(PLACE.host, '/', { cookie }) }))).toEqual(
      said('signIn'),
    );
  }
});

describe('the headers of an app’s files', () => {
  it.each<[string, Record<string, string>]>([
    ['no headers of its own', {}],
    ['a policy and a header of its own', { 'content-security-policy': "default-src 'self'", 'x-a': 'b' }],
    ['more than one parameter holds', { 'content-security-policy': `img-src ${'x'.repeat(400)}` }],
    ['what is the edge’s own', { 'x-frame-options': 'ALLOWALL' }],
  ])('are those of one machine: %s', async (_, headers) => {
    const site = { ...OPEN, headers };
    for (const place of [PLACE, LOCAL]) {
      for (const target of ['/', '/about']) {
        const { headers: answered } = await edgeFor(site, place)(target);
        const { 'content-type': __, 'cache-control': ___, location: ____, ...shown } = answered;
        expect(shown).toEqual(appHeaders(site, place.host));
      }
    }
  });

  it.each([`/apps/${PLACE.app}/${RELEASE}/_cottage/telemetry.js`, '/_cottage/open'])(
    'are not put on what is Cottage’s own: %s',
    async (uri) => {
      const site = { ...OPEN, headers: { 'x-team': 'demo' } };
      const onResponse = loadFunction('viewer-response', { parameters: parametersOf(site) });
      const headers = { 'cache-control': { value: 'public, max-age=300' } };
      const answer = await onResponse({
        request: requestFor(PLACE.host, uri),
        response: { statusCode: 200, headers },
      });
      const { 'content-security-policy': _, ...always } = appHeaders(OPEN, PLACE.host);
      expect(valuesOf(answer)).toEqual({ 'cache-control': 'public, max-age=300', ...always });
    },
  );

  it.each([
    [200, { 'content-encoding': 'br', vary: 'Accept-Encoding', etag: 'W/"x"' }],
    [206, { 'content-range': 'bytes 0-1/9', etag: '"x"' }],
    [304, { etag: '"x"' }],
  ])('leave CloudFront its own work: %i %j', async (status, own) => {
    const onResponse = loadFunction('viewer-response', { parameters: new Map([['mode', 'app open']]) });
    const headers = Object.fromEntries(Object.entries(own).map(([name, value]) => [name, { value }]));
    const answer = await onResponse({
      request: requestFor(PLACE.host, '/'),
      response: { statusCode: status, headers },
    });
    expect(answer.statusCode).toBe(status);
    expect(valuesOf(answer)).toEqual({ ...own, ...appHeaders(OPEN, PLACE.host) });
  });

  it('say nothing of the bucket, and take the content policy of the release', async () => {
    const onResponse = loadFunction('viewer-response', { parameters: new Map([['mode', 'app open']]) });
    const stored = {
      'x-amz-meta-content-policy': { value: "default-src 'none'" },
      'x-amz-version-id': { value: 'v' },
    };
    const { headers } = await onResponse({
      request: requestFor(PLACE.host, '/'),
      response: { statusCode: 200, headers: stored },
    });
    expect(headers['content-security-policy']?.value).toBe("default-src 'none'");
    expect(Object.keys(headers).filter((name) => name.startsWith('x-amz'))).toEqual([]);
  });

  it('of a redirect have the query as it came, with what stands there twice', async () => {
    const { status, headers } = await edgeFor({})('/about?b=1&a=%20&b=2&c');
    expect([status, headers['location']]).toEqual([308, '/about/?b=1&b=2&a=%20&c']);
  });
});
