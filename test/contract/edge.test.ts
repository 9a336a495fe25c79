import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReleaseFiles } from '../../local/edge/file-cache.ts';
import { isNegotiable } from '../../shared/hosting/content-encoding.ts';
import type { Site } from '../../shared/hosting/hosting.ts';
import { mintCookie } from '../../shared/hosting/viewer.ts';
import { derivedId, HELD, HOLDING, PARKED } from '../../shared/ids/ids.ts';
import { type Answered, askHttp2, openEdge, placeOf, startEdge, type TestEdge } from '../builders/edge.ts';
import { contentOf, SECRET, SITE, STATIC_SITE_CASES, type StaticSiteCase } from './static-site.cases.ts';

/** The cases that publish the same site share one app. */
const CASES = STATIC_SITE_CASES.map((given) => {
  const { files = SITE } = given;
  const site: Partial<Site> = { spa: given.spa ?? false, access: given.access ?? 'open' };
  const name = derivedId('s', JSON.stringify([files, site])).replace('_', '-');
  return { given, files, site, name };
});

const DECODED: Record<string, (bytes: Buffer) => Buffer> = { br: brotliDecompressSync, gzip: gunzipSync };

/** An answer as the table has it. A part may be one of several files: of `expected`, if it can be. */
function shownBy({ status, headers, body }: Answered, expected = ''): Partial<Record<string, unknown>> {
  const { 'content-encoding': encoding, 'content-range': range, location, allow } = headers;
  const content = (encoding === undefined ? undefined : DECODED[encoding]?.(body)) ?? body;
  const [, first, last] = /^bytes (\d+)-(\d+)\/\d+$/.exec(range ?? '') ?? [];
  const part = first !== undefined && last !== undefined ? [Number(first), Number(last)] : undefined;
  const isOwn = status === 304 || content.includes(SECRET) || part !== undefined;
  const file = [expected, ...ALL_FILES].find((one) =>
    content.equals(contentOf(one).subarray(part?.[0], (part?.[1] ?? 1e9) + 1)),
  );
  return {
    status,
    ...(isOwn && status !== 304 && { file, type: headers['content-type'] }),
    ...(isOwn && { caching: headers['cache-control'] }),
    ...(encoding !== undefined && { encoding }),
    ...(part && { part }),
    ...(location !== undefined && { location }),
    ...(allow !== undefined && { allow }),
  };
}

const variesFor = (file: string, status: number): boolean =>
  [406, 412].includes(status) ||
  ([200, 206, 304, 416].includes(status) && isNegotiable(file, contentOf(file).length));

const ALL_FILES = [...new Set(CASES.flatMap(({ files }) => files))];

describe('static sites', () => {
  let edge: TestEdge;
  const folder = mkdtempSync(join(tmpdir(), 'cottage-'));
  beforeAll(async () => {
    edge = await startEdge(folder);
    for (const { name, files, site } of new Map(CASES.map((one) => [one.name, one])).values()) {
      await edge.publish(name, Object.fromEntries(files.map((file) => [file, contentOf(file)])), site);
    }
  });
  afterAll(async () => {
    await edge.stop();
    rmSync(folder, { recursive: true });
  });

  /** The headers of a case, with a cookie, and with ETags in their places. */
  async function headersOf(name: string, { target, headers = {} }: StaticSiteCase) {
    const cookie = `__Host-cottage=${await mintCookie(edge.viewers, placeOf(name), 'anna@example.com')}`;
    const etagOf = async (accepted: string | undefined) => {
      const asked = { cookie, ...(accepted !== undefined && { 'accept-encoding': accepted }) };
      return String((await edge.ask(placeOf(name).host, target, { headers: asked })).headers.etag);
    };
    const filled: Record<string, string> = { cookie };
    for (const [header, value] of Object.entries(headers)) {
      const [mark, encoding = headers['range'] === undefined ? headers['accept-encoding'] : undefined] =
        /\{etag(?::(\w+))?\}/.exec(value) ?? [];
      filled[header] = mark === undefined ? value : value.replace(mark, await etagOf(encoding));
      for (const [other, coding] of filled[header].matchAll(/\{etag:(\w+)\}/g)) {
        filled[header] = filled[header].replace(other, await etagOf(coding));
      }
    }
    return filled;
  }

  it.each(CASES)('$given.title: $given.target', async ({ name, given }) => {
    const headers = await headersOf(name, given);
    const answer = await edge.ask(placeOf(name).host, given.target, {
      method: given.method ?? 'GET',
      headers,
    });
    const expected = 'file' in given.answer ? given.answer.file : undefined;
    expect(shownBy(answer, expected)).toEqual(given.answer);
    // What could have been another answer with another Accept-Encoding says so; shared caches go by it.
    const file = expected ?? given.target.slice(1);
    const { etag, vary } = answer.headers;
    expect({ isTagged: /^"[\w.]+"$/.test(etag ?? ''), vary }).toEqual({
      isTagged: [200, 206, 304, 416].includes(answer.status),
      vary: variesFor(file, answer.status) ? 'accept-encoding' : undefined,
    });
  });

  it.each(CASES.filter(({ given }) => !given.method && !given.headers?.['range']))(
    'HEAD is GET without its body: $given.title: $given.target',
    async ({ name, given }) => {
      const headers = await headersOf(name, given);
      const get = await edge.ask(placeOf(name).host, given.target, { headers });
      const head = await edge.ask(placeOf(name).host, given.target, { method: 'HEAD', headers });
      expect(head).toMatchObject({ status: get.status, text: '' });
      expect({ ...head.headers, date: '' }).toEqual({ ...get.headers, date: '' });
    },
  );
});

