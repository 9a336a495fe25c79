import { EventEmitter, once } from 'node:events';
import { truncateSync, writeFileSync } from 'node:fs';
import { type FileHandle, open as openFile } from 'node:fs/promises';
import { type ClientHttp2Session, type ClientHttp2Stream, constants } from 'node:http2';
import { get } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it, vi } from 'vitest';
import type { ReleaseFiles } from '../../local/edge/file-cache.ts';
import { type Asked, askHttp2, openEdge, openHttp2, openTls, placeOf } from '../builders/edge.ts';
import { tempFolder } from '../builders/temp.ts';

const LARGE_BYTES = 50_000_000;

/** Files of 50 MB, which no buffer on the way holds whole, and which cost no room on disk. */
function largeFiles(): ReleaseFiles {
  const path = join(tempFolder(), 'large');
  writeFileSync(path, '');
  truncateSync(path, LARGE_BYTES);
  return { openReleaseFile: async () => ({ file: await openFile(path), start: 0, sizeBytes: LARGE_BYTES }) };
}

const failing: ReleaseFiles = { openReleaseFile: () => Promise.reject(new Error('disk gone')) };

const closed = (socket: { once(event: 'close', listener: () => void): unknown }) =>
  new Promise<'closed'>((resolve) => socket.once('close', () => resolve('closed')));

