import type { Browser } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { homePage } from '../../functions/api/pages/home-page.ts';
import { mailboxPage, mailPage } from '../../functions/api/pages/mailbox-page.ts';
import { problemPage } from '../../functions/api/pages/problem-page.ts';
import { statusPage } from '../../functions/api/pages/status-page.ts';
import { startBrowser } from '../builders/browser.ts';
import { sentMail, VIEW_NAMES, type ViewName, viewOf } from '../builders/pages.ts';
import { type Asked, serve } from '../builders/serve.ts';
import { accessibilityFaults, openTab, overflowPx } from './look.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
}, 120_000);
afterAll(() => browser.close());

const TOKEN = 'k1.abc';
/** The API's own, which the pages have to get along with. */
const CONTENT_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/** Serves pages under the API's content policy. */
const servePages = (answer: (asked: Asked) => Response) =>
  serve((asked) => {
    const response = answer(asked);
    response.headers.set('content-security-policy', CONTENT_POLICY);
    return response;
  });

/** Serves one page, once: when the page asks for itself again, there is nothing new, and the browser keeps it. */
function serveOnce(page: () => Response) {
  let served = false;
  return servePages(() => {
    if (served) return new Response(null, { status: 204 });
    served = true;
    return page();
  });
}

const PAGES: [string, () => Response][] = [
  ...VIEW_NAMES.map((name): [string, () => Response] => [name, () => statusPage(viewOf(name), TOKEN)]),
  ['mailbox', () => mailboxPage([sentMail(), sentMail({ id: 'e_2' })])],
  ['empty mailbox', () => mailboxPage([])],
  ['mail', () => mailPage(sentMail())],
  [
    'home',
    () =>
      homePage({
        apps: 'https://<app>.<team>.apps.example.com',
        mailboxUrl: '/mailbox',
        baseDomain: 'apps.example.com',
      }),
  ],
  ['problem', () => problemPage({ status: 404, title: 'There is nothing here', detail: 'Look again.' })],
];

/**
 * A page that follows a publish asks for itself again, which this rule forbids: somebody may not be done reading. It
 * stops by itself when the publish ends, nothing typed is lost by it, and a page without a script has no other way.
 */
const LEFT_OUT = ['meta-refresh'];

test.each(PAGES)(
  'the page "%s" can be read by everybody, in the light and in the dark, on any screen',
  async (_, page) => {
    const { base } = await serveOnce(page);
    const { tab, complaints } = await openTab(browser);
    await tab.goto(base);
    expect(await accessibilityFaults(tab, LEFT_OUT)).toEqual([]);
    await tab.setViewport({ width: 360, height: 800 });
    await tab.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'dark' }]);
    expect(await accessibilityFaults(tab, LEFT_OUT)).toEqual([]);
    expect(await overflowPx(tab)).toBe(0);
    // A browser says of every answer that it is no success, and one of these pages is none.
    expect(complaints.filter((complaint) => !complaint.includes('a status of 404'))).toEqual([]);
  },
);

test('a page that follows a publish gets to its end by itself', async () => {
  const views = ['accepted', 'running', 'live'] as const;
  let at = 0;
  const { base } = await servePages(() => {
    const view = viewOf(views[at] ?? 'live');
    at += 1;
    return statusPage(view, TOKEN);
  });
  const { tab } = await openTab(browser);
  await tab.goto(base);
  await tab.waitForSelector('.button.large');
  expect(await tab.title()).toBe('Lunch is live · Cottage');
  expect(at).toBe(3);
});

/** Clicks on these, one after the other, on the page of such a publish; the last sends the form. */
async function pressing(name: ViewName, steps: string[]) {
  const { base, asked } = await servePages(({ method }) =>
    method === 'POST'
      ? new Response(null, { status: 303, headers: { location: '/after' } })
      : statusPage(viewOf(name), TOKEN),
  );
  const { tab } = await openTab(browser);
  await tab.goto(base);
  for (const step of steps.slice(0, -1)) await tab.click(step);
  await Promise.all([tab.waitForNavigation(), tab.click(steps.at(-1) ?? '')]);
  const posted = asked.find(({ method }) => method === 'POST');
  return { posted, base, after: asked.at(-1)?.path };
}

describe('a form', () => {
  test('sends the answer that was chosen, and says that it comes from our own page', async () => {
    const { posted, base, after } = await pressing('needs answers', ['input[value=confidential]', 'button']);
    expect(posted).toMatchObject({
      path: '/v1/publishes/p_abcdefghijklmnopqrstuvwxyz/answers?t=k1.abc',
      body: 'dataClass=confidential',
      headers: { origin: base, 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(after).toBe('/after');
  });

  test('cancels, and says that it comes from our own page', async () => {
    const { posted, base } = await pressing('awaiting approval', ['button']);
    expect(posted).toMatchObject({
      path: '/v1/publishes/p_abcdefghijklmnopqrstuvwxyz/cancel?t=k1.abc',
      body: '',
      headers: { origin: base },
    });
  });

  test('is not sent without an answer', async () => {
    const { base, asked } = await servePages(() => statusPage(viewOf('needs answers'), TOKEN));
    const { tab } = await openTab(browser);
    await tab.goto(base);
    await tab.click('button');
    expect(await tab.evaluate("document.querySelector('form').checkValidity()")).toBe(false);
    expect(asked.map(({ method }) => method)).toEqual(['GET']);
  });
});

test('following the address of an app tells it nothing of the page it was on', async () => {
  const app = await serve(
    () => new Response('<title>Lunch</title>', { headers: { 'content-type': 'text/html' } }),
  );
  const { base } = await servePages(() => statusPage(viewOf('live', { url: app.base }), TOKEN));
  const { tab } = await openTab(browser);
  await tab.goto(`${base}/v1/publishes/p_x?t=k1.abc`);
  await Promise.all([tab.waitForNavigation(), tab.click('.button.large')]);
  expect(await tab.title()).toBe('Lunch');
  expect(app.asked[0]?.headers.referer).toBeUndefined();
});

test('a mail is shown as it looks, and what it wants to run or load stays put', async () => {
  const html =
    '<style>p { color: rgb(1, 2, 3); }</style><p>Hello</p><script>top.ran = 1</script><img src="/spy" alt="">';
  const { base, asked } = await servePages(() => mailPage(sentMail({ html })));
  const { tab } = await openTab(browser);
  await tab.goto(base);
  const frame = tab.frames().find((each) => each !== tab.mainFrame());
  expect(await frame?.evaluate("getComputedStyle(document.querySelector('p')).color")).toBe('rgb(1, 2, 3)');
  expect(await tab.evaluate('typeof window.ran')).toBe('undefined');
  expect(asked.map(({ path }) => path)).toEqual(['/']);
});