describe('an answer', () => {
  it('carries the security headers, whatever it is', async () => {
    const { publish, hosting, ask } = await openEdge();
    const { host } = await publish('lunch', { 'index.html': 'x', 'about/index.html': 'x' });
    await publish('secret', { 'index.html': 'x' }, { access: 'viewers' });
    await hosting.bind(placeOf('new').app, placeOf('new').host);
    const answers = [
      await ask(host, '/'),
      await ask(host, '/about'),
      await ask(host, '/nothing'),
      await ask(host, '/%00'),
      await ask(host, '/', { method: 'POST' }),
      await ask(host, '/_cottage/telemetry.js'),
      await ask(host, '/_cottage/open'),
      await ask(host, '/_cottage/beacon'),
      await ask(host, '/.well-known/cottage.json'),
      await ask(placeOf('secret').host, '/'),
      await ask(placeOf('new').host, '/'),
      await ask(placeOf('nobody').host, '/'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([
      200, 308, 404, 400, 405, 200, 410, 405, 200, 401, 503, 421,
    ]);
    for (const { headers } of answers) {
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': expect.stringMatching(/^(strict-origin-when-cross-origin|no-referrer)$/),
        'x-frame-options': 'SAMEORIGIN',
        'cross-origin-opener-policy': 'same-origin-allow-popups',
        'content-security-policy': expect.stringContaining("frame-ancestors 'self'"),
      });
    }
  });

  it('tells browsers to come over HTTPS only, but not below localhost, where a CA may be thrown away', async () => {
    const local = await openEdge();
    const { host } = await local.publish('lunch', { 'index.html': 'x' });
    expect((await local.ask(host, '/')).headers).not.toHaveProperty('strict-transport-security');
    const real = await openEdge({ domain: 'apps.example.com' });
    const there = await real.publish('lunch', { 'index.html': 'x' });
    for (const target of ['/', '/nothing', '/.well-known/cottage.json']) {
      const { headers } = await real.ask(there.host, target);
      expect(headers['strict-transport-security']).toBe('max-age=15552000');
    }
  });

  it("of an app has the edge's content policy, unless the site brings its own", async () => {
    const { publish, ask } = await openEdge();
    const plain = await publish('plain', { 'index.html': 'x' });
    const own = await publish(
      'own',
      { 'index.html': 'x' },
      {
        headers: {
          'content-security-policy': "default-src 'self'",
          'x-frame-options': 'DENY',
          'x-team': 'demo',
        },
      },
    );
    expect((await ask(plain.host, '/')).headers['content-security-policy']).toBe(
      "frame-ancestors 'self'; base-uri 'self'; object-src 'self'",
    );
    expect((await ask(own.host, '/')).headers).toMatchObject({
      'content-security-policy': "default-src 'self'",
      'x-frame-options': 'SAMEORIGIN',
      'x-team': 'demo',
    });
  });

  it('has a strong ETag, and is not sent again to who has it', async () => {
    const { publish, ask } = await openEdge();
    const { host } = await publish('lunch', { 'index.html': 'hello', 'b.html': 'hello' });
    const { headers } = await ask(host, '/');
    const etag = String(headers.etag);
    expect(etag).toMatch(/^"[\w.]+"$/);
    expect((await ask(host, '/b.html')).headers.etag).not.toBe(etag);
    const again = await ask(host, '/', { headers: { 'if-none-match': `"x", ${etag}` } });
    expect(again).toMatchObject({ status: 304, text: '', headers: { etag, 'cache-control': 'no-cache' } });
    for (const name of ['content-length', 'content-type', 'accept-ranges'])
      expect(again.headers).not.toHaveProperty(name);
    expect((await ask(host, '/', { headers: { 'if-none-match': '"x"' } })).status).toBe(200);
    await publish('lunch', { 'index.html': 'hello again' });
    expect(await ask(host, '/', { headers: { 'if-none-match': etag } })).toMatchObject({
      status: 200,
      text: 'hello again',
    });
  });

  it.each([5, 100_000, 1_000_000])('of a file of %i bytes can be had in parts', async (size) => {
    const { publish, ask } = await openEdge();
    const content = Buffer.alloc(size, 'abcdefghijklmnopqrstuvwxyz');
    const { host } = await publish('lunch', { 'a.bin': content });
    const part = (range: string, more: Record<string, string> = {}) =>
      ask(host, '/a.bin', { headers: { range, ...more } });
    const whole = await ask(host, '/a.bin');
    expect(whole.body.equals(content)).toBe(true);
    expect(whole.headers).toMatchObject({ 'accept-ranges': 'bytes', 'content-length': String(size) });

    const middle = await part(`bytes=1-${size - 2}`);
    expect(middle.body.equals(content.subarray(1, size - 1))).toBe(true);
    expect(middle).toMatchObject({
      status: 206,
      headers: {
        'content-range': `bytes 1-${size - 2}/${size}`,
        'content-length': String(size - 2),
        etag: whole.headers.etag,
        'content-type': 'application/octet-stream',
      },
    });
    expect((await part('bytes=-2')).body.equals(content.subarray(-2))).toBe(true);

    const beyond = await part(`bytes=${size}-`);
    expect(beyond).toMatchObject({ status: 416, text: '', headers: { 'content-range': `bytes */${size}` } });
    expect((await part('bytes=0-1', { 'if-range': '"other"' })).status).toBe(200);
    expect((await part('bytes=0-1', { 'if-range': String(whole.headers.etag) })).status).toBe(206);
    const head = await ask(host, '/a.bin', { method: 'HEAD', headers: { range: 'bytes=0-1' } });
    expect(head).toMatchObject({ status: 200, text: '', headers: { 'content-length': String(size) } });
  });

  it('of an empty file is empty', async () => {
    const { publish, ask } = await openEdge();
    const { host } = await publish('lunch', { 'a.txt': '' });
    expect(await ask(host, '/a.txt')).toMatchObject({
      status: 200,
      text: '',
      headers: { 'content-length': '0' },
    });
    expect((await ask(host, '/a.txt', { headers: { range: 'bytes=0-' } })).status).toBe(416);
  });

  it('to HEAD is the answer to GET without its body, also where something is wrong', async () => {
    const { publish, ask } = await openEdge();
    const { host } = await publish('lunch', { 'index.html': 'hello', '404.html': 'no' });
    const { host: closed } = await publish('closed', { 'index.html': SECRET }, { access: 'viewers' });
    for (const [where, target] of [
      [host, '/'],
      [host, '/nothing'],
      [host, '/%00'],
      [host, '/.well-known/cottage.json'],
      [host, '/_cottage/telemetry.js'],
      [closed, '/'],
    ] as const) {
      const get = await ask(where, target);
      const head = await ask(where, target, { method: 'HEAD' });
      expect(head).toMatchObject({ status: get.status, text: '' });
      expect({ ...head.headers, date: '' }).toEqual({ ...get.headers, date: '' });
    }
  });

  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'])(
    'to %s is that it can only be read',
    async (method) => {
      const { publish, ask } = await openEdge();
      const { host } = await publish('lunch', { 'index.html': SECRET });
      for (const target of ['/', '/.well-known/cottage.json', '/_cottage/telemetry.js']) {
        const answer = await ask(host, target, { method });
        expect(answer).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
        expect(answer.text).not.toContain(SECRET);
      }
    },
  );

  it('never mixes releases: it ends with the one it began with, even when that is deleted', async () => {
    const opened = Promise.withResolvers<void>();
    const flipped = Promise.withResolvers<void>();
    // The file is longer than what is sent at once, and nothing of it is in memory.
    const limits = { keptBytes: 0 };
    const held: ReleaseFiles = {
      openReleaseFile: async (key) => {
        const found = await edge.store.openReleaseFile(key);
        opened.resolve();
        await flipped.promise;
        return found;
      },
    };
    const edge = await openEdge({ overrides: { files: held, limits } });
    const { app, host, release } = await edge.publish('lunch', { 'a.bin': Buffer.alloc(200_000, 'a') });
    const reading = edge.ask(host, '/a.bin');
    await opened.promise;
    const next = await edge.publish('lunch', { 'a.bin': Buffer.alloc(200_000, 'b') });
    await edge.store.delete(`apps/${app}/${release}`, { prefix: true });
    flipped.resolve();
    expect((await reading).body.equals(Buffer.alloc(200_000, 'a'))).toBe(true);
    await edge.logged(1);
    expect((await edge.ask(host, '/a.bin')).body.equals(Buffer.alloc(200_000, 'b'))).toBe(true);
    expect((await edge.logged(2)).map((line) => line.release)).toEqual([release, next.release]);
  });
});

