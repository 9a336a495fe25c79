import { html } from 'hono/html';
import { describe, expect, test } from 'vitest';
import { homePage } from '../../functions/api/pages/home-page.ts';
import { page } from '../../functions/api/pages/layout.ts';
import { mailboxPage, mailPage } from '../../functions/api/pages/mailbox-page.ts';
import { problemPage } from '../../functions/api/pages/problem-page.ts';
import { statusPage } from '../../functions/api/pages/status-page.ts';
import type { PublishView } from '../../functions/api/status-view.ts';
import { publishView, sentMail, VIEW_NAMES, viewOf } from '../builders/pages.ts';
import { jargonIn } from './plain-words.ts';
import { type ReadPage, readHtml } from './read-html.ts';

const EVIL = `"'><script>alert(1)</script><img src=x onerror=alert(1)>&amp;`;
const evil = (text: string): string => `${text}${EVIL}`;
const TOKEN = 'k1.abc';
const show = async (view: PublishView, token?: string): Promise<ReadPage> =>
  readHtml(await statusPage(view, token).text());
const read = async (response: Response) => readHtml(await response.text());
const hrefs = (found: ReadPage) => found.all('a').map(({ attributes }) => attributes.href);

const plain = (): Response => page({ title: EVIL, body: html`<h1>Hello</h1>` });

