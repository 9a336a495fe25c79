import { createHmac } from 'node:crypto';
import { transform } from 'esbuild';
import { array, assert, asyncProperty, constantFrom } from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../local/edge/answer.ts';
import { type PageName, page } from '../../local/edge/pages.ts';
import { appHeaders, ownHeaders, strictly, strictTransport } from '../../local/edge/security-headers.ts';
import { cloudFrontObjects } from '../../shared/hosting/cloudfront-objects.ts';
import { toParameters } from '../../shared/hosting/cloudfront-tenant.ts';
import type { Site } from '../../shared/hosting/hosting.ts';
import { routeOf } from '../../shared/hosting/static-site.ts';
import { mintCookie } from '../../shared/hosting/viewer.ts';
import { derivedId, HELD, HOLDING, PARKED, ReleaseId } from '../../shared/ids/ids.ts';
import type { Signer } from '../../shared/signer/signer.ts';
import { TestClock } from '../builders/clock.ts';
import { placeOf } from '../builders/edge.ts';
import {
  EDGE_FUNCTIONS,
  type FunctionResponse,
  loadFunction,
  requestFor,
  sourceOf,
} from '../builders/edge-functions.ts';
import { DIFFERENCES, isForFunctions } from './cloudfront-differences.ts';
import { SITE, STATIC_SITE_CASES } from './static-site.cases.ts';

const PLACE = placeOf('lunch', 'apps.example.com');
/** Where browsers are not told to come over HTTPS only. */
const LOCAL = placeOf('lunch');
const RELEASE = ReleaseId.parse(derivedId('r', 'one'));
const OPEN: Site = { release: RELEASE, page: 'app', access: 'open', spa: false, headers: {} };
const KEY = 'k'.repeat(43);
const STORE = new Map([['viewer-cookie/k1', KEY]]);

/** As whoever signs people in makes a cookie: with the key in the store, as it is written there. */
const signer: Signer = {
  sign: async (_, message) => ({
    kid: 'k1',
    mac: createHmac('sha256', KEY).update(message).digest('base64url'),
  }),
  verify: async () => false,
};
const clock = new TestClock();
const cookieFor = (place = PLACE) => mintCookie({ signer, clock }, place, 'anna@example.com');

/** CloudFront with its functions and a bucket: what a visitor gets. */
function edgeFor(site: Partial<Site>, files: readonly string[] = SITE, { app, host } = PLACE) {
  const whole = { ...OPEN, ...site };
  const parameters = new Map(toParameters(app, whole).map(({ Name = '', Value = '' }) => [Name, Value]));
  const surroundings = { parameters, store: STORE, now: () => clock.now() };
  const onRequest = loadFunction('viewer-request', surroundings);
  const onResponse = loadFunction('viewer-response', surroundings);
  const root = `/apps/${app}/${whole.release}`;
  const objects = new Map(
    cloudFrontObjects(files).map(({ path, metadata, isMarker }) => [
      `${root}/${path}`,
      { body: isMarker ? '' : path, metadata },
    ]),
  );

  return async (
    target: string,
    options: Parameters<typeof requestFor>[2] = {},
  ): Promise<FunctionResponse> => {
    const asked = requestFor(host, target, options);
    const first = await onRequest({ request: asked });
    if (first.statusCode !== undefined) return first;
    const found = objects.get(decodeURIComponent(first.uri));
    if (!found) return { statusCode: 404, headers: {} };
    const { contentType = '', cacheControl = '', named = {} } = found.metadata;
    const stored = {
      'content-type': contentType,
      'cache-control': cacheControl,
      'x-amz-id-2': 'of the bucket',
      ...Object.fromEntries(Object.entries(named).map(([name, value]) => [`x-amz-meta-${name}`, value])),
    };
    const headers = Object.fromEntries(Object.entries(stored).map(([name, value]) => [name, { value }]));
    const answered = await onResponse({ request: first, response: { statusCode: 200, headers } });
    return { ...answered, body: { encoding: 'text', data: found.body } };
  };
}

const CASES = STATIC_SITE_CASES.filter(isForFunctions).map((one) => {
  const same = DIFFERENCES.filter(
    ({ title, target, spa }) => title === one.title && target === one.target && spa === one.spa,
  );
  return {
    one,
    expected: same.length > 0 && (one.files?.includes('404.html') || one.spa) ? same[0]?.answer : one.answer,
  };
});

