import { ensurePage } from '@velolog/live/ensure-page';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestLive, type TestLive } from '../workers/test-live.ts';
import { openTestStore, START, type TestStore } from '../workers/test-store.ts';
import { chromiumPath, inUrl, needChromium, openPageBrowser, patient, visit } from './page-browser.ts';
import { tableRows } from './shown.ts';

/** What the page says of data that is not of now: an archive of June, a system that fell silent an hour ago, a problem that began days ago. */

const HOUR = 3600;
const DAY = 24 * HOUR;
const now = Math.floor((Date.now() - START) / 1000);
const ISSUE_SINCE = new Date((Math.floor(Date.now() / 1000) - 3 * DAY) * 1000);

const ZONE = {
  type: 'Feature',
  properties: { name: 'Centre' },
  geometry: {
    type: 'MultiPolygon',
    coordinates: [
      [
        [
          [10.7, 59.9],
          [10.71, 59.9],
          [10.71, 59.91],
          [10.7, 59.9],
        ],
      ],
    ],
  },
};

let store: TestStore;
let live: TestLive;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  if (chromiumPath === null) return;
  store = await openTestStore();
  const station = { station_id: '1', num_bikes_available: 0, num_docks_available: 4 };
  for (let second = 0; second <= 600; second += 60)
    await store.poll('archive', second, [station], { imported: true });
  await store.pollEvery(60, 'silent', [now - 2 * HOUR, now - HOUR], () => [station]);
  await store.pollEvery(60, 'live', [now - 2 * HOUR, now], () => [station]);
  await store.record({
    system_id: 'live',
    feed: 'geofencing_zones',
    second: now - 5 * HOUR,
    body: { data: { geofencing_zones: { type: 'FeatureCollection', features: [ZONE] } } },
  });
  await store.ask(
    `insert into velolog.data_quality_issue (system_key, feed, station_id, flag, noticed_at, since, last_seen_at, evidence)
    select system_key, 'station_status', '1', 'station_frozen', now(), $1, now(), '{}' from velolog.system where system_id = 'live'`,
    [ISSUE_SINCE],
  );
  await ensurePage();
  live = await startTestLive(store.readerUrl);
  context = await openPageBrowser();
  page = await context.newPage();
  await page.goto(`${live.url}/?system=live&view=table`);
});

afterAll(async () => {
  await context?.browser()?.close();
  await live?.[Symbol.asyncDispose]();
  await store?.[Symbol.asyncDispose]();
});

needChromium();

const panel = () => page.getByTestId('station-panel');
const lasted = () => page.locator('tbody tr td').last().innerText();

describe('a state has lasted as long as it was observed', () => {
  test.each([
    ['in an archive', 'archive', /^10 min$/],
    ['in a system that fell silent', 'silent', /^1 h$/],
    ['and until now where it is polled', 'live', /^2 h/],
  ])('%s, in the table and in the panel', async (_, system, expected) => {
    await visit(page, `?system=${system}&view=table&station=1`);
    await expect.poll(lasted, patient).toMatch(expected);
    await expect
      .poll(
        async () => (await panel().locator('.offer-state').first().innerText()).replace(/^.*for /s, ''),
        patient,
      )
      .toMatch(expected);
  });
});

test('a file of old data is not said to be of now', async () => {
  const told = async (system: string) => {
    await visit(page, `?system=${system}&view=table`);
    await expect.poll(() => tableRows(page), patient).toEqual(['1 0 4']);
    await page.getByText('Export', { exact: true }).click();
    const said = await page.locator('.menu-body p').innerText();
    await page.keyboard.press('Escape');
    return said;
  };
  expect(await told('archive')).toMatch(/^1 station as shown, as of Mon 15 Jun( 2026)?, 12:10$/);
  expect(await told('silent')).toMatch(/^1 station as shown, as of \w{3} \d+ \w{3}/);
  expect(await told('live')).toBe('1 station as shown, as of now');
});

test('zones of a late feed are not said to be of now, while they are shown', async () => {
  const note = page.getByText(/^The zones are those of \w{3} \d+ \w{3}, \d\d:\d\d: their feed is late\.$/);
  await visit(page, '?system=live');
  await page.getByText('Zones', { exact: true }).click();
  await note.waitFor();
  await page.getByText('Zones', { exact: true }).click();
  await expect.poll(() => note.count(), patient).toBe(0);
});

test("no label of a station's chart is cut, also where the window ends with a whole hour", async () => {
  const opened = await context.newPage();
  await opened.addInitScript(`{
    globalThis.labels = [];
    const draw = CanvasRenderingContext2D.prototype.fillText;
    CanvasRenderingContext2D.prototype.fillText = function (text, x, y, ...more) {
      const half = this.measureText(text).width / 2;
      labels.push({ canvas: this.canvas, text, isCut: this.textAlign === 'center' && x + half > this.canvas.width });
      return draw.call(this, text, x, y, ...more);
    };
  }`);
  await opened.goto(`${live.url}/?system=archive&view=table&station=1`);
  // A chart is drawn before it is part of the page.
  const labels = () =>
    opened.evaluate(
      `labels.filter(({ canvas }) => canvas.closest('.chart')).map(({ text, isCut }) => ({ text, isCut }))`,
    ) as Promise<{ text: string; isCut: boolean }[]>;
  await expect.poll(async () => (await labels()).map(({ text }) => text), patient).toContain('12:10');
  expect((await labels()).filter(({ isCut }) => isCut)).toEqual([]);
  await opened.close();
});

test('a problem that began on another day has its day', async () => {
  await visit(page, '?system=live&view=table&station=1');
  const day = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', day: 'numeric', month: 'short' });
  await panel()
    .getByText(new RegExp(`Since \\w{3} ${day.format(ISSUE_SINCE)}`))
    .waitFor();
});

test('the table offers forecasts as the map does, but not of an archive or a past moment', async () => {
  await visit(page, '?system=live&view=table');
  const choice = page.getByRole('combobox', { name: 'Forecast' });
  await choice.selectOption('A bike in 20 min');
  // Beside the names: it would otherwise be out of sight beside a station's panel and on a phone.
  const headings = () => page.getByRole('columnheader').allInnerTexts();
  await expect.poll(async () => (await headings())[1], patient).toBe('A bike in 20 min');
  await expect.poll(() => inUrl(page, 'ahead'), patient).toBe('20');
  await visit(page, '?system=archive&view=table&ahead=20');
  await expect.poll(() => tableRows(page), patient).toEqual(['1 0 4']);
  expect(await choice.count()).toBe(0);
  await visit(
    page,
    `?system=live&view=table&at=${new Date((START / 1000 + now - HOUR) * 1000).toISOString()}`,
  );
  await expect.poll(() => tableRows(page), patient).toEqual(['1 0 4']);
  expect(await choice.count()).toBe(0);
});

test('the report on the quality of the data is one click away', async () => {
  await visit(page, '?system=live&view=table');
  const [answer] = await Promise.all([
    page.waitForNavigation(),
    page.getByRole('link', { name: 'Quality' }).click(),
  ]);
  expect(answer?.status()).toBe(200);
  expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Data quality of live');
});
