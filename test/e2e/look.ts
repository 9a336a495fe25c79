import axe from 'axe-core';
import type { Browser, Page } from 'puppeteer-core';
import { onTestFinished } from 'vitest';

export interface LookOptions {
  widthPx?: number;
  scheme?: 'light' | 'dark';
}

/** A tab of its own for a test, which gathers what a developer would see in red. */
export async function openTab(
  browser: Browser,
  { widthPx = 1200, scheme = 'light' }: LookOptions = {},
): Promise<{ tab: Page; complaints: string[] }> {
  // Nothing stored by one test is there for another.
  const context = await browser.createBrowserContext();
  onTestFinished(() => context.close());
  const tab = await context.newPage();
  await tab.setViewport({ width: widthPx, height: 800 });
  await tab.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
  const complaints: string[] = [];
  tab.on('console', (message) => complaints.push(message.text()));
  tab.on('pageerror', (error) => complaints.push(String(error)));
  tab.on('requestfailed', (request) => {
    // A page that follows along loads itself anew, and is let go of meanwhile when its test ends.
    const letGo = request.isNavigationRequest() && request.failure()?.errorText === 'net::ERR_ABORTED';
    if (!letGo) complaints.push(`${request.url()} failed`);
  });
  return { tab, complaints };
}

/** What axe finds against the page, as "rule: element". Some rules can be left out; say why where you do. */
export async function accessibilityFaults(tab: Page, leftOut: string[] = []): Promise<string[]> {
  await tab.evaluate(axe.source);
  const rules = Object.fromEntries(leftOut.map((rule) => [rule, { enabled: false }]));
  const options = JSON.stringify({ rules, iframes: false, resultTypes: ['violations'] });
  const { violations } = (await tab.evaluate(`axe.run(document, ${options})`)) as axe.AxeResults;
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
}

/** How far the page reaches beyond the window to the right, in pixels. */
export async function overflowPx(tab: Page): Promise<number> {
  return (await tab.evaluate('document.documentElement.scrollWidth - window.innerWidth')) as number;
}