describe('static sites on CloudFront', () => {
  it.each(CASES)('$one.title: $one.target', async ({ one, expected }) => {
    const ask = edgeFor({ spa: one.spa ?? false, access: one.access ?? 'open' }, one.files);
    const { method = 'GET', headers: given = {} } = one;
    const asked = { method, headers: given, cookie: await cookieFor() };
    const { statusCode, headers, body } = await ask(one.target, asked);
    const isFile = (one.files ?? SITE).includes(body?.data ?? '');
    const shown = {
      status: statusCode,
      ...(isFile && {
        file: body?.data,
        type: headers['content-type']?.value,
        caching: headers['cache-control']?.value,
      }),
      ...(headers['location'] && { location: headers['location'].value }),
      ...(headers['allow'] && { allow: headers['allow'].value }),
    };
    expect(shown).toEqual(expected);
  });

  it.each(CASES.filter(({ one }) => !one.method))(
    'HEAD is GET, whose body CloudFront keeps: $one.title: $one.target',
    async ({ one }) => {
      const ask = edgeFor({ spa: one.spa ?? false, access: one.access ?? 'open' }, one.files);
      const cookie = await cookieFor();
      const get = await ask(one.target, { cookie });
      expect(await ask(one.target, { method: 'HEAD', cookie })).toEqual(get);
    },
  );

  it('every difference from one machine is one of the cases', () => {
    const used = CASES.filter(({ one, expected }) => expected !== one.answer);
    expect(used).toHaveLength(DIFFERENCES.length);
  });
});

const valuesOf = ({ headers }: FunctionResponse) =>
  Object.fromEntries(Object.entries(headers).map(([name, { value }]) => [name, value]));

const toldBy = (answer: FunctionResponse) => ({
  status: answer.statusCode,
  headers: valuesOf(answer),
  body: answer.body?.data,
});

/** What the edge of one machine says in the same place. The length of a body is CloudFront's to say. */
function said(name: PageName, host = PLACE.host) {
  return shownOn(strictly(page(name), host));
}

function shownOn({ status, headers, body }: Answer) {
  const { 'content-length': _, ...rest } = headers;
  return { status, headers: rest, body: String(body) };
}

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
    expect(toldBy(await edgeFor(site)(target, { method }))).toEqual(said(name));
  });

  it('and below localhost, where browsers are not told to come over HTTPS only', async () => {
    expect(toldBy(await edgeFor({}, SITE, LOCAL)('/', { method: 'POST' }))).toEqual(
      said('readOnly', LOCAL.host),
    );
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
    expect(toldBy(answer)).toEqual(shownOn(strictly({ status: 200, headers, body }, PLACE.host)));
  });
});

describe.each(EDGE_FUNCTIONS)('%s tells browsers to come over HTTPS only', (name) => {
  it.each(['localhost', LOCAL.host, PLACE.host, 'localhost.example.com', 'my-localhost', 'a.my-localhost'])(
    'where the edge of one machine does: %s',
    async (host) => {
      const parameters = new Map(
        toParameters(PLACE.app, OPEN).map(({ Name = '', Value = '' }) => [Name, Value]),
      );
      const request = requestFor(host, '/', { method: 'POST' });
      const response = { statusCode: 200, headers: {} };
      const answer = await loadFunction(name, { parameters })({ request, response });
      expect(answer.headers['strict-transport-security']?.value).toBe(
        strictTransport(host)['strict-transport-security'],
      );
    },
  );
});

describe('the way to what is not a file of the app', () => {
  const onRequest = (site: Partial<Site> = {}) => {
    const given = toParameters(PLACE.app, { ...OPEN, ...site });
    const parameters = new Map(given.map(({ Name = '', Value = '' }) => [Name, Value]));
    return loadFunction('viewer-request', { parameters, store: STORE, now: () => clock.now() });
  };
  const origin = `https://${PLACE.host}`;

  it.each([
    ['GET', '/_cottage/open?ticket=x', {}, '/_cottage/open'],
    ['POST', '/_cottage/beacon', { origin }, '/_cottage/beacon'],
    ['POST', '/_cottage/beacon', {}, '/_cottage/beacon'],
    ['GET', '/_cottage/telemetry.js', {}, '/apps/cottage/telemetry.js'],
  ])('%s %s %j goes to %s', async (method, target, headers, uri) => {
    const result = await onRequest()({ request: requestFor(PLACE.host, target, { method, headers }) });
    expect(result).toMatchObject({ method, uri });
    expect(result.statusCode).toBeUndefined();
  });

  it.each<[string, string, Record<string, string>, number, Record<string, string>]>([
    ['HEAD', '/_cottage/open', {}, 405, { allow: 'GET' }],
    ['PURGE', '/_cottage/open', {}, 405, { allow: 'GET' }],
    ['GET', '/_cottage/beacon', {}, 405, { allow: 'POST' }],
    ['POST', '/_cottage/beacon', { origin: 'https://elsewhere.example.com' }, 403, {}],
  ])('%s %s %j is %i', async (method, target, headers, status, more) => {
    const result = await onRequest()({ request: requestFor(PLACE.host, target, { method, headers }) });
    const expected = { status, headers: { ...ownHeaders(), ...more }, body: Buffer.alloc(0) };
    expect(toldBy(result)).toEqual(shownOn(strictly(expected, PLACE.host)));
  });
});

