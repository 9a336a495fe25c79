import { connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mintCookie, mintTicket } from '../../shared/hosting/viewer.ts';
import type { Site } from '../../shared/hosting/hosting.ts';
import { HELD, HOLDING, PARKED } from '../../shared/ids/ids.ts';
import type { ReleaseFiles } from '../../local/edge/serve-site.ts';
import { LocalSigner } from '../../shared/signer/local-signer.ts';
import { placeOf, startEdge, type TestEdge } from '../builders/edge.ts';
import { tempFolder } from '../builders/temp.ts';
import { SITE, STATIC_SITE_CASES } from './static-site.cases.ts';

const LARGE_BYTES = 50_000_000;
const ANNA = 'anna@example.com';
/** Stands in every file of an app: no answer that is not the app's may hold it. */
const SECRET = 'the secret of the app';

async function open(...options: Parameters<typeof startEdge> extends [string, ...infer Rest] ? Rest : never) {
  const edge = await startEdge(tempFolder(), ...options);
  onTestFinished(edge.stop);
  return edge;
}

/** Asks over HTTP/2, on a connection made for `servername`. */
async function askHttp2(edge: TestEdge, servername: string, headers: Record<string, string>, body = '') {
  const session = connectHttp2(`https://127.0.0.1:${edge.port}`, {
    servername,
    ca: edge.certificates.authority,
  });
  onTestFinished(() => session.destroy());
  const stream = session.request({ ':authority': `${servername}:${edge.port}`, ...headers });
  if (!stream.writableEnded) stream.end(body);
  const answer = await new Promise<IncomingHttpHeaders & { ':status'?: number }>((resolve, reject) => {
    stream.on('response', resolve);
    stream.on('error', reject);
  });
  return { status: answer[':status'], headers: answer, text: (await buffer(stream)).toString() };
}

/** Each case is an app of its own. */
const CASES = STATIC_SITE_CASES.map((given, at) => ({ name: `case${at}`, given }));

/** Files of 50 MB, which no buffer on the way holds whole, and which cost no room on disk. */
function largeFiles(): ReleaseFiles {
  const path = join(tempFolder(), 'large');
  writeFileSync(path, '');
  truncateSync(path, LARGE_BYTES);
  return { openReleaseFile: async () => ({ file: await openFile(path), sizeBytes: LARGE_BYTES }) };
}

describe('static sites', () => {
  let edge: TestEdge;
  const folder = mkdtempSync(join(tmpdir(), 'cottage-edge-'));
  beforeAll(async () => {
    edge = await startEdge(folder);
  });
  afterAll(async () => {
    await edge.stop();
    rmSync(folder, { recursive: true });
  });

  it.each(CASES)('$given.title: $given.target', async ({ name, given }) => {
    const { target, files = SITE, spa = false, access = 'open', answer } = given;
    const contents = Object.fromEntries(files.map((file) => [file, `${SECRET}: ${file}`]));
    const { host } = await edge.publish(name, contents, { spa, access });
    const cookie = await mintCookie(edge.viewers, placeOf(name), ANNA);
    const { status, headers, text } = await edge.ask(host, target, {
      headers: { cookie: `__Host-cottage=${cookie}` },
    });
    const shown = {
      status,
      ...(text.startsWith(SECRET) && {
        file: text.slice(SECRET.length + 2),
        type: headers['content-type'],
        caching: headers['cache-control'],
      }),
      ...(headers.location !== undefined && { location: headers.location }),
    };
    expect(shown).toEqual(answer);
  });
});

