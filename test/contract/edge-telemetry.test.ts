import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { Site } from '../../shared/hosting/hosting.ts';
import { mintCookie } from '../../shared/hosting/viewer.ts';
import { askHttp2, openEdge, openTls, placeOf } from '../builders/edge.ts';

const load = JSON.stringify({ kind: 'load', durationMs: 120 });

async function telemetered(site: Partial<Site> = {}) {
  const edge = await openEdge();
  const published = await edge.publish('lunch', { 'index.html': 'hello' }, site);
  const beacon = (body: string, headers: Record<string, string> = {}) =>
    edge.ask(published.host, '/_cottage/beacon', { method: 'POST', body, headers });
  return { ...edge, ...published, beacon };
}

describe('the telemetry hook', () => {
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

  it('says over HTTP/2, too, that it is too much', async () => {
    const edge = await openEdge();
    const { host } = await edge.publish('lunch', {});
    const headers = { ':path': '/_cottage/beacon', ':method': 'POST' };
    expect((await askHttp2(edge, host, headers, load.padEnd(100_000))).status).toBe(413);
    expect((await askHttp2(edge, host, headers, load)).status).toBe(204);
  });

  it('what is too much does not spoil the connection', async () => {
    const edge = await openEdge();
    const { host } = await edge.publish('lunch', { 'index.html': 'hello' });
    const socket = openTls(edge, host);
    const body = load.padEnd(200_000);
    socket.write(`POST /_cottage/beacon HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 200000\r\n\r\n${body}`);
    socket.write(`GET / HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
    const answers = (await buffer(socket)).toString();
    expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 413', 'HTTP/1.1 200']);
  });

  it('takes 4,096 bytes', async () => {
    const { beacon } = await telemetered();
    expect((await beacon(load.padEnd(4096))).status).toBe(204);
  });

  it('takes nothing from strangers to an app for viewers, nor for an app that is held', async () => {
    const closed = await telemetered({ access: 'viewers' });
    expect((await closed.beacon(load)).status).toBe(401);
    const cookie = await mintCookie(closed.viewers, placeOf('lunch'), 'anna@example.com');
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