describe('a host', () => {
  it('that is not bound, or not the one the connection is for, has no app', async () => {
    const { publish, ask, port } = await openEdge();
    const { host } = await publish('lunch', { 'index.html': SECRET });
    const other = (await publish('dinner', { 'index.html': 'dinner' })).host;
    const answers = [
      await ask(placeOf('nobody').host, '/'),
      await ask(host, '/', { servername: other }),
      await ask(host, '/.well-known/cottage.json', { servername: other }),
      await ask(other, '/', { headers: { host: `x.${host}:${port}` } }),
      await ask(host, '/', { headers: { host: `${host}.` } }),
      await ask(host, '/', { headers: { host: '127.0.0.1' } }),
    ];
    for (const { status, text } of answers) {
      expect(status).toBe(421);
      expect(text).not.toContain(SECRET);
    }
  });

  it.each(['a b', 'a/b', 'user@lunch.demo.apps.localhost', 'lunch.demo.apps.localhost:99999999', '[::1]'])(
    'that is called %j is no host',
    async (wrong) => {
      const { publish, ask } = await openEdge();
      const { host } = await publish('lunch', { 'index.html': SECRET });
      expect((await ask(host, '/', { headers: { host: wrong } })).status).toBe(400);
    },
  );

  it('may be written in capitals, and without its port', async () => {
    const { publish, ask } = await openEdge();
    const { host } = await publish('lunch', { 'index.html': 'hello' });
    expect(
      (await ask(host, '/', { headers: { host: host.toUpperCase() }, servername: host.toUpperCase() })).text,
    ).toBe('hello');
  });

  it('without a certificate gets no connection', async () => {
    const { ask } = await openEdge();
    await expect(ask('lunch.other.apps.localhost', '/')).rejects.toThrow(/handshake/);
  });

  it('shows nothing any more once it is unbound', async () => {
    const { publish, ask, hosting } = await openEdge();
    const { app, host } = await publish('lunch', { 'index.html': SECRET });
    await hosting.unbind(app);
    expect((await ask(host, '/')).status).toBe(421);
  });
});

