import { describe, expect, test } from 'vitest';
import { PAGE, startTestCottage, type TestCottage } from '../builders/cottage.ts';

const HOST = 'lunch.demo.apps.localhost';
const site = (text: string) => ({ 'index.html': PAGE.replace('Soup', text) });
const shown = async (cottage: TestCottage) => (await cottage.visit(HOST)).body;

describe('a rollback', () => {
  test('shows the older release, pins it, and newer publishes wait', async () => {
    const cottage = await startTestCottage();
    const soup = await cottage.publish(site('Soup'));
    const stew = await cottage.publish(site('Stew'));
    const { status, body } = await cottage.act('rollback');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      live: { release: soup.release },
      pin: { by: 'admin@cottage.localhost' },
      ready: null,
    });
    expect(await shown(cottage)).toContain('Soup');

    const salad = await cottage.publish(site('Salad'));
    expect(salad).toMatchObject({ status: 'ready', url: null });
    expect(salad.findings.map(({ code }) => code)).toContain('publish/pinned');
    expect(await shown(cottage)).toContain('Soup');
    expect(await cottage.app()).toMatchObject({
      state: 'live',
      live: { release: soup.release },
      ready: { release: salad.release, publishId: salad.publishId },
    });
    const { body: list } = await cottage.admin('GET', '/v1/apps/demo/lunch/releases');
    const releases = (list as { releases: { release: string; live: boolean; pinned: boolean }[] }).releases;
    expect(releases.map(({ release, live, pinned }) => [release, live, pinned])).toEqual([
      [soup.release, true, true],
      [stew.release, false, false],
    ]);
    expect((await cottage.mails()).map(({ subject }) => subject).at(0)).toContain('waits');
    expect(await cottage.problems()).toEqual([]);
  });

  test('to a release by its id shows that one', async () => {
    const cottage = await startTestCottage();
    const soup = await cottage.publish(site('Soup'));
    await cottage.publish(site('Stew'));
    await cottage.publish(site('Salad'));
    expect((await cottage.act('rollback', { release: soup.release })).status).toBe(200);
    expect(await shown(cottage)).toContain('Soup');
  });

  test('is refused where there is nothing to go back to', async () => {
    const cottage = await startTestCottage();
    await cottage.publish(site('Soup'));
    const nothing = { status: 404, body: { code: 'release/unknown' } };
    expect(await cottage.act('rollback')).toMatchObject(nothing);
    const strange = `r_${'a'.repeat(26)}`;
    expect(await cottage.act('rollback', { release: strange })).toMatchObject(nothing);
    expect(await cottage.app()).toMatchObject({ pin: null });
  });

  test('once unpinned lets the next publish through, and what waited waits until it is promoted', async () => {
    const cottage = await startTestCottage();
    await cottage.publish(site('Soup'));
    await cottage.publish(site('Stew'));
    await cottage.act('rollback');
    const salad = await cottage.publish(site('Salad'));
    expect((await cottage.act('unpin')).body).toMatchObject({ pin: null, ready: { release: salad.release } });
    expect(await shown(cottage)).toContain('Soup');
    expect((await cottage.act('promote')).body).toMatchObject({
      ready: null,
      live: { release: salad.release },
    });
    expect(await shown(cottage)).toContain('Salad');

    const tart = await cottage.publish(site('Tart'));
    expect(tart.status).toBe('live');
    expect(await shown(cottage)).toContain('Tart');
    expect(await cottage.act('promote')).toMatchObject({ status: 404, body: { code: 'release/unknown' } });
  });

  test('is over when what waits is promoted, and the newest that waits is what goes live', async () => {
    const cottage = await startTestCottage();
    await cottage.publish(site('Soup'));
    await cottage.publish(site('Stew'));
    await cottage.act('rollback');
    await cottage.publish(site('Salad'));
    const tart = await cottage.publish(site('Tart'));
    expect(await cottage.app()).toMatchObject({ ready: { release: tart.release } });
    expect((await cottage.act('promote')).body).toMatchObject({ pin: null, ready: null });
    expect(await shown(cottage)).toContain('Tart');
  });

  test('is forgotten as waiting once a newer publish went live', async () => {
    const cottage = await startTestCottage();
    await cottage.publish(site('Soup'));
    await cottage.publish(site('Stew'));
    await cottage.act('rollback');
    await cottage.publish(site('Salad'));
    await cottage.act('unpin');
    await cottage.publish(site('Tart'));
    expect(await cottage.app()).toMatchObject({ ready: null });
    expect(await shown(cottage)).toContain('Tart');
  });
});

