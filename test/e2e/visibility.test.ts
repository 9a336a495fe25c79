import { describe, expect, test } from 'vitest';
import { PAGE, startTestCottage, type TestCottage, type Visit } from '../builders/cottage.ts';

const HOST = 'lunch.demo.apps.localhost';
/** Stands in every file of the app: an answer that holds it shows the app. */
const SECRET = 'the soup is off';
const FILES = {
  'index.html': PAGE.replace('Soup', SECRET),
  '404.html': PAGE.replace('Soup', SECRET),
  'menu/index.html': PAGE.replace('Soup', SECRET),
  'recipe.txt': SECRET,
};

interface Link {
  url: string;
  expiresAt: string;
}

async function openLink(cottage: TestCottage, name = 'lunch'): Promise<Link> {
  const { status, body } = await cottage.admin('POST', `/v1/apps/demo/${name}/open`);
  expect(status).toBe(201);
  return body;
}

const follow = (cottage: TestCottage, { url }: Link, method = 'GET') => {
  const { hostname, pathname, search } = new URL(url);
  return cottage.visit(hostname, pathname + search, {}, method);
};

const cookieOf = ({ headers }: Visit): string => String(headers['set-cookie']).split(';')[0] ?? '';

/** A Cottage with the app for its company only, and a browser's cookie for it. */
async function withCookie() {
  const cottage = await startTestCottage({ config: { virtualClock: true } });
  await cottage.publish(FILES, { visibility: 'company' });
  const link = await openLink(cottage);
  const cookie = cookieOf(await follow(cottage, link));
  return { cottage, link, cookie, look: (path = '/') => cottage.visit(HOST, path, { cookie }) };
}

describe('an app that is not public', () => {
  test.each(['people', 'team', 'company'])(
    'and for %s shows a stranger no byte of it',
    async (visibility) => {
      const cottage = await startTestCottage();
      expect(await cottage.publish(FILES, { visibility, spa: true })).toMatchObject({ status: 'live' });
      const { release } = (await cottage.app()).live ?? {};
      const paths = [
        '/',
        '/index.html',
        '/recipe.txt',
        '/menu',
        '/menu/',
        '/nothing',
        '/404.html',
        '/%69ndex.html',
        '/?a=b',
        '//recipe.txt',
        '/_cottage/../recipe.txt',
        '/_cottage/recipe.txt',
        '/..%2frecipe.txt',
        `/${release}/index.html`,
      ];
      const seen: Visit[] = [];
      for (const path of paths) {
        for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PROPFIND']) {
          seen.push(await cottage.visit(HOST, path, {}, method));
          seen.push(await cottage.visitHttp2(HOST, path, {}, method));
        }
      }
      expect(seen.filter(({ body }) => body.includes(SECRET))).toEqual([]);
      expect([...new Set(seen.map(({ status }) => status))].toSorted((a, b) => a - b)).toEqual([
        400, 401, 404,
      ]);
      // Nor whether a file is there.
      const [there, absent] = [
        await cottage.visit(HOST, '/recipe.txt'),
        await cottage.visit(HOST, '/nothing'),
      ];
      expect(there.status).toBe(401);
      expect(there.body).toContain('Sign in to see this app');
      expect({ ...there, headers: { ...there.headers, date: '' } }).toEqual({
        ...absent,
        headers: { ...absent.headers, date: '' },
      });
    },
  );

  test('is so unless the publish says otherwise', async () => {
    const cottage = await startTestCottage();
    await cottage.publish(FILES, { visibility: undefined });
    expect(await cottage.app()).toMatchObject({ visibility: 'company' });
    expect((await cottage.visit(HOST)).status).toBe(401);
  });
});