describe('a page', () => {
  test('is kept by nobody and tells no other site where it stands', () => {
    const response = plain();
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toEqual({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
    });
  });

  test('loads nothing and runs nothing', async () => {
    const found = await read(plain());
    expect(found.all('script')).toEqual([]);
    expect(found.all('link').map(({ attributes }) => attributes.rel)).toEqual(['icon']);
    expect(found.all('link')[0]?.attributes.href).toMatch(/^data:image\/svg\+xml,%3Csvg/);
    expect(found.texts('style')[0]).not.toMatch(/url\(|@import/);
  });

  test('is in no search engine', async () => {
    const robots = (await read(plain())).all('meta').find(({ attributes }) => attributes.name === 'robots');
    expect(robots?.attributes.content).toBe('noindex');
  });

  test('has a language, a title of its own, and one main part', async () => {
    const found = await read(plain());
    expect(found.all('html')[0]?.attributes).toEqual({ lang: 'en' });
    expect(found.texts('title')[0]).toBe(`${EVIL} · Cottage`);
    expect(found.all('main')).toEqual([{ attributes: {}, text: 'Hello' }]);
    expect(hrefs(found)).toEqual(['/']);
  });

  test('takes no promise: it would be sent as the word', () => {
    expect(() => page({ title: 'Hello', body: html`${Promise.resolve('late')}` })).toThrow(
      'a page takes no promises',
    );
  });
});

describe('the mailbox', () => {
  test('lists each mail in the order given: what it is about, to whom, and when', async () => {
    const found = await read(
      mailboxPage([sentMail(), sentMail({ id: 'e_2', subject: 'A question', to: ['cem@example.com'] })]),
    );
    expect(found.texts('li')).toEqual([
      '“Lunch” is live To ana@example.com, ben@example.com, 2 March 2026 at 09:00 UTC',
      'A question To cem@example.com, 2 March 2026 at 09:00 UTC',
    ]);
    expect(hrefs(found)).toEqual(['/', '/mailbox/e_abcdefghijklmnopqrstuvwxyz', '/mailbox/e_2']);
  });

  test('says when it is empty', async () => {
    expect((await read(mailboxPage([]))).text).toContain('There is no mail yet.');
    expect((await read(mailboxPage([sentMail()]))).text).not.toContain('There is no mail yet.');
  });

  test('shows nothing invisible', async () => {
    const found = await read(mailboxPage([sentMail({ subject: 'Lu\u202Enc\u0007h', to: ['a\u202Ena'] })]));
    expect(found.texts('li')).toEqual(['Lunch To ana, 2 March 2026 at 09:00 UTC']);
  });

  test('shows a mail without a subject as one', async () => {
    expect((await read(mailboxPage([sentMail({ subject: ' \u200B' })]))).text).toContain('No subject');
  });
});

describe('a mail', () => {
  test('is shown with its head, as a file, as it looks and as text', async () => {
    const mail = sentMail();
    const found = await read(mailPage(mail));
    expect(found.texts('h1')[0]).toBe('“Lunch” is live');
    expect(found.texts('dd')).toEqual([
      'ana@example.com, ben@example.com',
      '2 March 2026 at 09:00 UTC',
      'Open in a mail program',
    ]);
    expect(found.all('iframe').map(({ attributes }) => attributes)).toEqual([
      { title: 'The message as it looks', sandbox: '', srcdoc: mail.html },
    ]);
    expect(found.texts('pre')[0]).toBe(mail.text.replaceAll(/\s+/g, ' ').trim());
  });

  test('has links to follow in its text, and only to the web', async () => {
    const text =
      'A: https://a.example.com/x?t=k1.b-c_d\nB: http://127.0.0.1:4600/\n“https://c.example.com” javascript:alert(1) ftp://d.example.com';
    expect(hrefs(await read(mailPage(sentMail({ text }))))).toEqual([
      '/',
      '/mailbox',
      '/mailbox/e_abcdefghijklmnopqrstuvwxyz.eml',
      'https://a.example.com/x?t=k1.b-c_d',
      'http://127.0.0.1:4600/',
      'https://c.example.com',
    ]);
  });

  test('whatever is in it stays text', async () => {
    const hostileMail = sentMail({
      id: '../<x>',
      to: [EVIL],
      subject: EVIL,
      text: `${EVIL} https://a.example.com/${EVIL}`,
      html: `</iframe>${EVIL}`,
    });
    const harmless = sentMail({ text: 'x https://a.example.com/ x' });
    const found = await read(mailPage(hostileMail));
    expect(found.skeleton).toEqual((await read(mailPage(harmless))).skeleton);
    expect(found.texts('h1')[0]).toBe(EVIL);
    expect(hrefs(found)[2]).toBe('/mailbox/..%2F%3Cx%3E.eml');
    const list = await read(mailboxPage([hostileMail]));
    expect(list.skeleton).toEqual((await read(mailboxPage([harmless]))).skeleton);
    expect(list.text).toContain(`${EVIL} To ${EVIL}`);
  });
});

describe('the home page', () => {
  const options = {
    apps: 'https://<app>.<team>.apps.example.com',
    mailboxUrl: '/mailbox',
    baseDomain: 'apps.example.com',
  };

  test('says what this is and where to look', async () => {
    const found = await read(homePage(options));
    expect(found.texts('h1')[0]).toBe('A home for small apps');
    expect(hrefs(found)).toEqual(['/', '/mailbox', '/openapi.json']);
    expect(found.texts('code')).toEqual(['apps.example.com', 'https://<app>.<team>.apps.example.com']);
    expect(found.texts('pre')).toEqual([
      'npm run cottage -- publish ./my-app',
      'npm run cottage -- list',
      'npm run cottage -- --help',
    ]);
  });

  test('names the mailbox only where there is one', async () => {
    const { mailboxUrl: _, ...others } = options;
    const found = await read(homePage(others));
    expect(hrefs(found)).toEqual(['/', '/openapi.json']);
    expect(found.text).not.toContain('Mailbox');
  });
});

test('a problem is told in plain words, with its status and a way on', async () => {
  const response = problemPage({ status: 404, title: `No ${EVIL}`, detail: `Open ${EVIL}` });
  expect(response.status).toBe(404);
  const found = await read(response);
  expect(found.texts('h1')[0]).toBe(`No ${EVIL}`);
  expect(found.text).toContain(`Open ${EVIL} To the start page`);
  expect(found.all('script')).toEqual([]);
  expect(hrefs(found)).toEqual(['/', '/']);
  expect(jargonIn(found.text)).toBeUndefined();
});

describe('the words of a status page', () => {
  test.each(VIEW_NAMES)('are plain ones: %s', async (name) => {
    const found = await show(viewOf(name), TOKEN);
    expect(jargonIn(found.text)).toBeUndefined();
  });
});

/** The same publish with something hostile in everything that can come from outside. */
function hostile(view: PublishView): PublishView {
  return {
    ...view,
    app: { ...view.app, title: EVIL, name: EVIL, host: EVIL, team: EVIL },
    findings: view.findings.map((found) => ({
      ...found,
      title: evil(found.title),
      why: evil(found.why),
      fix: evil(found.fix),
      ...(found.where ? { where: { ...found.where, file: EVIL } } : {}),
    })),
    questions: view.questions.map(({ field, label, options }) => ({
      field: evil(field),
      label: evil(label),
      options: options.map(evil),
    })),
    decision: view.decision && { ...view.decision, askedOf: [EVIL] },
    url: view.url && `https://example.com/${EVIL}`,
  };
}

describe('text from outside on a status page', () => {
  test.each(VIEW_NAMES)('is shown and never obeyed: %s', async (name) => {
    const harmless = await show(viewOf(name), TOKEN);
    const found = await show(hostile(viewOf(name)), EVIL);
    expect(found.skeleton).toEqual(harmless.skeleton);
    expect(found.text).toContain(EVIL);
  });

  test('has nothing invisible in it', async () => {
    const { app } = publishView();
    const found = await show(viewOf('live', { app: { ...app, title: 'Lu\u202Enc\u0007h' } }));
    expect(found.texts('h1')).toEqual(['Lunch is live']);
  });
});
