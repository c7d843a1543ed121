import { type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { beforeEach } from 'vitest';
import { CHROMIUM_ARGUMENTS, findChromium } from './chromium.ts';

// Generous: machines may be thirty times slower, and draw WebGL in software.
const PATIENCE_MS = 120_000;
export const patient = { timeout: PATIENCE_MS, interval: 200 };

export const SCREEN = { width: 1000, height: 640 };

/** Null when there is no browser: then the tests of the file are skipped. */
export const chromiumPath = findChromium(process.env);

/** Skips the tests of this file when there is no browser. */
export function needChromium(): void {
  beforeEach((test) => {
    if (chromiumPath === null)
      test.skip('no Chromium found (Debian: apt-get install chromium, or set CHROMIUM_PATH)');
  });
}

/** A browser with one context. Close its browser, not only the context. */
export async function openPageBrowser(more: BrowserContextOptions = {}): Promise<BrowserContext> {
  const browser = await chromium.launch({ executablePath: chromiumPath ?? '', args: CHROMIUM_ARGUMENTS });
  const context = await browser.newContext({
    viewport: SCREEN,
    // Drawing pixels in software is the main cost of a map: this leaves a quarter of them.
    deviceScaleFactor: 0.5,
    reducedMotion: 'reduce',
    timezoneId: 'UTC',
    acceptDownloads: true,
    ...more,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  return context;
}

/**
 * Records the browser's complaints, and which answers caused them. On a busy machine the database may have no time, and
 * the answer is "503, ask again": the page does so, and other tests check what it then shows.
 */
export function noteComplaints(page: Page, note: (text: string) => void): void {
  page.on('pageerror', (error) => note(`uncaught: ${error.stack ?? error.message}`));
  page.on('console', (message) => {
    const text = message.text();
    if (message.type() === 'error' && !/with a status of 503/.test(text)) note(`console: ${text}`);
  });
  page.on('response', async (answer) => {
    if (answer.status() < 400 || answer.status() === 503) return;
    note(`${answer.status()} ${answer.url()}: ${await answer.text().catch(String)}`);
  });
}

/**
 * Leads the open page to another URL, as the browser's "back" does. Reloading it costs several times as much, and is
 * for tests of links, or of what outlives the page.
 */
export async function visit(page: Page, search: string): Promise<void> {
  await page.evaluate(`{
    history.pushState(null, '', ${JSON.stringify(`/${search}`)});
    dispatchEvent(new PopStateEvent('popstate'));
  }`);
}

/** A parameter of the page's URL. */
export function inUrl(page: Page, name: string): string | null {
  return new URL(page.url()).searchParams.get(name);
}

/** Runs in the page: what is requested every 15 s is requested twice a second. */
export const OFTEN = `{
  const set = setTimeout;
  globalThis.setTimeout = (run, ms, ...more) => set(run, ms === 15_000 ? 500 : ms, ...more);
}`;
