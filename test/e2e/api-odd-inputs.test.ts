import { connect } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import { startTestCottage, type TestCottage } from '../builders/cottage.ts';
import { problemOf, rawRequest } from '../builders/raw-http.ts';
import { seeded } from '../builders/seeded.ts';

/** Parts of a path that nobody means well with, as they stand in a request line. */
const ODD_PARTS = [
  '%2e%2e',
  '..',
  '.',
  '%00',
  '%',
  '%zz',
  '%ff%fe',
  '%F0%9F%8D%B2',
  '%E2%80%AE',
  '%0d%0aset-cookie:x',
  '%2F..%2f',
  '__proto__',
  'constructor',
  'x'.repeat(5_000),
  'a%20b',
  "'--",
  '*',
  '{id}',
  '%23',
  `p_${'z'.repeat(26)}`,
  'p_',
  '-1',
  '9'.repeat(400),
];

const ODD_QUERIES = [
  '',
  '?t=',
  '?t=%00',
  '?t=a&t=b',
  '?after=-1',
  `?after=${'9'.repeat(40)}`,
  '?head=%ff',
  '?head=a.b.c',
  '?team=..%2f',
  '?team=%00',
  '?team=__proto__',
  '?=&&==',
  `?${'a=b&'.repeat(500)}`,
];

const ODD_BODIES: (string | Buffer)[] = [
  '',
  'null',
  '0',
  '"text"',
  '[]',
  '{}',
  '{"__proto__":{"isAdmin":true}}',
  '{"constructor":{"prototype":{}}}',
  '{"name":"\\u0000","option":"\\ud800","reason":"\\u202e","release":"..","days":-1,"by":"9999999d"}',
  `{"name":"${'x'.repeat(60_000)}"}`,
  '{"name":1e400,"days":1e309,"by":""}',
  '{"name":["a"],"option":{},"reason":7,"release":[],"days":"x","by":[]}',
  '{"name":"toString","members":["*"],"platforms":["__proto__","..",""]}',
  '{"platformId":"..","teams":["__proto__"]}',
  '{"dataClass":"__proto__","app":{},"artifact":{"uploadId":"../../x"}}',
  Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]),
];

const TYPES = [
  'application/json',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  '',
];

async function operations(cottage: TestCottage): Promise<{ method: string; path: string }[]> {
  const { text } = await rawRequest(cottage.cottage.ready.api, { target: '/openapi.json' });
  const { paths } = JSON.parse(text) as { paths: Record<string, object> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({ path, method: method.toUpperCase() })),
  );
}

const TRIES_EACH = 12;

const idsUpTo = (count: number): string[] => Array.from({ length: count }, (_, n) => `p${n + 1}`);

describe('odd input', () => {
  test('is refused in the same form everywhere, and never a fault of ours', async () => {
    const cottage = await startTestCottage({ config: { virtualClock: true } });
    await cottage.publish();
    const random = seeded(7);
    const oneOf = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
    const wrong: object[] = [];
    for (const { path, method } of await operations(cottage)) {
      for (let i = 0; i < TRIES_EACH; i += 1) {
        const odd = path.replaceAll(/\{\w+\}/g, () => oneOf(ODD_PARTS));
        const target = odd + oneOf(ODD_QUERIES);
        const type = oneOf(TYPES);
        const body = method === 'POST' ? { body: oneOf(ODD_BODIES) } : {};
        const headers: Record<string, string> = { authorization: `Bearer ${cottage.adminToken}` };
        if (method === 'POST' && type !== '') headers['content-type'] = type;
        const answer = await rawRequest(cottage.cottage.ready.api, { method, target, headers, ...body });
        const told = answer.status < 400 ? { code: 'fine' } : problemOf(answer);
        if (answer.status >= 500 || 'wrong' in told)
          wrong.push({ method, target, type, ...body, status: answer.status, ...told });
      }
    }
    expect(wrong).toEqual([]);
    expect(await cottage.problems()).toEqual([]);
  });

  test('in a signed request is refused like any other', async () => {
    const cottage = await startTestCottage();
    for (const body of ODD_BODIES.filter((each) => typeof each === 'string')) {
      for (const hook of ['publish', 'uploads']) {
        const answer = await cottage.hook(hook, body);
        expect({
          hook,
          body: body.slice(0, 80),
          refused: answer.status >= 400 && answer.status < 500,
        }).toEqual({
          hook,
          body: body.slice(0, 80),
          refused: true,
        });
      }
    }
    expect(await cottage.blobs('')).toEqual([]);
  });

  test.each<[string, string, object]>([
    ['a team that no name can be', 'platforms', { platformId: 'x', teams: ['\u0006'] }],
    ['a team of letters that keys cannot hold', 'platforms', { platformId: 'x', teams: ['café'] }],
    ['a platform that no id can be', 'teams', { name: 'x', platforms: ['\u0006'] }],
    ['more platforms than a transaction holds', 'teams', { name: 'x', platforms: idsUpTo(11) }],
  ])('%s is said to be wrong, and makes nothing', async (_, kind, body) => {
    const cottage = await startTestCottage();
    const answer = await cottage.admin('POST', `/v1/${kind}`, body);
    expect(answer).toMatchObject({ status: 422, body: { code: 'body/fields' } });
    expect(await cottage.problems()).toEqual([]);
  });

  test('as many platforms as may be are let in for a new team, one of them named twice', async () => {
    const cottage = await startTestCottage();
    const ids = idsUpTo(9);
    for (const platformId of ids) {
      const made = await cottage.admin('POST', '/v1/platforms', { platformId, teams: ['demo'] });
      expect(made.status).toBe(201);
    }
    const tenth = { name: 'kitchen', platforms: [...ids, 'p1'] };
    expect((await cottage.admin('POST', '/v1/teams', tenth)).status).toBe(202);
    expect(
      (await cottage.admin('POST', '/v1/platforms', { platformId: 'p10', teams: ['demo'] })).status,
    ).toBe(201);
    const all = { name: 'garden', platforms: idsUpTo(10) };
    expect((await cottage.admin('POST', '/v1/teams', all)).status).toBe(202);
    await cottage.cottage.runner.idle();
    expect((await cottage.deps.platforms.find('p10'))?.value.teams).toEqual(['demo', 'garden']);
    expect(await cottage.problems()).toEqual([]);
  });

  test('of which half comes is nobody’s fault: it is told as such, and no error', async () => {
    const told: string[] = [];
    const tell = (level: string) => (message: string) => void told.push(`${level}: ${message}`);
    const log = { debug() {}, info: tell('info'), warn: tell('warn'), error: tell('error') };
    const cottage = await startTestCottage({ log });
    const { host, hostname, port } = new URL(cottage.cottage.ready.api);
    const head = `POST /v1/hooks/demo/publish HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 100\r\n\r\n{`;
    told.length = 0;
    for (let i = 0; i < 5; i += 1) {
      const socket = connect(Number(port), hostname);
      await new Promise((resolve) => socket.write(head, resolve));
      socket.resetAndDestroy();
    }
    await vi.waitFor(() => expect(told.length).toBeGreaterThan(0));
    expect((await rawRequest(cottage.cottage.ready.api, { target: '/healthz' })).status).toBe(200);
    expect(new Set(told)).toEqual(new Set(['info: went away']));
  });
});
