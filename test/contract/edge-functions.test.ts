import { createHmac } from 'node:crypto';
import { transform } from 'esbuild';
import { array, assert, asyncProperty, constantFrom } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PageName, page } from '../../local/edge/pages.ts';
import { appHeaders } from '../../local/edge/security-headers.ts';
import { folderMarkers, objectHeaders } from '../../shared/hosting/cloudfront-objects.ts';
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
import { DIFFERENCES } from './cloudfront-differences.ts';
import { SITE, STATIC_SITE_CASES } from './static-site.cases.ts';

const PLACE = placeOf('lunch');
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
function edgeFor(site: Partial<Site>, files: readonly string[] = SITE) {
  const whole = { ...OPEN, ...site };
  const parameters = new Map(
    toParameters(PLACE.app, whole).map(({ Name = '', Value = '' }) => [Name, Value]),
  );
  const surroundings = { parameters, store: STORE, now: () => clock.now() };
  const onRequest = loadFunction('viewer-request', surroundings);
  const onResponse = loadFunction('viewer-response', surroundings);
  const root = `/apps/${PLACE.app}/${whole.release}`;
  const objects = new Map(
    files.map((file) => [`${root}/${file}`, { body: file, headers: objectHeaders(file) }]),
  );
  for (const { file, headers } of folderMarkers(files)) objects.set(`${root}/${file}`, { body: '', headers });

  return async (
    target: string,
    options: Parameters<typeof requestFor>[2] = {},
  ): Promise<FunctionResponse> => {
    const asked = requestFor(PLACE.host, target, options);
    const first = await onRequest({ request: asked });
    if (first.statusCode !== undefined) return first;
    const found = objects.get(decodeURIComponent(first.uri));
    if (!found) return { statusCode: 404, headers: {} };
    const { contentType, cacheControl, metadata } = found.headers;
    const stored = {
      'content-type': contentType,
      'cache-control': cacheControl,
      'x-amz-id-2': 'of the bucket',
      ...Object.fromEntries(Object.entries(metadata).map(([name, value]) => [`x-amz-meta-${name}`, value])),
    };
    const headers = Object.fromEntries(Object.entries(stored).map(([name, value]) => [name, { value }]));
    const answered = await onResponse({ request: first, response: { statusCode: 200, headers } });
    return { ...answered, body: { encoding: 'text', data: found.body } };
  };
}

// Encodings, ranges and conditions are CloudFront's own.
const CASES = STATIC_SITE_CASES.filter((one) => !('headers' in one)).map((one) => {
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
    const { statusCode, headers, body } = await ask(one.target, { cookie: await cookieFor() });
    const isFile = (one.files ?? SITE).includes(body?.data ?? '');
    const shown = {
      status: statusCode,
      ...(isFile && {
        file: body?.data,
        type: headers['content-type']?.value,
        caching: headers['cache-control']?.value,
      }),
      ...(headers['location'] && { location: headers['location'].value }),
    };
    expect(shown).toEqual(expected);
  });

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

/** What the edge of one machine says in the same place. */
function said(name: PageName) {
  const { status, headers, body } = page(name);
  return { status, headers, body: String(body) };
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
  ])('%s for %j: %s %s', async (name, site, method, target) => {
    expect(toldBy(await edgeFor(site)(target, { method }))).toEqual(said(name));
  });

  it.each([undefined, new Map<string, string>(), new Map([['app', PLACE.app]])])(
    'where there is no site, there is no app (%#)',
    async (parameters) => {
      const onRequest = loadFunction('viewer-request', { parameters });
      expect(toldBy(await onRequest({ request: requestFor(PLACE.host, '/') }))).toEqual(said('noSuchApp'));
    },
  );

  it.each(['open', 'viewers'] as const)('says which release is there, to anybody (%s)', async (access) => {
    const answer = await edgeFor({ access })('/.well-known/cottage.json?x');
    expect(answer.statusCode).toBe(200);
    expect(valuesOf(answer)).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'no-store',
    });
    expect(JSON.parse(answer.body?.data ?? '')).toEqual({ app: PLACE.app, release: RELEASE });
  });
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

  it.each([
    ['HEAD', '/_cottage/open', {}, 405],
    ['GET', '/_cottage/beacon', {}, 405],
    ['POST', '/_cottage/beacon', { origin: 'https://elsewhere.example.com' }, 403],
  ])('%s %s %j is %i', async (method, target, headers, status) => {
    const result = await onRequest()({ request: requestFor(PLACE.host, target, { method, headers }) });
    expect(result.statusCode).toBe(status);
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
    const { 'content-type': __, 'cache-control': ___, ...shown } = valuesOf(await edgeFor(site)('/'));
    expect(shown).toEqual(appHeaders(site));
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
