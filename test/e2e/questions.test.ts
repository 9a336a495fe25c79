import { describe, expect, test } from 'vitest';
import { LUNCH, PAGE, type Published, startTestCottage, type TestCottage } from '../builders/cottage.ts';
import { siteZip } from '../builders/site-zip.ts';

const HOST = 'lunch.demo.apps.localhost';

const unanswered = (cottage: TestCottage) => cottage.publish(undefined, { dataClass: undefined });

/** Posts to the publish's link; by a form, as its page does, or in JSON. */
const answer = ({ statusUrl }: Published, dataClass: string, headers: Record<string, string> = {}) =>
  fetch(statusUrl.replace('?', '/answers?'), {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/json', ...headers },
    body: headers['content-type'] ? `dataClass=${dataClass}` : JSON.stringify({ dataClass }),
  });

describe('a publish that does not say what data the app shows', () => {
  test('ends with a question, in JSON and as a page, and shows nothing yet', async () => {
    const cottage = await startTestCottage();
    const asking = await unanswered(cottage);
    expect(asking).toMatchObject({
      status: 'needs-answers',
      url: null,
      questions: [{ field: 'dataClass', options: ['public', 'internal', 'confidential', 'regulated'] }],
    });
    const page = await fetch(asking.statusUrl, { headers: { accept: 'text/html' } });
    const html = await page.text();
    expect(page.headers.get('content-type')).toContain('text/html');
    for (const option of asking.questions[0]?.options ?? []) expect(html).toContain(`value="${option}"`);
    expect(await cottage.deps.hosting.bindings()).toEqual([]);
    expect((await cottage.mails()).map(({ to }) => to)).toEqual([[LUNCH.owner]]);
    expect(await cottage.blobs('')).toHaveLength(1);
  });

  test('goes on to live from the same files once it is answered', async () => {
    const cottage = await startTestCottage();
    const asking = await unanswered(cottage);
    const answered = await answer(asking, 'internal');
    expect(answered.status).toBe(202);
    expect(await answered.json()).toMatchObject({ publishId: asking.publishId, attempt: 2 });
    await cottage.cottage.runner.idle();
    expect(await cottage.status(asking.statusUrl)).toMatchObject({ status: 'live', questions: [] });
    expect((await cottage.visit(HOST)).body).toContain('Soup');
    expect(await cottage.app()).toMatchObject({ dataClass: 'internal' });
    expect([...(await cottage.blobs('work/')), ...(await cottage.blobs('incoming/'))]).toEqual([]);
    const { body } = await cottage.admin('GET', `/v1/publishes/${asking.publishId}/history`);
    expect((body as { executions: unknown[] }).executions).toHaveLength(2);
    expect((await answer(asking, 'public')).status).toBe(409);
  });

  test('is closed after fourteen days without an answer, and its files go', async () => {
    const cottage = await startTestCottage({ config: { virtualClock: true } });
    const asking = await unanswered(cottage);
    await cottage.advance('13d');
    expect(await cottage.status(asking.statusUrl)).toMatchObject({ status: 'needs-answers' });
    await cottage.advance('1d');
    expect(await cottage.status(asking.statusUrl)).toMatchObject({ status: 'cancelled', questions: [] });
    expect(await cottage.blobs('')).toEqual([]);
    expect((await answer(asking, 'internal')).status).toBe(409);
    expect(await cottage.problems()).toEqual([]);
  });

  test('takes the answer from the form of its own page, and from no other site’s', async () => {
    const cottage = await startTestCottage();
    const asking = await unanswered(cottage);
    const form = { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html' };
    const foreign = await answer(asking, 'public', { ...form, origin: 'https://evil.example' });
    expect(foreign.status).toBe(403);
    expect(await cottage.status(asking.statusUrl)).toMatchObject({ status: 'needs-answers' });
    const own = await answer(asking, 'public', { ...form, origin: cottage.cottage.ready.api });
    expect(own.status).toBe(303);
    expect(new URL(own.headers.get('location') ?? '', asking.statusUrl).href).toBe(asking.statusUrl);
    await cottage.cottage.runner.idle();
    expect(await cottage.status(asking.statusUrl)).toMatchObject({ status: 'live' });
  });

  test('is refused when the answer asks for more than the app’s place gives', async () => {
    const cottage = await startTestCottage();
    const asking = await unanswered(cottage);
    await answer(asking, 'regulated');
    await cottage.cottage.runner.idle();
    const refused = await cottage.status(asking.statusUrl);
    expect(refused).toMatchObject({ status: 'refused', url: null });
    expect(refused.findings.map(({ code }) => code)).toContain('policy/data-class-tier');
    expect(await cottage.blobs('')).toEqual([]);
  });

  test('takes no answer that is none of those offered, nor one from somebody without the link', async () => {
    const cottage = await startTestCottage();
    const asking = await unanswered(cottage);
    expect((await answer(asking, 'harmless')).status).toBe(422);
    const bare = asking.statusUrl.slice(0, asking.statusUrl.indexOf('?'));
    expect((await answer({ ...asking, statusUrl: `${bare}?` }, 'internal')).status).toBe(401);
    expect(await cottage.status(asking.statusUrl)).toMatchObject({ status: 'needs-answers' });
  });

  test('asks nothing where the app is known already', async () => {
    const cottage = await startTestCottage();
    await cottage.publish();
    expect(await unanswered(cottage)).toMatchObject({ status: 'live' });
  });
});

const check = async (cottage: TestCottage, files: Record<string, string>, app: object = {}) =>
  cottage.publishZip(await siteZip(files), app, { dryRun: true });

/** No app, no claim, no file. */
async function nothingOf(cottage: TestCottage): Promise<boolean> {
  const app = await cottage.admin('GET', '/v1/apps/demo/lunch');
  const name = await cottage.admin('GET', '/v1/names/demo/lunch');
  const { free } = name.body as { free: boolean };
  return app.status === 404 && free && (await cottage.blobs('')).length === 0;
}

describe('a dry run', () => {
  test('of a fine site says that it is, and leaves nothing behind', async () => {
    const cottage = await startTestCottage();
    const checked = await check(cottage, { 'index.html': PAGE });
    expect(checked).toMatchObject({ status: 'ready', url: null, dryRun: true });
    expect(await nothingOf(cottage)).toBe(true);
    expect(await cottage.mails()).toEqual([]);
  });

  test('of a site with a fault says which, and leaves nothing behind', async () => {
    const cottage = await startTestCottage();
    const checked = await check(cottage, { 'about.html': PAGE });
    expect(checked).toMatchObject({ status: 'refused', url: null });
    expect(checked.findings.map(({ code }) => code)).toContain('artifact/index-missing');
    expect(await nothingOf(cottage)).toBe(true);
    expect(await cottage.mails()).toEqual([]);
  });

  test('asks nobody for a yes', async () => {
    const cottage = await startTestCottage();
    const isolated = { tier: 'isolated', dataClass: 'regulated', visibility: 'company' };
    expect(await check(cottage, { 'index.html': PAGE }, isolated)).toMatchObject({ status: 'ready' });
    expect((await cottage.admin('GET', '/v1/decisions')).body).toEqual({ decisions: [] });
  });

  test('changes nothing of an app that is live', async () => {
    const cottage = await startTestCottage();
    const live = await cottage.publish();
    const before = await cottage.app();
    const checked = await check(
      cottage,
      { 'index.html': PAGE.replace('Soup', 'Stew') },
      { visibility: 'company' },
    );
    expect(checked).toMatchObject({ status: 'ready', changes: { added: 0, changed: 1, removed: 0 } });
    expect(await cottage.app()).toEqual(before);
    expect(await cottage.app()).toMatchObject({ live: { release: live.release }, ready: null });
    expect((await cottage.visit(HOST)).body).toContain('Soup');
  });
});