describe('a one-time link', () => {
  test('lets one browser in, by a cookie for this host alone', async () => {
    const cottage = await startTestCottage();
    await cottage.publish(FILES, { visibility: 'company' });
    const link = await openLink(cottage);
    expect(link.url).toMatch(new RegExp(`^https://${HOST}:\\d+/_cottage/open\\?ticket=`));
    const entered = await follow(cottage, link);
    expect(entered).toMatchObject({
      status: 303,
      headers: { location: '/', 'referrer-policy': 'no-referrer' },
    });
    const [set] = [entered.headers['set-cookie']].flat();
    expect(set).toMatch(/^__Host-cottage=[^;]+; Path=\/; Secure; HttpOnly; SameSite=Lax$/);

    const cookie = cookieOf(entered);
    for (const path of ['/', '/recipe.txt', '/menu/']) {
      expect((await cottage.visit(HOST, path, { cookie })).body).toContain(SECRET);
      expect((await cottage.visitHttp2(HOST, path, { cookie })).body).toContain(SECRET);
    }
  });

  test('works once, and looking at it by HEAD does not use it up', async () => {
    const cottage = await startTestCottage();
    await cottage.publish(FILES, { visibility: 'company' });
    const link = await openLink(cottage);
    expect((await follow(cottage, link, 'HEAD')).status).toBe(405);
    expect((await follow(cottage, link)).status).toBe(303);
    const again = await follow(cottage, link);
    expect(again.status).toBe(410);
    expect(again.headers['set-cookie']).toBeUndefined();
    expect(again.body).toContain('This link does not work any more');
  });

  test('followed by many at once lets one in', async () => {
    const cottage = await startTestCottage();
    await cottage.publish(FILES, { visibility: 'company' });
    const link = await openLink(cottage);
    const entered = await Promise.all(Array.from({ length: 6 }, () => follow(cottage, link)));
    expect(entered.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      303, 410, 410, 410, 410, 410,
    ]);
  });

  test('expires after five minutes', async () => {
    const cottage = await startTestCottage({ config: { virtualClock: true } });
    await cottage.publish(FILES, { visibility: 'company' });
    const link = await openLink(cottage);
    await cottage.advance('4m');
    const { body: clock } = await cottage.admin('GET', '/v1/clock');
    expect(Date.parse(link.expiresAt) - Date.parse((clock as { now: string }).now)).toBeLessThan(60_000);
    await cottage.advance('1m');
    expect((await follow(cottage, link)).status).toBe(410);
    expect((await follow(cottage, await openLink(cottage))).status).toBe(303);
  });

  test('is for its own app: at another it opens nothing, and neither does its cookie', async () => {
    const { cottage, cookie, look } = await withCookie();
    await cottage.publish(FILES, { name: 'dinner', visibility: 'company' });
    const dinner = 'dinner.demo.apps.localhost';
    const { pathname, search } = new URL((await openLink(cottage)).url);
    expect((await cottage.visit(dinner, pathname + search)).status).toBe(410);
    const stranger = await cottage.visit(dinner, '/', { cookie });
    expect(stranger.status).toBe(401);
    expect(stranger.body).not.toContain(SECRET);
    expect((await look()).status).toBe(200);
  });

  test('of an app that is open is its plain address', async () => {
    const cottage = await startTestCottage();
    const { url } = await cottage.publish(FILES);
    expect(await openLink(cottage)).toMatchObject({ url });
  });

  test('is made for an admin only', async () => {
    const cottage = await startTestCottage();
    await cottage.publish(FILES, { visibility: 'company' });
    const answer = await fetch(`${cottage.cottage.ready.api}/v1/apps/demo/lunch/open`, { method: 'POST' });
    expect(answer.status).toBe(401);
  });
});