describe('HTTP/2', () => {
  it('answers as HTTP/1.1 does', async () => {
    const edge = await openEdge();
    const { host } = await edge.publish('lunch', {
      'index.html': 'hello',
      'a.bin': Buffer.alloc(100_000, 'a'),
    });
    expect(await askHttp2(edge, host, { ':path': '/' })).toMatchObject({ status: 200, text: 'hello' });
    expect((await askHttp2(edge, host, { ':path': '/a.bin' })).text).toHaveLength(100_000);
    expect(await askHttp2(edge, host, { ':path': '/', ':method': 'HEAD' })).toMatchObject({
      status: 200,
      text: '',
      headers: { 'content-length': '5' },
    });
    expect((await askHttp2(edge, host, { ':path': '/', ':method': 'POST' }, 'x')).status).toBe(405);
    expect((await edge.logged(4)).at(-1)).toMatchObject({ httpVersion: '2.0', host, status: 405 });
  });

  it('a connection for one host is not used for another, which would be a way round its certificate', async () => {
    const edge = await openEdge();
    const { host } = await edge.publish('lunch', { 'index.html': SECRET });
    const other = (await edge.publish('dinner', { 'index.html': 'dinner' })).host;
    const answer = await askHttp2(edge, other, { ':path': '/', ':authority': host });
    expect(answer.status).toBe(421);
    expect(answer.text).not.toContain(SECRET);
  });

  it('two names for one host are no host', async () => {
    const edge = await openEdge();
    const { host } = await edge.publish('lunch', { 'index.html': SECRET });
    const answer = await askHttp2(edge, host, {
      ':path': '/',
      ':authority': host,
      host: 'other.demo.apps.localhost',
    });
    expect(answer.status).toBe(400);
  });
});