const askViewers = (cookie?: string) =>
  edgeFor({ access: 'viewers' })('/', cookie === undefined ? {} : { cookie });

describe('the gate', () => {
  it('lets in whoever has a cookie for this app and host, until it ends', async () => {
    const cookie = await cookieFor();
    expect((await askViewers(cookie)).statusCode).toBe(200);
    const early = loadFunction('viewer-request', {
      parameters: new Map([
        ['app', PLACE.app],
        ['release', RELEASE],
        ['mode', 'app viewers'],
      ]),
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
    expect(toldBy(await askViewers(await change(await cookieFor())))).toEqual(said('signIn'));
  });
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
        const answer = valuesOf(await edgeFor(site, SITE, place)(target));
        const { 'content-type': __, 'cache-control': ___, location: ____, ...shown } = answer;
        expect(shown).toEqual(appHeaders(site, place.host));
      }
    }
  });

  it.each(['/apps/cottage/telemetry.js', '/_cottage/open'])(
    'are not put on what is Cottage’s own: %s',
    async (uri) => {
      const site = { ...OPEN, headers: { 'x-team': 'demo' } };
      const given = toParameters(PLACE.app, site).map(({ Name = '', Value = '' }) => [Name, Value] as const);
      const onResponse = loadFunction('viewer-response', { parameters: new Map(given) });
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
    const { statusCode, headers } = await edgeFor({})('/about?b=1&a=%20&b=2&c');
    expect([statusCode, headers['location']?.value]).toEqual([308, '/about/?b=1&b=2&a=%20&c']);
  });
});

it('chooses the file that is first on one machine, whatever is asked for', async () => {
  const piece = constantFrom(
    'a',
    'B',
    '.',
    '..',
    '%2e',
    '%2F',
    '%5c',
    '%zz',
    '%00',
    '%C3%BC',
    '/',
    '//',
    '_cottage',
    '.well-known/cottage.json',
    ' ',
    '#',
    '?x',
    "'",
    '(',
  );
  const onRequest = loadFunction('viewer-request', {
    parameters: new Map([
      ['app', PLACE.app],
      ['release', RELEASE],
      ['mode', 'app open'],
    ]),
  });
  const rest = array(piece, { maxLength: 6 }).map((pieces) => `/${pieces.join('')}`);
  await assert(
    asyncProperty(rest, async (target) => {
      const route = routeOf(target, { spa: false });
      const result = await onRequest({ request: requestFor(PLACE.host, target) });
      const ownPage = route.kind === 'malformed' ? 'malformed' : 'noSuchPage';
      const file = route.kind === 'site' && route.candidates[0]?.status === 200 && route.candidates[0].file;
      const shown = result.statusCode === undefined ? decodeURIComponent(result.uri) : toldBy(result);
      const isElsewhere = route.kind === 'well-known';
      const expected = isElsewhere
        ? toldBy(await onRequest({ request: requestFor(PLACE.host, '/.well-known/cottage.json') }))
        : typeof file === 'string'
          ? `/apps/${PLACE.app}/${RELEASE}/${file}`
          : said(ownPage);
      expect(shown).toEqual(expected);
    }),
    { numRuns: 500 },
  );
});

describe.each(EDGE_FUNCTIONS)('%s', (name) => {
  it('has at most 10 KB', () => {
    expect(Buffer.byteLength(sourceOf(name))).toBeLessThanOrEqual(10_240);
  });

  it('has only what JavaScript runtime 2.0 knows: ES 5.1 and a closed list beside it', async () => {
    const supported = { 'const-and-let': true, arrow: true, 'template-literal': true, 'async-await': true };
    const { code: newest } = await transform(sourceOf(name), { target: 'esnext', format: 'esm' });
    const { code: known } = await transform(sourceOf(name), { target: 'es5', format: 'esm', supported });
    expect(known).toBe(newest);
    expect(sourceOf(name)).not.toMatch(
      /\beval\b|\bFunction\(|setTimeout|setInterval|\brequire\(|\bprocess\b|\bfetch\b|console/,
    );
    const imported = [...sourceOf(name).matchAll(/^import .* from '(.*)';$/gm)].map(([, module]) => module);
    expect(['cloudfront', 'crypto', 'querystring']).toEqual(expect.arrayContaining(imported));
  });
});
