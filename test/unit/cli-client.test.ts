import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { Client } from '../../cli/client.ts';
import { type ApiAnswer, type ApiCall, apiServer, type Routes } from '../builders/api-server.ts';
import { SECRET } from '../builders/cli-run.ts';
import { tempFolder } from '../builders/temp.ts';

const BODY = { app: { title: 'Größe' } };

async function clientOf(
  routes: Routes,
  target: { token?: string; platform?: { id: string; secret: string } } = {},
) {
  const server = await apiServer(routes);
  const pauses: number[] = [];
  const client = new Client(
    {
      api: server.address,
      team: 'demo',
      token: 'admin-token',
      platform: { id: 'demo', secret: SECRET },
      ...target,
    },
    async (pauseMs) => void pauses.push(pauseMs),
  );
  return { client, server, pauses };
}

/** Gives these answers in turn, the last one from then on. */
function inTurn(...answers: ApiAnswer[]): (call: ApiCall) => ApiAnswer {
  let next = 0;
  return () => answers[Math.min(next++, answers.length - 1)] ?? {};
}

describe('calls as an admin', () => {
  test('carry the token and ask for JSON', async () => {
    const { client, server } = await clientOf({ 'GET /v1/apps': { json: { apps: [] } } });
    expect(await client.get('/v1/apps?team=demo')).toEqual({ apps: [] });
    const headers = { authorization: 'Bearer admin-token', accept: 'application/json' };
    expect(server.calls).toMatchObject([{ method: 'GET', path: '/v1/apps?team=demo', headers }]);
  });

  test('that change something send JSON, an empty object when there is nothing to say', async () => {
    const { client, server } = await clientOf({ 'POST /v1/a': { json: { ok: true } } });
    await client.post('/v1/a');
    await client.post('/v1/a', { reason: 'x' });
    expect(server.calls.map(({ body }) => body)).toEqual(['{}', '{"reason":"x"}']);
    expect(server.calls[0]?.headers).toMatchObject({
      authorization: 'Bearer admin-token',
      'content-type': 'application/json',
    });
  });

  test('are not made without a token', async () => {
    const { server } = await clientOf({});
    const client = new Client({ api: server.address, team: 'demo' }, async () => undefined);
    await expect(client.get('/v1/apps')).rejects.toMatchObject({ exitCode: 7, code: 'cli/no-token' });
    expect(server.calls).toEqual([]);
  });

  test('that read are tried three times while the server is busy or lost', async () => {
    const { client, pauses } = await clientOf({
      'GET /v1/a': inTurn({ hangUp: true }, { status: 503, json: {} }, { json: { ok: true } }),
    });
    expect(await client.get('/v1/a')).toEqual({ ok: true });
    expect(pauses).toEqual([200, 800]);
  });

  test.each([429, 502, 503, 504])('that read give up when the server stays busy: %i', async (status) => {
    const { client, server } = await clientOf({
      'GET /v1/a': { status, text: 'busy', contentType: 'text/plain' },
    });
    await expect(client.get('/v1/a')).rejects.toMatchObject({ exitCode: 8 });
    expect(server.calls).toHaveLength(3);
  });

  test('that change something are made once only, for the first may have worked', async () => {
    const { client, server } = await clientOf({
      'POST /v1/a': { hangUp: true },
      'POST /v1/b': { status: 503 },
    });
    await expect(client.post('/v1/a')).rejects.toMatchObject({ exitCode: 8 });
    await expect(client.post('/v1/b')).rejects.toMatchObject({ exitCode: 8 });
    expect(server.calls).toHaveLength(2);
  });

  test('are not repeated when the answer is no', async () => {
    const problem = { code: 'app/unknown', detail: 'There is no app demo/x.' };
    const { client, server } = await clientOf({ 'GET /v1/a': { status: 404, json: problem } });
    await expect(client.get('/v1/a')).rejects.toMatchObject({
      exitCode: 6,
      message: 'There is no app demo/x.',
    });
    expect(server.calls).toHaveLength(1);
  });

  test('say that nobody answers, and what was tried', async () => {
    const { client, server } = await clientOf({});
    const nobody = new Client({ ...client.target, api: 'http://127.0.0.1:1' }, async () => undefined);
    const refused = {
      exitCode: 8,
      message: expect.stringContaining('does not answer at http://127.0.0.1:1'),
    };
    await expect(nobody.get('/v1/apps')).rejects.toMatchObject(refused);
    expect(server.calls).toEqual([]);
  });

  test.each([
    ['a page', { text: '<html>', contentType: 'text/html' }],
    ['a page with an error', { status: 404, text: '<html>', contentType: 'text/html' }],
    ['something that is not an object', { text: '"hello"' }],
    ['a way to somewhere else', { status: 302, text: '{}', headers: { location: 'http://127.0.0.1:1/' } }],
  ])('say that it is no Cottage when the answer is %s', async (_, answer) => {
    const { client } = await clientOf({ 'GET /v1/a': answer });
    await expect(client.get('/v1/a')).rejects.toMatchObject({ exitCode: 1, code: 'cli/not-cottage' });
  });

  test('read lines one by one, wherever the network cuts them', async () => {
    const text = '{"seq":1}\n{"title":"Größe"}\n\n{"seq":3}';
    const { client } = await clientOf({ 'GET /v1/audit': { text, contentType: 'application/x-ndjson' } });
    const lines = [];
    for await (const line of client.lines('/v1/audit')) lines.push(line);
    expect(lines).toEqual(['{"seq":1}', '{"title":"Größe"}', '{"seq":3}']);
  });

  test('read lines whole that come in many pieces, cut within a character', async () => {
    // Pieces come in powers of two, and this character has three bytes: hardly a cut falls between two of them.
    const line = JSON.stringify({ title: '昼'.repeat(200_000) });
    const { client } = await clientOf({
      'GET /v1/audit': { text: `${line}\n`, contentType: 'application/x-ndjson' },
    });
    expect((await client.lines('/v1/audit').next()).value === line).toBe(true);
  });

  test('read no lines where there is a problem', async () => {
    const { client } = await clientOf({ 'GET /v1/audit': { status: 403, json: { detail: 'Not you.' } } });
    await expect(client.lines('/v1/audit').next()).rejects.toMatchObject({
      exitCode: 7,
      message: 'Not you.',
    });
  });
});