describe("Cottage's own pages", () => {
  const instead: [string, Partial<Site>, string][] = [
    ['holding', { release: HOLDING }, 'being set up'],
    ['parked', { page: 'parked' }, 'put away'],
    ['parked, by its release', { release: PARKED }, 'put away'],
    ['held', { page: 'held' }, 'paused'],
    ['held, by its release', { release: HELD }, 'paused'],
    ['held, whoever may see the app', { page: 'held', access: 'viewers' }, 'paused'],
  ];
  it.each(instead)('stand in the place of an app that is %s, with no byte of it', async (_, site, words) => {
    const edge = await openEdge();
    const files = { 'index.html': SECRET, 'a.js': SECRET, '404.html': SECRET };
    const { app, host, release } = await edge.publish('lunch', files, {
      spa: true,
      headers: { 'x-app': SECRET },
      ...site,
    });
    for (const target of ['/', '/a.js', '/nothing', '/index.html']) {
      for (const method of ['GET', 'HEAD', 'POST']) {
        const answer = await edge.ask(host, target, { method });
        expect(answer).toMatchObject({ status: 503, headers: { 'cache-control': 'no-store' } });
        expect(JSON.stringify([answer.text, answer.headers])).not.toContain(SECRET);
      }
    }
    const { text, headers } = await edge.ask(host, '/');
    expect(text).toContain(words);
    expect(headers['retry-after']).toBe(site.release === HOLDING ? '5' : undefined);
    const wellKnown = await edge.ask(host, '/.well-known/cottage.json');
    expect(JSON.parse(wellKnown.text)).toEqual({ app, release: site.release ?? release });
  });

  it('load nothing from anywhere, and style themselves only', async () => {
    const { ask } = await openEdge();
    const { text, headers } = await ask(placeOf('nobody').host, '/');
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/=]+';/);
    expect(text).not.toMatch(/src=|href=|url\(|<script/);
  });
});

describe('/.well-known/cottage.json', () => {
  it.each(['open', 'viewers'] as const)(
    'says to anyone what is here, also when the app is for %s',
    async (access) => {
      const { publish, ask } = await openEdge();
      const files = {
        '.well-known/cottage.json': SECRET,
        '.well-known/other.json': '{}',
        'index.html': SECRET,
      };
      const { app, host, release } = await publish('lunch', files, { access });
      const answer = await ask(host, '/.well-known/cottage.json?x');
      expect(JSON.parse(answer.text)).toEqual({ app, release });
      expect(answer).toMatchObject({
        status: 200,
        headers: { 'cache-control': 'no-store', 'content-type': 'application/json' },
      });
      expect((await ask(host, '/.well-known/other.json')).status).toBe(access === 'open' ? 200 : 401);
    },
  );
});
