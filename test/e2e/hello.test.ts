import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Browser, Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseManifest } from '../../shared/manifest/manifest.ts';
import { startBrowser } from '../builders/browser.ts';
import { serve } from '../builders/serve.ts';
import { accessibilityFaults, openTab, overflowPx } from './look.ts';

const FOLDER = join(import.meta.dirname, '../../templates/hello');
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
};

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
}, 120_000);
afterAll(() => browser.close());

/** Serves the folder as any plain static server does. */
const serveFolder = () =>
  serve(({ path }) => {
    const file = join(FOLDER, path === '/' ? 'index.html' : path);
    const status = existsSync(file) ? 200 : 404;
    const content = readFileSync(status === 200 ? file : join(FOLDER, '404.html'));
    const type = TYPES[extname(status === 200 ? file : '.html')] ?? TYPES['.html'] ?? '';
    return new Response(new Uint8Array(content), { status, headers: { 'content-type': type } });
  });

/** The page at an hour of the day. */
async function open({ hour = 9, ...look }: { hour?: number; scheme?: 'dark'; widthPx?: number } = {}) {
  const { base, asked } = await serveFolder();
  const { tab, complaints } = await openTab(browser, look);
  await tab.evaluateOnNewDocument(`Date.prototype.getHours = () => ${hour};`);
  await tab.goto(base);
  const textOf = (selector: string) => tab.$eval(selector, (element) => element.textContent?.trim());
  const things = () => tab.$$eval('#list li', (items) => items.map((item) => item.textContent));
  return { tab, complaints, asked, textOf, things };
}

/** A browser on a busy machine may take a while until it has drawn what it was told. */
const PATIENT = { timeout: 20_000 };

/** Types into the form and sends it, as somebody at the keyboard does. */
async function add(tab: Page, text: string): Promise<void> {
  await tab.locator('#thing').click();
  await tab.keyboard.type(text);
  await tab.keyboard.press('Enter');
}

describe('the starter app', () => {
  test('says of itself what Cottage wants to know, and holds nothing but the app', () => {
    const { manifest, findings } = parseManifest(readFileSync(join(FOLDER, 'cottage.json')));
    expect(manifest).toEqual({ title: 'Hello', dataClass: 'public', visibility: 'public' });
    expect(findings).toEqual([]);
    expect(readdirSync(FOLDER).toSorted()).toEqual([
      '404.html',
      'app.js',
      'cottage.json',
      'favicon.svg',
      'index.html',
      'style.css',
    ]);
  });

  test.each([{}, { scheme: 'dark', widthPx: 360 }] as const)(
    'can be read by everybody, and nothing in it complains: %o',
    async (look) => {
      const { tab, complaints } = await open(look);
      await tab.locator('#list input').click();
      expect(await accessibilityFaults(tab)).toEqual([]);
      expect(await overflowPx(tab)).toBe(0);
      expect(complaints).toEqual([]);
    },
  );

  test('loads its own files and nothing else', async () => {
    const { tab, asked } = await open();
    const loaded = await tab.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)");
    const origin = new URL(tab.url()).origin;
    expect(loaded).toEqual([`${origin}/style.css`, `${origin}/app.js`]);
    expect(asked.filter(({ path }) => path.includes('://'))).toEqual([]);
  });

  test.each([
    [4, 'night', 'Good evening!'],
    [5, 'morning', 'Good morning!'],
    [11, 'morning', 'Good morning!'],
    [12, 'day', 'Good afternoon!'],
    [17, 'day', 'Good afternoon!'],
    [18, 'evening', 'Good evening!'],
    [21, 'evening', 'Good evening!'],
    [22, 'night', 'Good evening!'],
  ])('greets by the time of day: at %i it is %s', async (hour, time, greeting) => {
    const { tab, textOf } = await open({ hour });
    expect(await textOf('h1')).toBe(greeting);
    expect(await tab.$eval('html', (element) => element.dataset.time)).toBe(time);
  });

  test('keeps a list, also when the page is opened again', async () => {
    const { tab, textOf, things } = await open();
    await add(tab, ' <b>Cake</b> ');
    await tab.click('#list li:nth-child(2) input');
    await tab.locator('#list li:first-child button').click();
    const expected = ['Something to drinkRemove', 'A blanketRemove', '<b>Cake</b>Remove'];
    await expect.poll(things, PATIENT).toEqual(expected);
    await expect.poll(() => textOf('#summary'), PATIENT).toBe('1 of 3 done.');
    await tab.reload();
    await expect.poll(things, PATIENT).toEqual(expected);
    expect(await textOf('#summary')).toBe('1 of 3 done.');
    for (const left of [2, 1, 0]) {
      await tab.locator('#list button').click();
      await expect.poll(things, PATIENT).toHaveLength(left);
    }
    expect(await textOf('#summary')).toBe('Nothing on the list yet.');
  });

  test('adds nothing for an empty line', async () => {
    const { tab, things } = await open();
    await add(tab, '   ');
    expect(await things()).toHaveLength(3);
  });

  test('leaves the keyboard where it was', async () => {
    const { tab } = await open();
    const focused = () =>
      tab.evaluate('document.activeElement.id || document.activeElement.nextSibling?.textContent');
    await tab.focus('#list li:nth-child(2) input');
    await tab.keyboard.press('Space');
    expect(await focused()).toBe('Something to drink');
    await tab.focus('#list li:nth-child(2) button');
    await tab.keyboard.press('Enter');
    expect(await focused()).toBe('thing');
  });

  test.each(['{', 'null', '7', '{"a":1}'])(
    'begins anew where the browser kept something odd: %s',
    async (kept) => {
      const { tab, complaints, things } = await open();
      await tab.evaluate(`localStorage.setItem('picnic', ${JSON.stringify(kept)})`);
      await tab.reload();
      expect(await things()).toHaveLength(3);
      expect(complaints).toEqual([]);
    },
  );

  test('shows a page of its own where there is none, wherever that is', async () => {
    const { tab, asked } = await open();
    await tab.goto(new URL('/no/such/page', tab.url()).href);
    expect(await tab.title()).toBe('There is no such page');
    expect(await accessibilityFaults(tab)).toEqual([]);
    expect(asked.slice(-2).map(({ path }) => path)).toEqual(['/no/such/page', '/style.css']);
    await Promise.all([tab.waitForNavigation(), tab.locator('a').click()]);
    expect(await tab.title()).toBe('Hello');
  });

  test('says everything without its script, too', async () => {
    const { tab, complaints } = await open();
    await tab.setJavaScriptEnabled(false);
    await tab.reload();
    const text = () => tab.$eval('main', (element) => element.innerText);
    await expect.poll(text, PATIENT).toContain('Hello!');
    const seen = await text();
    expect(seen).toContain('A blanket');
    expect(seen).not.toContain('What else do we need?');
    expect(complaints).toEqual([]);
  });
});