describe('a hold', () => {
  test('puts a page in place of the app, tells the owner why, and a publish waits for its end', async () => {
    const cottage = await startTestCottage();
    const soup = await cottage.publish(site('Soup'));
    expect((await cottage.act('hold', { reason: 'looks like phishing' })).body).toMatchObject({
      state: 'live',
      hold: { reason: 'looks like phishing', by: 'admin@cottage.localhost' },
    });
    for (const path of ['/', '/index.html', '/nothing']) {
      const page = await cottage.visit(HOST, path);
      expect(page.status).toBe(503);
      expect(page.body).toContain('This app is paused');
      expect(page.body).not.toContain('Soup');
    }
    const stew = await cottage.publish(site('Stew'));
    expect(stew).toMatchObject({ status: 'ready', url: null });
    expect(stew.findings.map(({ code }) => code)).toContain('publish/held');
    expect(await cottage.act('rollback')).toMatchObject({ status: 409, body: { code: 'app/conflict' } });
    expect(await cottage.act('promote')).toMatchObject({ status: 409, body: { code: 'app/conflict' } });

    expect((await cottage.act('release')).body).toMatchObject({
      hold: null,
      live: { release: soup.release },
      ready: { release: stew.release },
    });
    expect(await shown(cottage)).toContain('Soup');
    await cottage.act('promote');
    expect(await shown(cottage)).toContain('Stew');
    expect(await cottage.problems()).toEqual([]);
    const subjects = (await cottage.mails()).map(({ subject }) => subject);
    expect(subjects).toHaveLength(4);
  });

  test('stays on the app when it is archived and restored meanwhile', async () => {
    const cottage = await startTestCottage();
    await cottage.publish(site('Soup'));
    await cottage.act('hold', { reason: 'checking' });
    await cottage.act('archive');
    expect(await shown(cottage)).toContain('This app is paused');
    await cottage.act('restore');
    expect(await shown(cottage)).toContain('This app is paused');
    await cottage.act('archive');
    expect((await cottage.act('release')).body).toMatchObject({ hold: null, state: 'archived' });
    expect(await shown(cottage)).toContain('This app has been put away');
    await cottage.act('restore');
    expect(await shown(cottage)).toContain('Soup');
  });
});

describe('a promoted publish', () => {
  test('is shown to those it was made for, not to those who could see the app before', async () => {
    const cottage = await startTestCottage();
    await cottage.publish(site('Soup'));
    await cottage.publish(site('Stew'));
    await cottage.act('rollback');
    await cottage.publish(site('Salad'), { visibility: 'company', title: 'Lunch for us' });
    expect((await cottage.act('promote')).body).toMatchObject({
      visibility: 'company',
      title: 'Lunch for us',
    });
    const page = await cottage.visit(HOST);
    expect(page.status).toBe(401);
    expect(page.body).not.toContain('Salad');
  });

  test('that is the first makes the app live', async () => {
    const cottage = await startTestCottage({ config: { virtualClock: true } });
    await cottage.publish({ 'about.html': PAGE });
    await cottage.act('hold', { reason: 'checking' });
    expect(await cottage.publish(site('Soup'))).toMatchObject({ status: 'ready' });
    await cottage.act('release');
    expect((await cottage.act('promote')).body).toMatchObject({ state: 'live' });
    await cottage.advance('20d');
    expect(await cottage.app()).toMatchObject({ state: 'live' });
    expect(await shown(cottage)).toContain('Soup');
    expect(await cottage.problems()).toEqual([]);
  });
});

describe('an archived app', () => {
  test('shows a page that says so, a publish waits, and restoring brings back what was live', async () => {
    const cottage = await startTestCottage();
    await cottage.publish(site('Soup'));
    expect((await cottage.act('archive')).body).toMatchObject({ state: 'archived' });
    const page = await cottage.visit(HOST, '/index.html');
    expect(page.status).toBe(503);
    expect(page.body).toContain('This app has been put away');
    expect(await cottage.resolver().resolve4(HOST)).toEqual(['127.0.0.1']);

    const stew = await cottage.publish(site('Stew'));
    expect(stew).toMatchObject({ status: 'ready' });
    expect(stew.findings.map(({ code }) => code)).toContain('publish/archived');
    expect(await cottage.act('promote')).toMatchObject({ status: 409, body: { code: 'app/conflict' } });
    expect(await cottage.act('archive')).toMatchObject({ status: 409, body: { code: 'app/conflict' } });

    expect((await cottage.act('restore')).body).toMatchObject({ state: 'live' });
    expect(await shown(cottage)).toContain('Soup');
    await cottage.act('promote');
    expect(await shown(cottage)).toContain('Stew');
    expect(await cottage.problems()).toEqual([]);
  });
});
