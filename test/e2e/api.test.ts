import { describe, expect, test } from 'vitest';
import { LocalIdentity } from '../../shared/identity/local-identity.ts';
import { LUNCH, startTestCottage, type TestCottage } from '../builders/cottage.ts';
import { problemOf, type RawRequest, rawRequest } from '../builders/raw-http.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

/** The status and the code this request is refused with. */
async function refusal(cottage: TestCottage, request: RawRequest) {
  const answer = await rawRequest(cottage.cottage.ready.api, request);
  return { status: answer.status, ...problemOf(answer) };
}

/** A request of an admin that adds a team with this body. */
const addTeam = (cottage: TestCottage, body: string | Buffer, headers: object = JSON_TYPE): RawRequest => ({
  method: 'POST',
  target: '/v1/teams',
  headers: { authorization: `Bearer ${cottage.adminToken}`, ...headers },
  body,
});

const nested = (depth: number) => `{"name":"deep","x":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;

const IDS = [
  { of: 'publishes', id: `p_${'a'.repeat(26)}` },
  { of: 'decisions', id: `d_${'a'.repeat(26)}` },
  { of: 'platforms', id: 'demo' },
];

/** One request for every call of the API that its description says a bearer token is needed for. */
async function adminRequests(cottage: TestCottage): Promise<RawRequest[]> {
  const { text } = await rawRequest(cottage.cottage.ready.api, { target: '/openapi.json' });
  const { paths } = JSON.parse(text) as { paths: Record<string, Record<string, { security: object[] }>> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { security }]) => security.some((scheme) => 'bearer' in scheme))
      .map(([method]) => ({
        method: method.toUpperCase(),
        target: path
          .replace('{team}', 'demo')
          .replace('{name}', 'lunch')
          .replace('{id}', IDS.find((id) => path.includes(id.of))?.id ?? ''),
        ...(method === 'post' ? { headers: JSON_TYPE, body: '{"name":"new","reason":"x"}' } : {}),
      })),
  );
}

describe('the API', () => {
  test('answers under its own names only', async () => {
    const cottage = await startTestCottage();
    const { port } = new URL(cottage.cottage.ready.api);
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `LOCALHOST:${port}`]) {
      const { status } = await rawRequest(cottage.cottage.ready.api, {
        target: '/healthz',
        headers: { host },
      });
      expect({ host, status }).toEqual({ host, status: 200 });
    }
    for (const host of ['evil.example', '127.0.0.1', `127.0.0.1.evil.example:${port}`]) {
      const answer = await refusal(cottage, { target: '/healthz', headers: { host } });
      expect({ host, ...answer }).toEqual({ host, status: 403, code: 'host/not-allowed' });
    }
  });

  test('knows no other paths, and says which methods a path takes', async () => {
    const cottage = await startTestCottage();
    const unknown = { status: 404, code: 'route/unknown' };
    for (const target of [
      '/v1',
      '/v1/appz',
      '/v1/apps/demo/lunch/explode',
      '/v1/apps/',
      '/.env',
      '//v1/apps',
    ])
      expect({ target, ...(await refusal(cottage, { target })) }).toEqual({ target, ...unknown });
    const api = cottage.cottage.ready.api;
    const wrong = await rawRequest(api, { method: 'DELETE', target: '/v1/apps' });
    expect(problemOf(wrong)).toEqual({ code: 'route/method' });
    expect([wrong.status, wrong.headers.allow]).toEqual([405, 'GET, HEAD']);
    const read = await rawRequest(api, { target: '/v1/clock/advance' });
    expect([read.status, read.headers.allow]).toEqual([405, 'POST']);
  });

  test('takes JSON in UTF-8, of a size and depth that somebody might need', async () => {
    const cottage = await startTestCottage();
    const broken = (body: string | Buffer, headers?: object) =>
      refusal(cottage, addTeam(cottage, body, headers));
    expect(await broken('{"name":')).toEqual({ status: 400, code: 'body/not-json' });
    expect(await broken('')).toEqual({ status: 400, code: 'body/not-json' });
    expect(await broken(nested(21))).toEqual({ status: 400, code: 'body/too-deep' });
    expect(await broken('['.repeat(30_000))).toEqual({ status: 400, code: 'body/too-deep' });
    expect(await broken('[]')).toEqual({ status: 422, code: 'body/fields' });
    expect(await broken('null')).toEqual({ status: 422, code: 'body/fields' });
    expect(await broken('{"name":"x","title":7}')).toEqual({ status: 422, code: 'body/fields' });
    const media = { status: 415, code: 'body/media-type' };
    expect(await broken('{}', { 'content-type': 'text/plain' })).toEqual(media);
    expect(await broken('{}', { 'content-type': 'application/jsonx' })).toEqual(media);
    expect(await broken('{}', {})).toEqual(media);
    expect(await broken(Buffer.from('{"name":"caf\xe9"}', 'latin1'))).toEqual(media);
    const large = `{"name":"${'x'.repeat(70_000)}"}`;
    const tooLarge = { status: 413, code: 'body/too-large' };
    expect(await broken(large)).toEqual(tooLarge);
    expect(await broken(large, { ...JSON_TYPE, 'transfer-encoding': 'chunked' })).toEqual(tooLarge);
    expect((await cottage.admin('GET', '/v1/teams')).body).toMatchObject({ teams: [{ name: 'demo' }] });

    // What is just inside the limits is taken.
    const { api } = cottage.cottage.ready;
    expect((await rawRequest(api, addTeam(cottage, nested(20)))).status).toBe(202);
    const proto = '{"name":"plain","__proto__":{"title":"x"},"title":"Plain"}';
    const typed = { 'content-type': 'application/json; charset=utf-8' };
    expect((await rawRequest(api, addTeam(cottage, proto, typed))).status).toBe(202);
  });

  test('says of a body which fields are wrong', async () => {
    const cottage = await startTestCottage();
    const answer = await cottage.hook('publish', { app: { ...LUNCH, owner: 'ana' }, artifact: {} });
    expect(answer.status).toBe(422);
    const { fields } = (await answer.json()) as { fields: { path: string; message: string }[] };
    expect(fields.map(({ path }) => path)).toEqual(['app.owner', 'artifact']);
    expect(fields[0]?.message).toBe('must be a mail address');
  });

  test('carries headers with every answer that keep it from being kept or framed', async () => {
    const cottage = await startTestCottage();
    for (const target of ['/', '/healthz', '/mailbox', '/v1/apps', '/nowhere']) {
      const { headers } = await rawRequest(cottage.cottage.ready.api, { target });
      expect({ target, ...headers }).toMatchObject({
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
      });
    }
  });
});

describe('a bearer token', () => {
  test('is asked for wherever an admin is meant', async () => {
    const cottage = await startTestCottage();
    await cottage.publish();
    const identity = new LocalIdentity(cottage.deps.signer);
    const visitor = await identity.issue({ email: 'ana@example.com', roles: [] });
    const good = cottage.adminToken;
    const refused = {
      '': { status: 401, code: 'auth/missing' },
      Bearer: { status: 401, code: 'auth/invalid' },
      'Basic YTpi': { status: 401, code: 'auth/invalid' },
      [`Bearer ${good.slice(0, -1)}${good.endsWith('A') ? 'B' : 'A'}`]: { status: 401, code: 'auth/invalid' },
      [`Bearer ${good} x`]: { status: 401, code: 'auth/invalid' },
      [`Bearer ${visitor}`]: { status: 403, code: 'auth/forbidden' },
    };
    const asked = await adminRequests(cottage);
    expect(asked.length).toBeGreaterThan(25);
    for (const request of asked) {
      for (const [authorization, expected] of Object.entries(refused)) {
        const headers = { ...request.headers, ...(authorization === '' ? {} : { authorization }) };
        const answer = await refusal(cottage, { ...request, headers });
        expect({ target: request.target, ...answer }).toEqual({ target: request.target, ...expected });
      }
    }
    expect(await cottage.app()).toMatchObject({ state: 'live', hold: null, pin: null });
    expect((await cottage.admin('GET', '/v1/teams')).body).toMatchObject({ teams: [{ name: 'demo' }] });
  });
});

describe('a status link', () => {
  test('with any one character changed, or for another publish, shows nothing', async () => {
    const cottage = await startTestCottage();
    const { statusUrl } = await cottage.publish();
    const other = await cottage.publish(undefined, { name: 'dinner' });
    const { pathname, search } = new URL(statusUrl);
    const token = search.slice('?t='.length);
    // The last character of a base64 text may say only a few bits: one that says the same is the same link.
    for (let at = 0; at < token.length - 1; at += 1) {
      const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
      const answer = await refusal(cottage, { target: `${pathname}?t=${changed}` });
      expect({ at, ...answer }).toEqual({ at, status: 404, code: 'link/invalid' });
    }
    for (const bad of ['', 'x', `${token}x`, token.toUpperCase(), '%00', '..', 'a'.repeat(5000)]) {
      const answer = await refusal(cottage, { target: `${pathname}?t=${bad}` });
      expect({ bad, ...answer }).toEqual({ bad, status: 404, code: 'link/invalid' });
    }
    const { pathname: elsewhere } = new URL(other.statusUrl);
    expect(await refusal(cottage, { target: `${elsewhere}?t=${token}` })).toMatchObject({
      code: 'link/invalid',
    });
    expect(await refusal(cottage, { target: pathname })).toEqual({ status: 401, code: 'auth/missing' });
  });

  test('lets nobody read more than its publish', async () => {
    const cottage = await startTestCottage();
    const { statusUrl } = await cottage.publish();
    const { pathname, search } = new URL(statusUrl);
    for (const target of [`${pathname}/history${search}`, `/v1/apps${search}`, `/v1/audit${search}`])
      expect(await refusal(cottage, { target })).toEqual({ status: 401, code: 'auth/missing' });
  });
});
