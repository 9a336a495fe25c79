import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startBrowser } from '../builders/browser.ts';
import { startTestCottage } from '../builders/cottage.ts';
import { serveFiles } from '../builders/serve-files.ts';
import { siteZip } from '../builders/site-zip.ts';

const MODULES = join(import.meta.dirname, '../../node_modules');
const LONG_MS = 60_000;

/** Nobody outside is asked, so that what a site loads from elsewhere fails the same way on both servers. */
const HOST_RULES = 'MAP *.apps.localhost 127.0.0.1,MAP * ~NOTFOUND,EXCLUDE 127.0.0.1';

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser({ hostRules: HOST_RULES, ignoreCertificateErrors: true });
}, LONG_MS);
afterAll(() => browser?.close());

/** Sites as they come from npm; `pages` of each are opened. */
const SITES = [
  { name: 'boilerplate', folder: 'html5-boilerplate/dist', pages: ['/', '/404.html'] },
  { name: 'freelancer', folder: 'startbootstrap-freelancer/dist', pages: ['/'] },
  { name: 'swagger', folder: 'swagger-ui-dist', pages: ['/', '/oauth2-redirect.html'] },
  { name: 'reveal', folder: 'reveal.js', pages: ['/', '/demo.html'] },
];

function filesOf(folder: string): Record<string, Buffer> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(files.map((file) => [file.slice(folder.length + 1), readFileSync(file)]));
}

/** Opens the page: what goes wrong meanwhile (messages, failed requests), without the server's own address. */
async function look(origin: string, path: string): Promise<{ title: string; faults: string[] }> {
  const faults: string[] = [];
  const page = await browser.newPage();
  const note = (text: string) => {
    if (!text.includes('favicon')) faults.push(text.replaceAll(origin, ''));
  };
  page.on('pageerror', (error) => note(`thrown: ${error instanceof Error ? error.message : String(error)}`));
  page.on('console', (message) => {
    if (message.type() === 'error') note(`console: ${message.location().url ?? ''} ${message.text()}`);
  });
  page.on('requestfailed', (request) => note(`failed: ${request.url()}`));
  page.on('response', (answer) => {
    if (answer.status() >= 400) note(`${answer.status()}: ${answer.url()}`);
  });
  await page.goto(origin + path, { waitUntil: 'networkidle0' });
  const title = await page.title();
  await page.close();
  return { title, faults };
}

test.each(SITES)(
  '$folder has no fault in a browser that it does not have on any web server',
  async ({ name, folder, pages }) => {
    const cottage = await startTestCottage();
    const files = filesOf(realpathSync(join(MODULES, folder)));
    const uploadId = await cottage.upload(await siteZip(files));
    const published = await cottage.publishUpload(uploadId, { name, title: name, dataClass: 'public' });
    expect(published).toMatchObject({ status: 'live' });
    const plain = await serveFiles(files);
    for (const path of pages) {
      const expected = await look(plain, path);
      const ours = await look(published.url ?? '', path);
      const more = ours.faults.filter((fault) => !expected.faults.includes(fault));
      expect({ path, title: ours.title, more }).toEqual({ path, title: expected.title, more: [] });
    }
  },
  LONG_MS,
);