describe('an answer', () => {
  it('carries the security headers, whatever it is', async () => {
    const { publish, hosting, ask } = await open();
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

  it("of an app has the edge's content policy, unless the site brings its own", async () => {
    const { publish, ask } = await open();
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
    const { publish, ask } = await open();
    const { host } = await publish('lunch', { 'index.html': 'hello', 'b.html': 'hello' });
    const { headers } = await ask(host, '/');
    const etag = String(headers.etag);
    expect(etag).toMatch(/^"[\w.]+"$/);
    expect((await ask(host, '/b.html')).headers.etag).not.toBe(etag);
    const again = await ask(host, '/', { headers: { 'if-none-match': `"x", ${etag}` } });
    expect(again).toMatchObject({ status: 304, text: '', headers: { etag, 'cache-control': 'no-cache' } });
    expect(again.headers).not.toHaveProperty('content-length');
    expect((await ask(host, '/', { headers: { 'if-none-match': '"x"' } })).status).toBe(200);
    await publish('lunch', { 'index.html': 'hello again' });
    expect(await ask(host, '/', { headers: { 'if-none-match': etag } })).toMatchObject({
      status: 200,
      text: 'hello again',
    });
  });

  it.each([5, 100_000, 1_000_000])('of a file of %i bytes can be had in parts', async (size) => {
    const { publish, ask } = await open();
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
    const { publish, ask } = await open();
    const { host } = await publish('lunch', { 'a.txt': '' });
    expect(await ask(host, '/a.txt')).toMatchObject({
      status: 200,
      text: '',
      headers: { 'content-length': '0' },
    });
    expect((await ask(host, '/a.txt', { headers: { range: 'bytes=0-' } })).status).toBe(416);
  });

  it('to HEAD is the answer to GET without its body, also where something is wrong', async () => {
    const { publish, ask } = await open();
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
      const { publish, ask } = await open();
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
    const held: ReleaseFiles = {
      openReleaseFile: async (key) => {
        const found = await edge.store.openReleaseFile(key);
        opened.resolve();
        await flipped.promise;
        return found;
      },
    };
    const edge = await open({ overrides: { files: held } });
    const { app, host, release } = await edge.publish('lunch', { 'a.bin': Buffer.alloc(200_000, 'a') });
    const reading = edge.ask(host, '/a.bin');
    await opened.promise;
    const next = await edge.publish('lunch', { 'a.bin': Buffer.alloc(200_000, 'b') });
    await edge.store.delete(`apps/${app}/${release}`, { prefix: true });
    flipped.resolve();
    expect((await reading).body.equals(Buffer.alloc(200_000, 'a'))).toBe(true);
    expect((await edge.ask(host, '/a.bin')).body.equals(Buffer.alloc(200_000, 'b'))).toBe(true);
    expect(edge.lines.map((line) => line.release)).toEqual([release, next.release]);
  });
});

describe('a host', () => {
  it('that is not bound, or not the one the connection is for, has no app', async () => {
    const { publish, ask, port } = await open();
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
      const { publish, ask } = await open();
      const { host } = await publish('lunch', { 'index.html': SECRET });
      expect((await ask(host, '/', { headers: { host: wrong } })).status).toBe(400);
    },
  );

  it('may be written in capitals, and without its port', async () => {
    const { publish, ask } = await open();
    const { host } = await publish('lunch', { 'index.html': 'hello' });
    expect(
      (await ask(host, '/', { headers: { host: host.toUpperCase() }, servername: host.toUpperCase() })).text,
    ).toBe('hello');
  });

  it('without a certificate gets no connection', async () => {
    const { ask } = await open();
    await expect(ask('lunch.other.apps.localhost', '/')).rejects.toThrow(/handshake/);
  });

  it('shows nothing any more once it is unbound', async () => {
    const { publish, ask, hosting } = await open();
    const { app, host } = await publish('lunch', { 'index.html': SECRET });
    await hosting.unbind(app);
    expect((await ask(host, '/')).status).toBe(421);
  });
});

describe('HTTP/2', () => {
  it('answers as HTTP/1.1 does', async () => {
    const edge = await open();
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
    expect(edge.lines.at(-1)).toMatchObject({ httpVersion: '2.0', host, status: 405 });
  });

  it('a connection for one host is not used for another, which would be a way round its certificate', async () => {
    const edge = await open();
    const { host } = await edge.publish('lunch', { 'index.html': SECRET });
    const other = (await edge.publish('dinner', { 'index.html': 'dinner' })).host;
    const answer = await askHttp2(edge, other, { ':path': '/', ':authority': host });
    expect(answer.status).toBe(421);
    expect(answer.text).not.toContain(SECRET);
  });

  it('two names for one host are no host', async () => {
    const edge = await open();
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
    const edge = await open();
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
    const { ask } = await open();
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
      const { publish, ask } = await open();
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

describe('an app for viewers', () => {
  const files = { 'index.html': SECRET, 'a.js': SECRET, '404.html': SECRET, 'dir/index.html': SECRET };

  async function closed() {
    const edge = await open();
    const published = await edge.publish('lunch', files, {
      access: 'viewers',
      spa: true,
      headers: { 'x-app': SECRET },
    });
    const withCookie = (cookie: string) =>
      edge.ask(published.host, '/', { headers: { cookie: `a=b; __Host-cottage=${cookie}` } });
    return { ...edge, ...published, withCookie };
  }

  it('gives no byte of it to a stranger, under any path or method', async () => {
    const { ask, host, release, app } = await closed();
    const targets = [
      ...[
        '/',
        '/index.html',
        '/a.js',
        '/dir',
        '/dir/',
        '/nothing',
        '/404.html',
        '/?x',
        '//',
        '/.well-known/x',
      ],
      ...['/%69ndex.html', '/%00', '/..%2f', '/_cottage/index.html', '/_cottage/../index.html', '/_cottage'],
      ...[
        '/_cottage/telemetry.js',
        '/_cottage/open',
        '/_cottage/beacon',
        `/apps/${app}/${release}/index.html`,
      ],
    ];
    for (const target of targets) {
      for (const method of [
        'GET',
        'HEAD',
        'POST',
        'PUT',
        'DELETE',
        'OPTIONS',
        'PATCH',
        'TRACE',
        'PROPFIND',
      ]) {
        const answer = await ask(host, target, {
          method,
          headers: { range: 'bytes=0-3', 'if-none-match': '*' },
        });
        expect(JSON.stringify([answer.text, answer.headers])).not.toContain(SECRET);
        expect(answer.headers).not.toHaveProperty('etag');
        expect(answer.status).not.toBe(304);
        if (!target.startsWith('/_cottage') && !target.includes('%00') && !target.includes('%2f')) {
          expect([target, method, answer.status]).toEqual([target, method, 401]);
        }
      }
    }
  });

  it('asks a stranger to sign in, in plain words, which nobody keeps', async () => {
    const { ask, host } = await closed();
    const answer = await ask(host, '/');
    expect(answer).toMatchObject({ status: 401, headers: { 'cache-control': 'no-store' } });
    expect(answer.text).toContain('Sign in to see this app');
  });

  it('is shown to who has a cookie, until eight hours later', async () => {
    const { viewers, withCookie, clock } = await closed();
    const cookie = await mintCookie(viewers, placeOf('lunch'), ANNA);
    expect(await withCookie(cookie)).toMatchObject({
      status: 200,
      text: SECRET,
      headers: { 'cache-control': 'private, no-cache' },
    });
    clock.advance(8 * 3_600_000 - 1);
    expect((await withCookie(cookie)).status).toBe(200);
    clock.advance(1);
    const expired = await withCookie(cookie);
    expect(expired.status).toBe(401);
    expect(expired.text).not.toContain(SECRET);
  });

  it("is not shown for another app's cookie, a changed one, a ticket, or one of another key", async () => {
    const { viewers, withCookie, clock } = await closed();
    const good = await mintCookie(viewers, placeOf('lunch'), ANNA);
    const signer = await LocalSigner.open(join(tempFolder(), 'key.json'));
    const wrong = [
      '',
      'x',
      `${good}x`,
      `x${good}`,
      good.slice(0, -1),
      await mintCookie(viewers, placeOf('dinner'), ANNA),
      await mintCookie(viewers, { ...placeOf('lunch'), app: placeOf('dinner').app }, ANNA),
      await mintCookie(viewers, { ...placeOf('lunch'), host: placeOf('dinner').host }, ANNA),
      await mintTicket(viewers, placeOf('lunch'), ANNA),
      await mintCookie({ signer, clock }, placeOf('lunch'), ANNA),
    ];
    for (const cookie of wrong) {
      const answer = await withCookie(cookie);
      expect(answer.status).toBe(401);
      expect(answer.text).not.toContain(SECRET);
    }
    expect((await withCookie(good)).status).toBe(200);
  });

  describe('opened with a ticket', () => {
    async function ticketed() {
      const edge = await closed();
      const ticket = await mintTicket(edge.viewers, placeOf('lunch'), ANNA);
      const openWith = (token: string, asked = {}) =>
        edge.ask(edge.host, `/_cottage/open?ticket=${token}`, asked);
      return { ...edge, ticket, openWith };
    }

    it('gives a cookie that lets the viewer in, and leads to the app', async () => {
      const { ticket, openWith, withCookie, lines } = await ticketed();
      const { status, headers, text } = await openWith(ticket);
      expect({ status, text }).toEqual({ status: 303, text: '' });
      expect(headers).toMatchObject({
        location: '/',
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
      });
      const [, cookie = ''] =
        /^__Host-cottage=([\w.-]+); Path=\/; Secure; HttpOnly; SameSite=Lax$/.exec(
          headers['set-cookie']?.[0] ?? '',
        ) ?? [];
      expect(await withCookie(cookie)).toMatchObject({ status: 200, text: SECRET });
      expect(JSON.stringify(lines)).not.toContain(ticket.slice(0, 20));
    });

    it('works once', async () => {
      const { ticket, openWith } = await ticketed();
      await openWith(ticket);
      const again = await openWith(ticket);
      expect(again.status).toBe(410);
      expect(again.headers).not.toHaveProperty('set-cookie');
      expect(again.text).toContain('does not work any more');
    });

    it('works for five minutes', async () => {
      const { ticket, openWith, clock } = await ticketed();
      clock.advance(5 * 60_000);
      const late = await openWith(ticket);
      expect(late.status).toBe(410);
      expect(late.headers).not.toHaveProperty('set-cookie');
    });

    it('is not used up by somebody who only looks at the link, or sends to it', async () => {
      const { ticket, openWith } = await ticketed();
      for (const method of ['HEAD', 'POST', 'OPTIONS']) {
        expect(await openWith(ticket, { method })).toMatchObject({ status: 405, headers: { allow: 'GET' } });
      }
      expect((await openWith(ticket)).status).toBe(303);
    });

    it('of another app, changed, missing, or a cookie in its place, opens nothing', async () => {
      const { viewers, ticket, openWith, ask, host } = await ticketed();
      const wrong = [
        '',
        `${ticket}x`,
        await mintTicket(viewers, placeOf('dinner'), ANNA),
        await mintCookie(viewers, placeOf('lunch'), ANNA),
      ];
      for (const token of wrong) {
        const answer = await openWith(token);
        expect(answer.status).toBe(410);
        expect(answer.headers).not.toHaveProperty('set-cookie');
      }
      expect((await ask(host, '/_cottage/open')).status).toBe(410);
    });
  });
});

describe('the telemetry hook', () => {
  const load = JSON.stringify({ kind: 'load', durationMs: 120 });

  async function telemetered(site: Partial<Site> = {}) {
    const edge = await open();
    const published = await edge.publish('lunch', { 'index.html': SECRET }, site);
    const beacon = (body: string, headers: Record<string, string> = {}) =>
      edge.ask(published.host, '/_cottage/beacon', { method: 'POST', body, headers });
    return { ...edge, ...published, beacon };
  }

  it('is a script that every app may load', async () => {
    const { ask, host } = await telemetered();
    expect(await ask(host, '/_cottage/telemetry.js')).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'public, max-age=300' },
      text: expect.stringContaining('sendBeacon'),
    });
    expect((await ask(host, '/_cottage/anything')).status).toBe(404);
  });

  it('hands on what a page of the app sends', async () => {
    const { beacon, beacons, app, host, release, port } = await telemetered();
    expect(await beacon(load, { origin: `https://${host}:${port}` })).toMatchObject({
      status: 204,
      text: '',
    });
    expect((await beacon(load)).status).toBe(204);
    const handed = { app, release, beacon: { kind: 'load', durationMs: 120 } };
    expect(beacons).toEqual([handed, handed]);
  });

  it.each([
    ['another app', (host: string, port: number) => `https://x.${host}:${port}`],
    ['another port', (host: string, port: number) => `https://${host}:${port + 1}`],
    ['no TLS', (host: string, port: number) => `http://${host}:${port}`],
    ['nowhere', () => 'null'],
  ])('refuses what a page from %s sends', async (_, origin) => {
    const { beacon, beacons, host, port } = await telemetered();
    expect((await beacon(load, { origin: origin(host, port) })).status).toBe(403);
    expect(beacons).toEqual([]);
  });

  it.each([
    ['nothing', '', 400],
    ['no JSON', 'x', 400],
    ['an unknown kind', '{"kind":"x"}', 400],
    ['more than it may', '{"kind":"load","durationMs":1,"x":1}', 400],
    ['a wrong type', '{"kind":"load","durationMs":"1"}', 400],
    ['4,097 bytes', load.padEnd(4097), 413],
    ['a megabyte', load.padEnd(1_000_000), 413],
  ])('refuses %s', async (_, body, status) => {
    const { beacon, beacons } = await telemetered();
    expect((await beacon(body)).status).toBe(status);
    expect(beacons).toEqual([]);
  });

  it('takes 4,096 bytes', async () => {
    const { beacon } = await telemetered();
    expect((await beacon(load.padEnd(4096))).status).toBe(204);
  });

  it('takes nothing from strangers to an app for viewers, nor for an app that is held', async () => {
    const closed = await telemetered({ access: 'viewers' });
    expect((await closed.beacon(load)).status).toBe(401);
    const cookie = await mintCookie(closed.viewers, placeOf('lunch'), ANNA);
    expect((await closed.beacon(load, { cookie: `__Host-cottage=${cookie}` })).status).toBe(204);
    const held = await telemetered({ page: 'held' });
    expect((await held.beacon(load)).status).toBe(503);
    expect([closed.beacons.length, held.beacons.length]).toEqual([1, 0]);
  });

  it('is only sent to', async () => {
    const { ask, host } = await telemetered();
    expect(await ask(host, '/_cottage/beacon')).toMatchObject({ status: 405, headers: { allow: 'POST' } });
  });
});

function tlsTo(edge: TestEdge, servername: string) {
  const ca = edge.certificates.authority;
  const socket = connectTls({ port: edge.port, host: '127.0.0.1', servername, ca });
  socket.on('error', () => undefined);
  return socket;
}

describe('the access log', () => {
  it('has one line for each request, with no query, cookie or token', async () => {
    const { publish, ask, lines, clock } = await open();
    const { app, host, release } = await publish('lunch', { 'index.html': 'hello' });
    const headers = {
      'user-agent': 'a browser',
      cookie: '__Host-cottage=token',
      authorization: 'Bearer token',
    };
    await ask(host, '/index.html?token=token#token', { headers });
    await ask(placeOf('nobody').host, '/x');
    await ask(host, '/', { headers: { 'user-agent': 'cottage-probe/1' } });
    await vi.waitFor(() => expect(lines).toHaveLength(3));
    expect(lines[0]).toEqual({
      at: new Date(clock.now()).toISOString(),
      app,
      release,
      host,
      method: 'GET',
      path: '/index.html',
      status: 200,
      sizeBytes: 5,
      complete: true,
      durationMs: expect.any(Number),
      httpVersion: '1.1',
      userAgent: 'a browser',
      probe: false,
    });
    expect(lines[1]).toMatchObject({ host: placeOf('nobody').host, status: 421, path: '/x', userAgent: '' });
    expect(lines[1]).not.toHaveProperty('app');
    expect(lines[2]).toMatchObject({ probe: true });
    expect(JSON.stringify(lines)).not.toContain('token');
  });

  it('is bounded, whatever is sent', async () => {
    const { ask, lines } = await open();
    await ask(placeOf('nobody').host, `/${'x'.repeat(9000)}`, {
      headers: { 'user-agent': 'x'.repeat(5000) },
    });
    await vi.waitFor(() => expect(lines).toHaveLength(1));
    expect(JSON.stringify(lines[0]).length).toBeLessThan(2000);
  });

  it('tells what went wrong; the visitor is told only that it did', async () => {
    const openReleaseFile = () => Promise.reject(new Error('disk gone'));
    const { publish, ask, lines } = await open({ overrides: { files: { openReleaseFile } } });
    const { host } = await publish('lunch', { 'index.html': 'hello' });
    const { status, text } = await ask(host, '/');
    expect(status).toBe(500);
    expect(text).toContain('went wrong');
    expect(text).not.toContain('disk');
    await vi.waitFor(() => expect(lines[0]).toMatchObject({ status: 500, fault: 'Error: disk gone' }));
  });

  it('says when a client went away before the end', async () => {
    const edge = await open({ overrides: { files: largeFiles() } });
    const { host } = await edge.publish('lunch', {});
    const socket = tlsTo(edge, host);
    socket.write(`GET /a.bin HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
    socket.once('data', () => socket.destroy());
    await vi.waitFor(() => expect(edge.lines).toHaveLength(1));
    expect(edge.lines[0]).toMatchObject({ status: 200, sizeBytes: LARGE_BYTES, complete: false });
  });
});

describe('limits', () => {
  const closing = (socket: { once(event: 'close', listener: () => void): unknown }) =>
    new Promise<void>((resolve) => socket.once('close', resolve));

  it('refuses headers over 16 kB, and takes smaller ones', async () => {
    const edge = await open();
    const { host } = await edge.publish('lunch', { 'index.html': 'hello' });
    const asked = (size: number) => edge.ask(host, '/', { headers: { 'x-large': 'x'.repeat(size) } });
    expect((await asked(15_000)).status).toBe(200);
    expect((await asked(16_384)).status).toBe(431);
  });

  it('refuses headers over 16 kB over HTTP/2, once it has said so', async () => {
    const edge = await open();
    const { host } = await edge.publish('lunch', { 'index.html': 'hello' });
    const session = connectHttp2(`https://127.0.0.1:${edge.port}`, {
      servername: host,
      ca: edge.certificates.authority,
    });
    onTestFinished(() => session.destroy());
    await new Promise((resolve) => session.once('remoteSettings', resolve));
    // The answer to a ping comes after ours to the settings.
    await new Promise<void>((resolve) => session.ping(() => resolve()));
    const asked = session.request({ ':authority': host, ':path': '/', 'x-large': 'x'.repeat(16_384) });
    await expect(buffer(asked)).rejects.toThrow('ENHANCE_YOUR_CALM');
  });

  it('says over HTTP/2 how many streams a connection may have', async () => {
    const edge = await open();
    const { host } = await edge.publish('lunch', {});
    const session = connectHttp2(`https://127.0.0.1:${edge.port}`, {
      servername: host,
      ca: edge.certificates.authority,
    });
    onTestFinished(() => session.destroy());
    const settings = await new Promise((resolve) => session.once('remoteSettings', resolve));
    expect(settings).toMatchObject({ maxConcurrentStreams: 100, maxHeaderListSize: 16_384 });
  });

  it('closes a connection that never shakes hands', async () => {
    const edge = await open({ overrides: { limits: { handshakeTimeoutMs: 20 } } });
    const socket = connectTcp(edge.port, '127.0.0.1');
    await closing(socket);
  });

  it('closes a connection whose request never ends', async () => {
    const edge = await open({ overrides: { limits: { headersTimeoutMs: 20 } } });
    const { host } = await edge.publish('lunch', {});
    const socket = tlsTo(edge, host);
    socket.write('GET / HTTP/1.1\r\n');
    const answer = await buffer(socket);
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('closes a connection whose body never ends', async () => {
    const edge = await open({ overrides: { limits: { headersTimeoutMs: 20, requestTimeoutMs: 20 } } });
    const { host } = await edge.publish('lunch', {});
    const socket = tlsTo(edge, host);
    socket.write(`POST /_cottage/beacon HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 100\r\n\r\n{`);
    expect((await buffer(socket)).toString()).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('closes an HTTP/2 connection that does nothing', async () => {
    const edge = await open({ overrides: { limits: { idleTimeoutMs: 20 } } });
    const { host } = await edge.publish('lunch', {});
    const session = connectHttp2(`https://127.0.0.1:${edge.port}`, {
      servername: host,
      ca: edge.certificates.authority,
    });
    session.on('error', () => undefined);
    await closing(session);
  });

  it('gives up on a client that does not take its answer', async () => {
    const edge = await open({ overrides: { limits: { idleTimeoutMs: 50 }, files: largeFiles() } });
    const { host } = await edge.publish('lunch', {});
    const socket = tlsTo(edge, host);
    socket.pause();
    socket.write(`GET /a.bin HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
    await vi.waitFor(() => expect(edge.lines).toHaveLength(1), { timeout: 10_000 });
    expect(edge.lines[0]).toMatchObject({ complete: false });
    socket.destroy();
  });

  it('takes no more connections than it is allowed', async () => {
    const edge = await open({ overrides: { limits: { connections: 2 } } });
    const { host } = await edge.publish('lunch', { 'index.html': 'hello' });
    const held = [tlsTo(edge, host), tlsTo(edge, host)];
    await Promise.all(
      held.map((socket) => new Promise<void>((resolve) => socket.once('secureConnect', resolve))),
    );
    await expect(edge.ask(host, '/')).rejects.toThrow(/hang up|ECONNRESET|disconnected/);
    for (const socket of held) socket.destroy();
  });
});

describe('starting and stopping', () => {
  it('fails on a port that is taken', async () => {
    const first = await open();
    const second = await open();
    await second.edge.stop();
    await expect(second.edge.start({ host: '127.0.0.1', port: first.port })).rejects.toThrow('EADDRINUSE');
  });

  it('stops although clients keep their connections, and again', async () => {
    const edge = await open({ overrides: { limits: { graceMs: 20 } } });
    const { host } = await edge.publish('lunch', { 'index.html': 'hello' });
    const session = connectHttp2(`https://127.0.0.1:${edge.port}`, {
      servername: host,
      ca: edge.certificates.authority,
    });
    await new Promise<void>((resolve) => session.once('connect', () => resolve()));
    const silent = connectTcp(edge.port, '127.0.0.1');
    silent.on('error', () => undefined);
    await new Promise<void>((resolve) => silent.once('connect', resolve));
    await edge.edge.stop();
    await edge.edge.stop();
    await expect(edge.ask(host, '/')).rejects.toThrow('ECONNREFUSED');
  });
});