describe('a viewer’s cookie', () => {
  test('is refused once eight hours have passed', async () => {
    const { cottage, look } = await withCookie();
    await cottage.advance('479m');
    expect((await look()).status).toBe(200);
    await cottage.advance('1m');
    const late = await look();
    expect(late.status).toBe(401);
    expect(late.body).not.toContain(SECRET);
  });

  test('is refused with any part of it changed', async () => {
    const { cottage, cookie } = await withCookie();
    const [name = '', value = ''] = cookie.split('=');
    const parts = value.split('.');
    const forged = parts.map((part, i) => parts.with(i, flip(part)).join('.'));
    forged.push(parts.slice(0, 2).join('.'), '', `${value}.`, value.toUpperCase());
    for (const bad of forged) {
      const { status } = await cottage.visit(HOST, '/', { cookie: `${name}=${bad}` });
      expect({ bad, status }).toEqual({ bad, status: 401 });
    }
  });

  test('is no good in the place of a ticket, nor the other way round', async () => {
    const { cottage, cookie } = await withCookie();
    const [, value = ''] = cookie.split('=');
    expect((await cottage.visit(HOST, `/_cottage/open?ticket=${value}`)).status).toBe(410);
    const ticket = new URL((await openLink(cottage)).url).searchParams.get('ticket');
    expect((await cottage.visit(HOST, '/', { cookie: `__Host-cottage=${ticket}` })).status).toBe(401);
  });

  test('shows what everybody is shown while the app is held or put away', async () => {
    const { cottage, look } = await withCookie();
    await cottage.act('hold', { reason: 'checking' });
    expect((await look()).body).toContain('This app is paused');
    await cottage.act('release');
    expect((await look()).body).toContain(SECRET);
    await cottage.act('archive');
    expect((await look('/recipe.txt')).body).toContain('This app has been put away');
  });
});

describe('a changed visibility', () => {
  test('takes effect with the next publish: public closes, with nothing a browser has kept opening it again', async () => {
    const cottage = await startTestCottage();
    const { release } = await cottage.publish(FILES);
    const open = await cottage.visit(HOST, '/recipe.txt');
    expect(open.body).toBe(SECRET);
    const closed = await cottage.publish(FILES, { visibility: 'company' });
    expect(closed).toMatchObject({ status: 'live', release });
    const etag = String(open.headers.etag);
    const asked: Record<string, string>[] = [{}, { 'if-none-match': etag }, { range: 'bytes=0-3' }];
    for (const headers of asked) {
      const page = await cottage.visit(HOST, '/recipe.txt', headers);
      expect(page.status).toBe(401);
      expect(page.body).not.toContain(SECRET);
    }
  });

  test('takes effect with the next publish: a team that may publish openly opens its app', async () => {
    const cottage = await startTestCottage();
    await cottage.publish(FILES, { visibility: 'company' });
    expect(await cottage.publish(FILES, { visibility: 'public' })).toMatchObject({ status: 'live' });
    expect((await cottage.visit(HOST, '/recipe.txt')).body).toBe(SECRET);
  });

  test('of a team that may not waits for a yes, and the app stays closed', async () => {
    const cottage = await startTestCottage();
    await cottage.addTeam('finance');
    const host = 'lunch.finance.apps.localhost';
    await cottage.publish(FILES, { team: 'finance', visibility: 'company' });
    const asking = await cottage.publish(FILES, { team: 'finance', visibility: 'public' });
    expect(asking).toMatchObject({ status: 'awaiting-approval', decision: { subject: 'public' } });
    expect((await cottage.visit(host)).status).toBe(401);
    await cottage.admin('POST', `/v1/decisions/${asking.decision?.decisionId}`, { option: 'approve' });
    await cottage.cottage.runner.idle();
    expect((await cottage.visit(host)).body).toContain(SECRET);
  });

  test('is not said by the files of a publish that never went live', async () => {
    const cottage = await startTestCottage();
    await cottage.publish(FILES, { visibility: 'company' });
    await cottage.publish({ 'about.html': PAGE }, { visibility: 'public' });
    expect(await cottage.app()).toMatchObject({ visibility: 'company' });
    expect((await cottage.visit(HOST)).status).toBe(401);
  });
});

/** The text with its first character another one. */
const flip = (text: string): string => (text.startsWith('A') ? 'B' : 'A') + text.slice(1);