describe('the access log', () => {
  it('has one line for each request, with no query, cookie or token', async () => {
    const { publish, ask, logged, clock } = await openEdge();
    const { app, host, release } = await publish('lunch', { 'index.html': 'hello' });
    const headers = {
      'user-agent': 'a browser',
      cookie: '__Host-cottage=token',
      authorization: 'Bearer token',
    };
    await ask(host, '/index.html?token=token#token', { headers });
    await logged(1);
    await ask(placeOf('nobody').host, '/x');
    await logged(2);
    await ask(host, '/', { headers: { 'user-agent': 'cottage-probe/1' } });
    const lines = await logged(3);
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

  it('has an answer without a body as whole, when it was asked for without', async () => {
    const edge = await openEdge();
    const { host } = await edge.publish('lunch', { 'a.bin': Buffer.alloc(200_000) });
    await edge.ask(host, '/a.bin', { method: 'HEAD' });
    await askHttp2(edge, host, { ':path': '/a.bin', ':method': 'HEAD' });
    const whole = { method: 'HEAD', status: 200, sizeBytes: 200_000, complete: true };
    expect(await edge.logged(2)).toMatchObject([whole, whole]);
  });

  it('is bounded, whatever is sent', async () => {
    const { ask, logged } = await openEdge();
    await ask(placeOf('nobody').host, `/${'x'.repeat(9000)}`, {
      headers: { 'user-agent': 'x'.repeat(5000) },
    });
    expect(JSON.stringify(await logged(1)).length).toBeLessThan(2000);
  });

  it('tells what went wrong; the visitor is told only that it did', async () => {
    const { publish, ask, logged } = await openEdge({ overrides: { files: failing } });
    const { host } = await publish('lunch', { 'index.html': 'hello' });
    const { status, text } = await ask(host, '/');
    expect(status).toBe(500);
    expect(text).toContain('went wrong');
    expect(text).not.toContain('disk');
    expect(await logged(1)).toMatchObject([{ status: 500, fault: 'Error: disk gone' }]);
  });

  it('says when a client went away before the end', async () => {
    const edge = await openEdge({ overrides: { files: largeFiles() } });
    const { host } = await edge.publish('lunch', {});
    const socket = openTls(edge, host);
    socket.write(`GET /a.bin HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
    socket.once('data', () => socket.destroy());
    expect(await edge.logged(1)).toMatchObject([{ status: 200, sizeBytes: LARGE_BYTES, complete: false }]);
  });
});

const pinged = (session: ClientHttp2Session) => new Promise<void>((resolve) => session.ping(() => resolve()));

/** The files of an edge, all that it opened of them, and a gate to hold them up at. */
function watched() {
  const files: FileHandle[] = [];
  const opening = new EventEmitter();
  const gate = { passed: Promise.resolve() };
  const releaseFiles: ReleaseFiles = {
    openReleaseFile: async (key) => {
      const found = await edge.files?.openReleaseFile(key);
      if (found) files.push(found.file);
      opening.emit('open');
      await gate.passed;
      return found;
    },
  };
  const edge: { files?: ReleaseFiles } = {};
  return { files, opening, gate, releaseFiles, edge };
}

/** With no file kept in memory, so that every request opens its own. */
async function openWatched() {
  const watching = watched();
  const edge = await openEdge({ overrides: { files: watching.releaseFiles, limits: { keptBytes: 0 } } });
  watching.edge.files = edge.store;
  const large = Buffer.alloc(200_000);
  const { host } = await edge.publish('lunch', {
    'index.html': 'hello',
    'a/index.html': 'a',
    '404.html': 'no',
    'page.html': 'hello '.repeat(1_000),
    large,
  });
  return { ...edge, ...watching, whole: edge, host };
}

describe('the files that were opened', () => {
  it('are all closed again, whatever was answered', async () => {
    const { ask, host, files, logged } = await openWatched();
    const { headers } = await ask(host, '/');
    const asked: [string, Asked?][] = [
      ['/large'],
      ['/a'],
      ['/nothing'],
      ['/', { method: 'HEAD' }],
      ['/large', { method: 'HEAD' }],
      ['/', { headers: { 'if-none-match': String(headers.etag) } }],
      ['/', { headers: { range: 'bytes=1-2' } }],
      ['/', { headers: { range: 'bytes=9-' } }],
      ['/large', { headers: { range: 'bytes=1-100000' } }],
      // Opened once to be found and once to be compressed, and then in memory.
      ['/page.html', { headers: { 'accept-encoding': 'br' } }],
      ['/page.html', { headers: { 'accept-encoding': 'br' } }],
      ['/large', { headers: { 'accept-encoding': 'identity;q=0' } }],
    ];
    const statuses = [];
    for (const [target, how] of asked) statuses.push((await ask(host, target, how)).status);
    expect(statuses).toEqual([200, 308, 404, 200, 200, 304, 206, 416, 206, 200, 200, 406]);
    await logged(13);
    expect(files).toHaveLength(13);
    await vi.waitFor(() => expect(files.filter((file) => file.fd !== -1)).toEqual([]));
  });

  it('are closed, and the line is logged, when the client is gone before its answer', async () => {
    const { whole, host, files, logged, gate, opening } = await openWatched();
    const held = Promise.withResolvers<void>();
    gate.passed = held.promise;
    const session = openHttp2(whole, host);
    for (const target of ['/', '/large']) {
      const stream = session.request({ ':authority': host, ':path': target });
      stream.on('error', () => undefined);
      await once(opening, 'open');
      stream.close(constants.NGHTTP2_CANCEL);
    }
    // What is answered to a ping has been told of all that went before.
    await pinged(session);
    held.resolve();
    expect(await logged(2)).toMatchObject([{ complete: false }, { complete: false }]);
    await vi.waitFor(() => expect(files.filter((file) => file.fd !== -1)).toEqual([]));
  });

  it('that have lost their end end the connection: half a file is not a file', async () => {
    const short: ReleaseFiles = {
      openReleaseFile: async (key) => {
        const found = await edge.store.openReleaseFile(key);
        return found && { ...found, sizeBytes: found.sizeBytes + 1 };
      },
    };
    const edge = await openEdge({ overrides: { files: short, limits: { keptBytes: 0 } } });
    const small = await edge.publish('lunch', { 'index.html': 'hello' });
    const large = await edge.publish('dinner', { large: Buffer.alloc(200_000) });
    await expect(edge.ask(small.host, '/')).rejects.toThrow(/hang up|aborted|ECONNRESET/);
    await expect(edge.ask(large.host, '/large')).rejects.toThrow(/hang up|aborted|ECONNRESET/);
    expect(await edge.logged(2)).toMatchObject([{ complete: false }, { complete: false }]);
  });
});

/** A client that keeps its connection busy, so that it is never idle, until this stream is closed. */
async function pingUntilClosed(session: ClientHttp2Session, stream: ClientHttp2Stream): Promise<void> {
  stream.on('error', () => undefined);
  await once(session, 'remoteSettings');
  while (!stream.closed) await pinged(session);
}

describe('limits', () => {
  it('refuses headers over its limit, and takes smaller ones', async () => {
    const edge = await openEdge({ overrides: { limits: { headerBytes: 4096 } } });
    const { host } = await edge.publish('lunch', { 'index.html': 'hello' });
    const asked = (size: number) => edge.ask(host, '/', { headers: { 'x-large': 'x'.repeat(size) } });
    expect((await asked(3500)).status).toBe(200);
    expect((await asked(4096)).status).toBe(431);
    const session = openHttp2(edge, host);
    await new Promise((resolve) => session.once('remoteSettings', resolve));
    // The answer to a ping comes after ours to the settings, which count from then on.
    await pinged(session);
    const large = session.request({ ':authority': host, ':path': '/', 'x-large': 'x'.repeat(4096) });
    await expect(buffer(large)).rejects.toThrow('ENHANCE_YOUR_CALM');
  });

  it('has its limits when nobody says otherwise, and tells them over HTTP/2', async () => {
    const edge = await openEdge();
    const { host } = await edge.publish('lunch', { 'index.html': 'hello' });
    const asked = (size: number) => edge.ask(host, '/', { headers: { 'x-large': 'x'.repeat(size) } });
    expect((await asked(15_000)).status).toBe(200);
    expect((await asked(16_384)).status).toBe(431);
    const settings = await new Promise((resolve) => openHttp2(edge, host).once('remoteSettings', resolve));
    expect(settings).toMatchObject({ maxConcurrentStreams: 100, maxHeaderListSize: 16_384 });
  });

  it('closes a connection that never shakes hands', async () => {
    const edge = await openEdge({ overrides: { limits: { handshakeTimeoutMs: 20 } } });
    const socket = connectTcp(edge.port, '127.0.0.1');
    expect(await closed(socket)).toBe('closed');
  });

  it('closes a connection whose request never ends', async () => {
    const edge = await openEdge({ overrides: { limits: { headersTimeoutMs: 20 } } });
    const { host } = await edge.publish('lunch', {});
    const socket = openTls(edge, host);
    socket.write('GET / HTTP/1.1\r\n');
    const answer = await buffer(socket);
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('closes a connection whose body never ends', async () => {
    const edge = await openEdge({ overrides: { limits: { headersTimeoutMs: 20, requestTimeoutMs: 20 } } });
    const { host } = await edge.publish('lunch', {});
    const socket = openTls(edge, host);
    socket.write(`POST /_cottage/beacon HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 100\r\n\r\n{`);
    expect((await buffer(socket)).toString()).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('closes an HTTP/2 connection that does nothing', async () => {
    const edge = await openEdge({ overrides: { limits: { idleTimeoutMs: 20 } } });
    const { host } = await edge.publish('lunch', {});
    const session = openHttp2(edge, host);
    expect(await closed(session)).toBe('closed');
  });

  it('gives up on a client that does not take its answer', async () => {
    const edge = await openEdge({ overrides: { limits: { idleTimeoutMs: 50 }, files: largeFiles() } });
    const { host } = await edge.publish('lunch', {});
    const socket = openTls(edge, host);
    socket.pause();
    socket.write(`GET /a.bin HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
    expect(await edge.logged(1)).toMatchObject([{ complete: false }]);
  });

  it.each(['/large', '/small'])(
    'gives up on %s when it is not taken, though its connection is busy',
    async (target) => {
      const edge = await openEdge({ overrides: { limits: { idleTimeoutMs: 50 } } });
      const { host } = await edge.publish('lunch', {
        large: Buffer.alloc(500_000),
        small: Buffer.alloc(60_000),
      });
      const session = openHttp2(edge, host, { initialWindowSize: 10 });
      const stream = session.request({ ':authority': host, ':path': target });
      await pingUntilClosed(session, stream);
      expect(await edge.logged(1)).toMatchObject([{ complete: false }]);
    },
  );

  it('gives up on a body over HTTP/2 that never ends, though its connection is busy', async () => {
    const edge = await openEdge({ overrides: { limits: { requestTimeoutMs: 50, headersTimeoutMs: 50 } } });
    const { host } = await edge.publish('lunch', {});
    const session = openHttp2(edge, host);
    const headers = { ':authority': host, ':path': '/_cottage/beacon', ':method': 'POST' };
    const stream = session.request(headers);
    stream.write('{');
    await pingUntilClosed(session, stream);
    expect(await edge.logged(1)).toMatchObject([{ path: '/_cottage/beacon', complete: false }]);
  });

  it('takes no more connections from one client than it is allowed, and others still come in', async () => {
    const edge = await openEdge({ overrides: { limits: { connectionsPerClient: 2 } } });
    const { host } = await edge.publish('lunch', { 'index.html': 'hello' });
    const held = [openTls(edge, host), openTls(edge, host)];
    await Promise.all(held.map((socket) => once(socket, 'secureConnect')));
    await expect(edge.ask(host, '/')).rejects.toThrow(/hang up|ECONNRESET|disconnected/);
    const other = { servername: host, ca: edge.certificates.authority, headers: { host } };
    const [answer] = await once(
      get({ host: '127.0.0.1', port: edge.port, localAddress: '127.0.0.2', agent: false, ...other }),
      'response',
    );
    expect(answer.statusCode).toBe(200);
    answer.resume();
    const gone = held.map((socket) => once(socket, 'close'));
    for (const socket of held) socket.destroy();
    await Promise.all(gone);
    await vi.waitFor(async () => expect((await edge.ask(host, '/')).status).toBe(200));
  });

  it('closes an HTTP/2 connection that breaks off stream after stream', async () => {
    const edge = await openEdge({ overrides: { limits: { resets: { burst: 20, perSecond: 1 } } } });
    const { host } = await edge.publish('lunch', { 'index.html': 'hello' });
    const session = openHttp2(edge, host);
    await once(session, 'remoteSettings');
    const ended = closed(session);
    for (let i = 0; i < 90; i += 1) {
      const stream = session.request({ ':authority': host, ':path': '/' });
      stream.on('error', () => undefined);
      stream.close(constants.NGHTTP2_CANCEL);
    }
    expect(await ended).toBe('closed');
    expect((await edge.ask(host, '/')).text).toBe('hello');
  });

  it('lets a browser break off all it was loading', async () => {
    const edge = await openEdge();
    const { host } = await edge.publish('lunch', { 'index.html': 'hello' });
    const session = openHttp2(edge, host);
    await once(session, 'remoteSettings');
    for (let i = 0; i < 90; i += 1) {
      const stream = session.request({ ':authority': host, ':path': '/' });
      stream.on('error', () => undefined);
      stream.close(constants.NGHTTP2_CANCEL);
    }
    const after = session.request({ ':authority': host, ':path': '/' });
    expect((await buffer(after)).toString()).toBe('hello');
  });

  it('takes no more connections than it is allowed', async () => {
    const edge = await openEdge({ overrides: { limits: { connections: 2 } } });
    const { host } = await edge.publish('lunch', { 'index.html': 'hello' });
    const held = [openTls(edge, host), openTls(edge, host)];
    await Promise.all(
      held.map((socket) => new Promise<void>((resolve) => socket.once('secureConnect', resolve))),
    );
    await expect(edge.ask(host, '/')).rejects.toThrow(/hang up|ECONNRESET|disconnected/);
  });
});

describe('starting and stopping', () => {
  it('fails on a port that is taken', async () => {
    const first = await openEdge();
    const second = await openEdge();
    await second.edge.stop();
    await expect(second.edge.start({ host: '127.0.0.1', port: first.port })).rejects.toThrow('EADDRINUSE');
  });

  it('stops although clients keep their connections, and again', async () => {
    const edge = await openEdge({ overrides: { limits: { graceMs: 20, handshakeTimeoutMs: 600_000 } } });
    const { host } = await edge.publish('lunch', { 'index.html': 'hello' });
    const session = openHttp2(edge, host);
    await new Promise<void>((resolve) => session.once('connect', () => resolve()));
    const silent = connectTcp(edge.port, '127.0.0.1');
    silent.on('error', () => undefined);
    await new Promise<void>((resolve) => silent.once('connect', resolve));
    await edge.edge.stop();
    await edge.edge.stop();
    await expect(edge.ask(host, '/')).rejects.toThrow('ECONNREFUSED');
  });
});
