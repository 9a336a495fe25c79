import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { askHttp2, openEdge, openHttp2, openTls, startEdge, type TestEdge } from '../builders/edge.ts';
import { SECRET } from './static-site.cases.ts';

const HOST = 'lunch.demo.apps.localhost';

/** What a client sends on a connection made for HOST, and the status it gets; undefined: the connection is closed. */
const HTTP1: [title: string, sent: string, status: number | undefined][] = [
  ['an ordinary request', `GET / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`, 200],
  ['HTTP/1.0', `GET / HTTP/1.0\r\nHost: ${HOST}\r\n\r\n`, 200],
  ['an address as the target', `GET https://${HOST}/ HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`, 200],
  ['an address goes before Host', `GET https://${HOST}/ HTTP/1.1\r\nHost: other.example\r\n\r\n`, 200],
  ['an address without a path', `GET https://${HOST}?x HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`, 200],
  ['the address of another host', `GET https://other.example/ HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`, 421],
  ['an address that is not secure', `GET http://${HOST}/ HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`, 400],
  ['an address with a user', `GET https://u@${HOST}/ HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`, 400],
  ['dots in an address', `GET https://${HOST}/../x HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`, 400],
  ['no host', 'GET / HTTP/1.1\r\n\r\n', 400],
  ['an empty host', 'GET / HTTP/1.1\r\nHost:\r\n\r\n', 400],
  ['no host, HTTP/1.0', 'GET / HTTP/1.0\r\n\r\n', 400],
  ['two hosts', `GET / HTTP/1.1\r\nHost: ${HOST}\r\nHost: ${HOST}\r\n\r\n`, 400],
  ['two different hosts', `GET / HTTP/1.1\r\nHost: ${HOST}\r\nhost: other.example\r\n\r\n`, 400],
  ['a list of hosts', `GET / HTTP/1.1\r\nHost: ${HOST}, other.example\r\n\r\n`, 400],
  ['a method nobody knows', `SHOUT / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`, 501],
  ['a method in small letters', `get / HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`, 501],
  ['CONNECT', `CONNECT ${HOST}:443 HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`, 405],
  ['OPTIONS of the server', `OPTIONS * HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`, 405],
  ['GET of the server', `GET * HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`, 405],
  [
    'a wish for another protocol',
    `GET / HTTP/1.1\r\nHost: ${HOST}\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n`,
    200,
  ],
  ['two lengths', `POST / HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx`, 400],
  [
    'a length and chunks',
    `POST / HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    400,
  ],
  [
    'chunks that are not last',
    `POST / HTTP/1.1\r\nHost: ${HOST}\r\nTransfer-Encoding: chunked, gzip\r\n\r\n`,
    400,
  ],
  ['a length that is none', `POST / HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: -1\r\n\r\n`, 400],
  [
    'a broken chunk',
    `POST /_cottage/beacon HTTP/1.1\r\nHost: ${HOST}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
    400,
  ],
  ['a body on GET', `GET / HTTP/1.1\r\nHost: ${HOST}\r\nContent-Length: 2\r\n\r\nhi`, 200],
  ['a space before the colon', `GET / HTTP/1.1\r\nHost : ${HOST}\r\n\r\n`, 400],
  ['a folded header', `GET / HTTP/1.1\r\nHost: ${HOST}\r\nX-A: b\r\n c\r\n\r\n`, 400],
  ['a NUL in a header', `GET / HTTP/1.1\r\nHost: ${HOST}\r\nX-A: b\0c\r\n\r\n`, 400],
  ['a NUL in the target', `GET /\0 HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`, 400],
  ['a space in the target', `GET /a b HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`, 400],
  ['no target', `GET HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`, 400],
  ['a target without its slash', `GET index.html HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`, 400],
  ['a fragment', `GET /#x HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`, 400],
  ['a version that is not', `GET / HTTP/9.9\r\nHost: ${HOST}\r\n\r\n`, 400],
  ['HTTP/2 without its handshake', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
  ['no HTTP at all', '\x16\x03\x01\x02\x00', 501],
  ['headers without end', `GET / HTTP/1.1\r\nHost: ${HOST}\r\nX-A: ${'x'.repeat(20_000)}`, 431],
  ['a target without end', `GET /${'x'.repeat(20_000)}`, 431],
  ['two hundred headers', `GET / HTTP/1.1\r\nHost: ${HOST}\r\n${'X-A: b\r\n'.repeat(200)}\r\n`, 200],
];

let edge: TestEdge;
const folder = mkdtempSync(join(tmpdir(), 'cottage-'));
beforeAll(async () => {
  edge = await startEdge(folder);
  await edge.publish('lunch', { 'index.html': SECRET });
});
afterAll(async () => {
  await edge.stop();
  rmSync(folder, { recursive: true });
});

/** What comes until one answer is whole, or the connection is closed. */
async function answerOn(socket: TLSSocket): Promise<string> {
  let answer = '';
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    answer += chunk.toString('latin1');
    const [head = '', body] = answer.split('\r\n\r\n', 2);
    const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? Number.NaN);
    if ((body !== undefined && body.length >= length) || answer.endsWith('\r\n0\r\n\r\n')) break;
  }
  return answer;
}

