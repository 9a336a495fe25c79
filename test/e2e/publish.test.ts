import { describe, expect, test } from 'vitest';
import { LUNCH, PAGE, startTestCottage } from '../builders/cottage.ts';
import { siteZip } from '../builders/site-zip.ts';
import { WAYS } from '../workflows/ways.ts';

const HOST = 'lunch.demo.apps.localhost';

describe('a publish through the webhook', () => {
  test('is served over HTTPS at its own name, resolves, and stands in the catalog', async () => {
    const cottage = await startTestCottage();
    const published = await cottage.publish();
    expect(published).toMatchObject({ httpStatus: 202, status: 'live' });
    expect(published.url).toMatch(/^https:\/\/lunch\.demo\.apps\.localhost:\d+$/);

    const page = await cottage.visit(HOST);
    expect(page.status).toBe(200);
    expect(page.body).toContain('Soup');
    expect(page.body).toContain('/_cottage/telemetry.js');

    const resolver = cottage.resolver();
    expect(await resolver.resolve4(HOST)).toEqual(['127.0.0.1']);
    expect(await resolver.resolveTxt(`_cottage.${HOST}`)).toEqual([
      [`heritage=cottage,app=${published.app.appId}`],
    ]);

    const { body } = await cottage.admin('GET', '/v1/apps/demo/lunch');
    expect(body).toMatchObject({
      ...LUNCH,
      state: 'live',
      tier: 'shared',
      costCenter: 'demo',
      billingTag: 'cottage:demo/lunch',
      urls: { production: published.url },
      live: { release: published.release },
    });
  });

  test('is stored as its files and nothing beside them', async () => {
    const cottage = await startTestCottage();
    const { app, release } = await cottage.publish({ 'index.html': PAGE, 'about/index.html': PAGE });
    const { blobs } = await cottage.deps.blobs.list(`apps/${app.appId}/${release}/`);
    expect(blobs.map(({ key }) => key.split('/').slice(3).join('/'))).toEqual([
      'about/index.html',
      'index.html',
    ]);
  });

  test('shows every state of the workflow in its history, in order', async () => {
    const cottage = await startTestCottage();
    const { publishId } = await cottage.publish();
    const { body } = await cottage.admin('GET', `/v1/publishes/${publishId}/history`);
    const [execution] = (
      body as { executions: { status: string; events: { type: string; state?: string }[] }[] }
    ).executions;
    expect(execution?.status).toBe('SUCCEEDED');
    expect(execution?.events.filter((e) => e.type === 'StateEntered').map((e) => e.state)).toEqual(
      WAYS.publish,
    );
  });

  test('tells the owner by mail and the world by an event, once', async () => {
    const cottage = await startTestCottage();
    const { publishId } = await cottage.publish();
    const mails = await cottage.mails();
    expect(mails.map((mail) => [mail.to, mail.subject])).toEqual([[['ana@example.com'], '“Lunch” is live']]);
    const events = String((await cottage.admin('GET', '/v1/events')).body);
    const published = events.split('\n').filter((line) => line.includes('AppPublished'));
    expect(published).toHaveLength(1);
    expect(published[0]).toContain(publishId);
  });

  test('gives the outside no url before it is live', async () => {
    const cottage = await startTestCottage();
    const refused = await cottage.publish({ 'about.html': PAGE });
    expect(refused).toMatchObject({ status: 'refused', url: null });
  });

  test('takes an upload as well as an inline archive', async () => {
    const cottage = await startTestCottage();
    const zip = await siteZip({ 'index.html': PAGE });
    const sha256 = Buffer.from(await crypto.subtle.digest('SHA-256', zip)).toString('hex');
    const asked = await cottage.hook('uploads', { sizeBytes: zip.length, sha256 });
    expect(asked.status).toBe(201);
    const upload = (await asked.json()) as { uploadId: string; url: string; fields: Record<string, string> };
    const form = new FormData();
    for (const [name, value] of Object.entries(upload.fields)) form.set(name, value);
    form.set('file', new Blob([zip]), 'site.zip');
    expect((await fetch(upload.url, { method: 'POST', body: form })).status).toBe(201);
    const answer = await cottage.hook('publish', { app: LUNCH, artifact: { uploadId: upload.uploadId } });
    expect(answer.status).toBe(202);
    const { statusUrl } = (await answer.json()) as { statusUrl: string };
    await cottage.cottage.runner.idle();
    expect(await cottage.status(statusUrl)).toMatchObject({ status: 'live' });
  });

  test('of an upload that is not what was announced is refused before anything is kept', async () => {
    const cottage = await startTestCottage();
    const zip = await siteZip({ 'index.html': PAGE });
    const asked = await cottage.hook('uploads', { sizeBytes: zip.length, sha256: 'a'.repeat(64) });
    const upload = (await asked.json()) as { uploadId: string; url: string; fields: Record<string, string> };
    const form = new FormData();
    for (const [name, value] of Object.entries(upload.fields)) form.set(name, value);
    form.set('file', new Blob([zip]), 'site.zip');
    const answer = await fetch(upload.url, { method: 'POST', body: form });
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ code: 'upload/digest-mismatch' });
    const publish = await cottage.hook('publish', { app: LUNCH, artifact: { uploadId: upload.uploadId } });
    expect(await publish.json()).toMatchObject({ status: 404, code: 'upload/unknown' });
  });
});

