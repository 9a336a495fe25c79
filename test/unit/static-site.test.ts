import { describe, expect, it } from 'vitest';
import { acceptsIdentity, encodingFor, isNegotiable } from '../../shared/hosting/content-encoding.ts';
import { contentTypeOf } from '../../shared/hosting/content-types.ts';
import { cacheControlOf, isHashedName, routeOf } from '../../shared/hosting/static-site.ts';
import {
  contentOf,
  HASHED_NAMES,
  PLAIN_NAMES,
  SITE,
  STATIC_SITE_CASES,
  type StaticSiteAnswer,
  type StaticSiteCase,
} from '../contract/static-site.cases.ts';

/** What an edge would answer to a plain GET of these files, by the pure rules alone. */
function answerOf({ target, files = SITE, spa, access, headers = {} }: StaticSiteCase): StaticSiteAnswer {
  const route = routeOf(target, { spa: spa ?? false });
  if (route.kind === 'malformed') return { status: 400 };
  if (route.kind !== 'site') return { status: 404 };
  const found = route.candidates.find(({ file }) => files.includes(file));
  if (!found) return { status: 404 };
  if (found.status === 308) return { status: 308, location: found.location };
  const { status, file } = found;
  const accepted = headers['accept-encoding'];
  const wanted = encodingFor(accepted);
  const isCoded = isNegotiable(file, contentOf(file).length) && wanted !== 'identity';
  if (!acceptsIdentity(accepted) && !(isCoded && wanted)) return { status: 406 };
  return {
    status,
    file,
    type: contentTypeOf(file),
    caching: cacheControlOf(file, access ?? 'open'),
    ...(isCoded && wanted && { encoding: wanted }),
  };
}

/** Conditions, ranges and other methods are looked at once the file is found. */
const PLAIN_CASES = STATIC_SITE_CASES.filter(
  ({ method, headers }) => !method && Object.keys(headers ?? {}).every((name) => name === 'accept-encoding'),
);

describe('a static site', () => {
  it.each(PLAIN_CASES)('$title: $target', (given) => {
    expect(answerOf(given)).toEqual(given.answer);
  });

  it.each(['', 'index.html', '*', 'https://lunch.demo.apps.localhost/', '/#x', '/a#/../b'])(
    'a target like %j is malformed',
    (target) => {
      expect(routeOf(target, { spa: true })).toEqual({ kind: 'malformed' });
    },
  );

  it('a redirect leaves out a query it can not repeat', () => {
    const { candidates } = routeOf('/about?a=\u00fc b', { spa: false }) as { candidates: unknown[] };
    expect(candidates[1]).toEqual({ file: 'about/index.html', status: 308, location: '/about/' });
  });

  it.each([
    ['/.well-known/cottage.json', { kind: 'well-known' }],
    ['/.well-known/cottage.json?x', { kind: 'well-known' }],
    ['/%2Ewell-known/cottage.json', { kind: 'well-known' }],
    ['/_cottage/open?ticket=x', { kind: 'reserved', path: 'open' }],
    ['/%5fcottage/a/b', { kind: 'reserved', path: 'a/b' }],
    ['/_cottage', { kind: 'reserved', path: '' }],
  ])('%s is Cottage’s own', (target, route) => {
    expect(routeOf(target, { spa: true })).toEqual(route);
  });
});

describe('a name', () => {
  it.each(HASHED_NAMES)('%s carries a hash', (name) => {
    expect(isHashedName(name)).toBe(true);
  });

  it.each(PLAIN_NAMES)('%s carries none', (name) => {
    expect(isHashedName(name)).toBe(false);
  });
});

describe('a type', () => {
  it.each([
    ['a.html', 'text/html; charset=utf-8'],
    ['a.HTML', 'text/html; charset=utf-8'],
    ['a.mjs', 'text/javascript; charset=utf-8'],
    ['a.js.map', 'application/json'],
    ['a.json', 'application/json'],
    ['a.wasm', 'application/wasm'],
    ['a.webmanifest', 'application/manifest+json'],
    ['a.woff2', 'font/woff2'],
    ['a.avif', 'image/avif'],
    ['a.svg', 'image/svg+xml; charset=utf-8'],
    ['a.xml', 'application/xml; charset=utf-8'],
    ['a.md', 'text/markdown; charset=utf-8'],
    ['.html', 'text/html; charset=utf-8'],
    ['html', 'application/octet-stream'],
    ['a', 'application/octet-stream'],
    ['a.', 'application/octet-stream'],
    ['a.constructor', 'application/octet-stream'],
    ['a.html/b', 'application/octet-stream'],
    ['a.exe', 'application/octet-stream'],
  ])('%s is %s', (name, type) => {
    expect(contentTypeOf(name)).toBe(type);
  });
});

describe('a file is sent in several encodings', () => {
  it.each([
    ['a.html', 999, false],
    ['a.html', 1_000, true],
    ['a.html', 10_000_000, true],
    ['a.html', 10_000_001, false],
    ['a.js', 5_000, true],
    ['a.css', 5_000, true],
    ['a.json', 5_000, true],
    ['a.js.map', 5_000, true],
    ['a.webmanifest', 5_000, true],
    ['a.svg', 5_000, true],
    ['a.xml', 5_000, true],
    ['a.wasm', 5_000, true],
    ['a.ttf', 5_000, true],
    ['a.woff2', 5_000, false],
    ['a.png', 5_000, false],
    ['a.jpg', 5_000, false],
    ['a.mp4', 5_000, false],
    ['a.pdf', 5_000, false],
    ['a.zip', 5_000, false],
    ['a', 5_000, false],
  ])('when it is called %s and has %i bytes: %j', (name, sizeBytes, expected) => {
    expect(isNegotiable(name, sizeBytes)).toBe(expected);
  });
});