describe('over HTTP/1.1', () => {
  it.each(HTTP1)('%s', async (_, sent, status) => {
    const socket = openTls(edge, HOST);
    socket.write(sent, 'latin1');
    const answer = await answerOn(socket);
    expect(Number(/^HTTP\/1\.1 (\d+) /.exec(answer)?.[1])).toBe(status);
    expect(answer.includes(SECRET)).toBe(status === 200);
    expect(answer.match(/^HTTP\/1\.1 /gm)).toHaveLength(1);
    // Also where Node would answer by itself.
    expect(answer).toContain('\r\nx-content-type-options: nosniff\r\n');
  });

  it('what can not be read after a request that can is no part of its answer', async () => {
    const large = await openEdge();
    const content = Buffer.alloc(900_000, 'x');
    await large.publish('lunch', { 'a.bin': content });
    const socket = openTls(large, HOST);
    socket.write(`GET /a.bin HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    await once(socket, 'readable');
    socket.write('SHOUT\r\n\r\n');
    const answer = (await buffer(socket)).toString('latin1');
    expect(answer).not.toContain('HTTP/1.1 501');
    expect(answer.slice(answer.indexOf('\r\n\r\n') + 4)).toMatch(/^x*$/);
  });

  it.each(['CONNECT x:1 HTTP/1.1', 'SHOUT'])('a connection torn at %j harms nobody', async (line) => {
    const tcp = connectTcp(edge.port, '127.0.0.1');
    const socket = connectTls({ socket: tcp, servername: HOST, ca: edge.certificates.authority });
    socket.on('error', () => undefined);
    socket.write(`${line}\r\nHost: ${HOST}\r\n\r\n`);
    await once(socket, 'data');
    socket.write('more');
    tcp.resetAndDestroy();
    expect((await edge.ask(HOST, '/')).status).toBe(200);
  });

  it('a client that is refused and stays is cut off, and its place is free', async () => {
    const small = await openEdge({ overrides: { limits: { connectionsPerClient: 1 } } });
    await small.publish('lunch', { 'index.html': SECRET });
    const tcp = connectTcp({ port: small.port, host: '127.0.0.1', allowHalfOpen: true });
    onTestFinished(() => void tcp.destroy());
    const ca = small.certificates.authority;
    const socket = connectTls({ socket: tcp, servername: HOST, ca });
    socket.on('error', () => undefined);
    socket.write(`CONNECT x:1 HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    await once(socket, 'data');
    const freed = async () => expect((await small.ask(HOST, '/')).status).toBe(200);
    await vi.waitFor(freed, { timeout: 20_000 });
  });

  it('an expectation nobody knows is not met', async () => {
    const socket = openTls(edge, HOST);
    socket.write(`GET / HTTP/1.1\r\nHost: ${HOST}\r\nExpect: miracles\r\n\r\n`);
    expect(await answerOn(socket)).toMatch(/^HTTP\/1\.1 417 /);
  });

  it('waits with the answer that a body may come until it is wanted', async () => {
    const socket = openTls(edge, HOST);
    socket.write(
      `POST /_cottage/beacon HTTP/1.1\r\nHost: ${HOST}\r\nExpect: 100-continue\r\nContent-Length: 30\r\n\r\n`,
    );
    const [first] = await once(socket, 'data');
    expect(String(first)).toMatch(/^HTTP\/1\.1 100 /);
    socket.end('{"kind":"load","durationMs":5}');
    expect((await buffer(socket)).toString()).toMatch(/^HTTP\/1\.1 204 /);
  });
});

/** Pseudo-headers beside an ordinary authority, and the status. */
const HTTP2: [title: string, headers: Record<string, string>, status: number][] = [
  ['an ordinary request', { ':path': '/' }, 200],
  ['a port in the authority', { ':path': '/', ':authority': `${HOST}:1` }, 200],
  ['capitals in the authority', { ':path': '/', ':authority': HOST.toUpperCase() }, 200],
  ['a method nobody knows', { ':path': '/', ':method': 'SHOUT' }, 501],
  ['the server', { ':path': '*', ':method': 'OPTIONS' }, 405],
  ['another scheme', { ':path': '/', ':scheme': 'http' }, 400],
  ['a fragment', { ':path': '/#x' }, 400],
  ['dots', { ':path': '/../x' }, 400],
  ['another host', { ':path': '/', ':authority': 'other.example' }, 421],
  ['a host beside it', { ':path': '/', host: 'other.example' }, 400],
];

describe('over HTTP/2', () => {
  it.each(HTTP2)('%s', async (_, headers, status) => {
    const answer = await askHttp2(edge, HOST, { ':authority': HOST, ...headers });
    expect(answer.status).toBe(status);
    expect(answer.text.includes(SECRET)).toBe(status === 200);
  });

  it('a user in the authority is no request at all', async () => {
    const headers = { ':path': '/', ':authority': `u@${HOST}` };
    await expect(askHttp2(edge, HOST, headers)).rejects.toThrow('PROTOCOL_ERROR');
  });

  it('CONNECT is not for looking', async () => {
    const stream = openHttp2(edge, HOST).request({ ':method': 'CONNECT', ':authority': HOST });
    const [headers] = await once(stream, 'response');
    expect(headers[':status']).toBe(405);
    stream.close();
  });

  it('says that a body may come', async () => {
    const stream = openHttp2(edge, HOST).request({
      ':authority': HOST,
      ':method': 'POST',
      ':path': '/_cottage/beacon',
      expect: '100-continue',
    });
    await once(stream, 'continue');
    stream.end('{"kind":"load","durationMs":5}');
    const [headers] = await once(stream, 'response');
    expect(headers[':status']).toBe(204);
  });
});