describe('calls as a platform', () => {
  test('are signed over the exact bytes sent, and carry no token', async () => {
    const { client, server } = await clientOf({
      'POST /v1/hooks/demo/publish': { status: 202, json: { ok: true } },
    });
    await client.hook('publish', BODY, 'msg_1');
    const [call] = server.calls;
    const body = Buffer.from(call?.body ?? '', 'latin1').toString('utf8');
    expect(new Webhook(SECRET).verify(body, call?.headers as Record<string, string>)).toEqual(BODY);
    expect(call?.headers).toMatchObject({ 'webhook-id': 'msg_1', 'content-type': 'application/json' });
    expect(call?.headers).not.toHaveProperty('authorization');
  });

  test('are repeated with the same id, so that nothing is published twice', async () => {
    const { client, server } = await clientOf({
      'POST /v1/hooks/demo/publish': inTurn(
        { hangUp: true },
        { status: 503 },
        { status: 200, json: { ok: true } },
      ),
    });
    expect(await client.hook('publish', BODY, 'msg_1')).toEqual({ ok: true });
    expect(server.calls.map(({ headers }) => headers['webhook-id'])).toEqual(['msg_1', 'msg_1', 'msg_1']);
    for (const { body, headers } of server.calls) {
      const text = Buffer.from(body, 'latin1').toString('utf8');
      expect(new Webhook(SECRET).verify(text, headers as Record<string, string>)).toEqual(BODY);
    }
  });

  test('are not made without the platform’s secret', async () => {
    const { server } = await clientOf({});
    const client = new Client({ api: server.address, team: 'demo', token: 'x' }, async () => undefined);
    await expect(client.hook('publish', BODY, 'msg_1')).rejects.toMatchObject({ exitCode: 7 });
    expect(server.calls).toEqual([]);
  });
});

describe('links that are themselves the permission', () => {
  test('get neither the token nor a signature', async () => {
    const { client, server } = await clientOf({
      'GET /v1/publishes/p_1': { json: {} },
      'POST /d/1': { json: {} },
    });
    await client.getLink(`${server.address}/v1/publishes/p_1?t=link`);
    await client.postLink(`${server.address}/d/1?t=link`, { dataClass: 'internal' });
    expect(server.calls).toMatchObject([
      { path: '/v1/publishes/p_1?t=link' },
      { body: '{"dataClass":"internal"}' },
    ]);
    for (const { headers } of server.calls) {
      expect(headers).not.toHaveProperty('authorization');
      expect(headers).not.toHaveProperty('webhook-signature');
    }
  });

  test('are tried again when they read, and not when they change something', async () => {
    const { client, server } = await clientOf({
      'GET /a': inTurn({ hangUp: true }, {}),
      'POST /a': { hangUp: true },
    });
    await client.getLink(`${server.address}/a`);
    await expect(client.postLink(`${server.address}/a`, {})).rejects.toMatchObject({ exitCode: 8 });
    expect(server.calls.map(({ method }) => method)).toEqual(['GET', 'GET', 'POST']);
  });
});

const zipFile = (): string => {
  const path = join(tempFolder(), 'site.zip');
  writeFileSync(path, 'PK-the-bytes');
  return path;
};

describe('an upload', () => {
  test('posts all fields as given, then the file, last', async () => {
    const { client, server } = await clientOf({ 'POST /u': { status: 201, json: { uploadId: 'u_1' } } });
    const fields = { key: 'incoming/1', signature: 'x=' };
    await client.upload({ uploadId: 'u_1', url: `${server.address}/u`, fields, expiresAt: '' }, zipFile());
    const [{ body, headers } = { body: '', headers: {} as ApiCall['headers'] }] = server.calls;
    const type = { headers: { 'content-type': headers['content-type'] ?? '' } };
    const form = await new Response(Buffer.from(body, 'latin1'), type).formData();
    expect([...form.keys()]).toEqual(['key', 'signature', 'file']);
    expect(form.get('key')).toBe('incoming/1');
    expect(await (form.get('file') as File).text()).toBe('PK-the-bytes');
    expect((form.get('file') as File).name).toBe('site.zip');
    expect(headers).not.toHaveProperty('authorization');
  });

  test('that is refused says why', async () => {
    const problem = { code: 'upload/expired', detail: 'The upload link has expired.' };
    const { client, server } = await clientOf({ 'POST /u': { status: 410, json: problem } });
    const link = { uploadId: 'u_1', url: `${server.address}/u`, fields: {}, expiresAt: '' };
    await expect(client.upload(link, zipFile())).rejects.toMatchObject({
      exitCode: 5,
      code: 'upload/expired',
    });
  });
});