describe('a redelivered webhook', () => {
  test('is the same publish: the first answer, one effect', async () => {
    const cottage = await startTestCottage();
    const zip = (await siteZip({ 'index.html': PAGE })).toString('base64');
    const body = { app: LUNCH, artifact: { zip } };
    const first = await cottage.hook('publish', body, { id: 'same' });
    const again = await cottage.hook('publish', body, { id: 'same' });
    await cottage.cottage.runner.idle();
    const late = await cottage.hook('publish', body, { id: 'same' });
    expect([first.status, again.status, late.status]).toEqual([202, 200, 200]);
    const answer = await first.json();
    expect(await again.json()).toEqual(answer);
    expect(await late.json()).toEqual(answer);
    const { body: list } = await cottage.admin('GET', '/v1/apps/demo/lunch/publishes');
    expect((list as { publishes: unknown[] }).publishes).toHaveLength(1);
    expect(await cottage.mails()).toHaveLength(1);
  });

  test('delivered eight times at once is one publish', async () => {
    const cottage = await startTestCottage();
    const zip = (await siteZip({ 'index.html': PAGE })).toString('base64');
    const body = { app: LUNCH, artifact: { zip } };
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => cottage.hook('publish', body, { id: 'same' })),
    );
    expect(answers.map((answer) => answer.status).toSorted((a, b) => a - b)).toEqual([
      200, 200, 200, 200, 200, 200, 200, 202,
    ]);
    await cottage.cottage.runner.idle();
    expect(await cottage.mails()).toHaveLength(1);
  });

  test('with another body is refused', async () => {
    const cottage = await startTestCottage();
    await cottage.publish({ 'index.html': PAGE }, {}, 'same');
    const other = await cottage.publish({ 'index.html': PAGE }, { title: 'Dinner' }, 'same');
    expect(other).toMatchObject({ httpStatus: 409, code: 'publish/id-reused' });
  });
});

describe('the same bytes again', () => {
  test('are the same release, with no hosting, DNS or certificate call', async () => {
    const calls: string[] = [];
    const watching =
      (noun: string) =>
      <T extends object>(port: T): T =>
        new Proxy(port, {
          get(target, name) {
            const member: unknown = Reflect.get(target, name);
            if (typeof member !== 'function') return member;
            return (...args: unknown[]) => {
              calls.push(`${noun}.${String(name)}`);
              return member.apply(target, args) as unknown;
            };
          },
        });
    const replace = {
      hosting: watching('hosting'),
      dns: watching('dns'),
      certificates: watching('certificates'),
    };
    const cottage = await startTestCottage({ replace });
    calls.length = 0;
    const first = await cottage.publish();
    const inOrder = calls.filter((call) => /status|bind$|apply|point/.test(call));
    expect(inOrder).toEqual(['certificates.status', 'hosting.bind', 'dns.apply', 'hosting.point']);
    calls.length = 0;
    const again = await cottage.publish();
    expect(again).toMatchObject({ status: 'live', release: first.release });
    expect(calls).toEqual([]);
  });

  test('one changed byte is another release', async () => {
    const cottage = await startTestCottage();
    const first = await cottage.publish();
    const second = await cottage.publish({ 'index.html': PAGE.replace('Soup', 'Soap') });
    expect(second.status).toBe('live');
    expect(second.release).not.toBe(first.release);
    expect(second.changes).toEqual({ added: 0, changed: 1, removed: 0 });
    expect((await cottage.visit(HOST)).body).toContain('Soap');
  });
});
