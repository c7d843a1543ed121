import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { at, recordCity } from '../history/city.ts';
import { tellCity } from '../history/told-world.ts';
import { startTestLive } from '../workers/test-live.ts';
import { openTestStore, type TestStore } from '../workers/test-store.ts';
import { seriousFindings } from './axe.ts';
import { chromiumPath, inUrl, needChromium, patient, visit } from './page-browser.ts';
import { openPageOnStore, type PageOnStore } from './page-on-store.ts';
import { banner, pill, tableRows } from './shown.ts';

/** The page on a few polls of one day, whose every moment is known: what it says of other times, of gaps and of unknown values. */

let given: PageOnStore;
let store: TestStore;
let page: Page;

beforeAll(async () => {
  if (chromiumPath === null) return;
  given = await openPageOnStore(recordAll);
  ({ store, page } = given);
});
afterAll(() => given?.[Symbol.asyncDispose]());

needChromium();

const goto = (search: string) => page.goto(`${given.live.url}/${search}`);
/** Seconds since the first poll, not after now: what is observed later than a page is opened is not among its latest changes. */
const secondsNow = () => (Date.now() - Date.parse(at(0))) / 1000;
const slider = () => page.getByRole('slider', { name: 'Moment shown' });
const focused = () =>
  page.evaluate(`[document.activeElement.tagName, document.activeElement.value ?? ''].join(' ')`);

/** Systems with a gap, without an answer, without some numbers, imported, and with data of months ago. */
async function recordAll(store: TestStore): Promise<void> {
  await recordCity(store);
  await store.record({
    system_id: 'away',
    second: 0,
    outcome: 'failed',
    http_status: 503,
    error: 'http_503',
  });
  await store.poll('mute', 0, [
    { station_id: '1', num_docks_available: 4 },
    { station_id: '2' },
    { station_id: '3', num_bikes_available: 2, num_docks_available: 2 },
  ]);
  for (let second = 0; second <= 600; second += 60) {
    const stations = [{ station_id: '1', num_bikes_available: second < 600 ? 2 : 5 }];
    await store.poll('old', second, stations, { imported: true });
  }
  // Its server answers now with what it says of itself was so in June, and nothing has changed since the poll before.
  const nowSecond = Math.floor(secondsNow());
  for (const second of [nowSecond - 60, nowSecond])
    await store.poll('frozen', second, [], {
      body: {
        last_updated: Date.parse(at(0)) / 1000,
        ttl: 60,
        data: { stations: [{ station_id: '1', num_bikes_available: 2, num_docks_available: 2 }] },
      },
    });
}

async function exported(): Promise<string[]> {
  await page.getByText('Export', { exact: true }).click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'CSV' }).click(),
  ]);
  return (await readFile(await download.path(), 'utf8')).trim().split('\r\n').slice(1);
}

describe('a link to a moment', () => {
  test('long ago shows that moment, from the time around it', async () => {
    await goto(`?system=city&view=table&at=${at(70)}`);
    await expect.poll(() => tableRows(page), patient).toEqual(['ü/2 3 –', '1 4 6']);
    await expect.poll(() => pill(page), patient).toMatch(/^Replay · Mon 15 Jun/);
    expect(await banner(page)).toBe('');
    expect((await exported()).map((line) => line.split(',').slice(-7))).toEqual([
      ['3', '', '', '', 'ok', '', ''],
      ['4', '6', '', '', 'ok', '', ''],
    ]);
  });

  test.each([
    [
      'in a gap',
      at(400),
      /^Not observed\. There is no observation from Mon 15 Jun( 2026)?, 14:02 to Mon 15 Jun( 2026)?, 14:12/,
    ],
    [
      'after the last poll',
      at(50_000),
      /^Not observed\. There is no observation from Mon 15 Jun( 2026)?, 15:53 to/,
    ],
    ['before the first poll', '2026-05-01T00:00:00Z', /^Not observed\. Recording began on Mon 15 Jun/],
    ['that has not come', '2199-01-01T00:00:00Z', /^This time has not come yet\./],
  ])('%s says so, and shows and exports no edge as if it were that time', async (_, moment, said) => {
    await visit(page, `?system=city&view=table&at=${moment}`);
    await expect.poll(() => banner(page), patient).toMatch(said);
    const rows = await tableRows(page);
    expect(rows.map((row) => row.split(' ').slice(1))).toEqual(rows.map(() => ['–', '–']));
    const lines = await exported();
    expect(lines).toHaveLength(rows.length);
    for (const line of lines) expect(line).toMatch(/,,,,,,,$/);
    for (const total of ['bikes', 'empty', 'full', 'closed', 'unknown'])
      expect(await page.getByTestId(`total-${total}`).innerText()).toBe('–');
    expect(await seriousFindings(page)).toEqual([]);
  });

  test('the keyboard moves it step by step, and changing the window leaves the keyboard where it is', async () => {
    await goto(`?system=city&view=table&at=${at(70)}`);
    await slider().focus();
    const value = () => slider().inputValue();
    const first = Number(await value());
    for (let step = 1; step <= 10; step++) {
      await page.keyboard.press('ArrowLeft');
      await expect.poll(value, patient).toBe(`${first - step}`);
    }
    await page.keyboard.press('ArrowRight');
    await expect.poll(value, patient).toBe(`${first - 9}`);
    await expect
      .poll(() => inUrl(page, 'at'), patient)
      .toBe(new Date(Date.parse(at(70)) - 9 * 60_000).toISOString().replace('.000Z', 'Z'));
    const length = page.getByRole('combobox', { name: 'Window' });
    await length.focus();
    await length.selectOption('48');
    await expect.poll(() => inUrl(page, 'hours'), patient).toBe('48');
    await slider().waitFor();
    expect(await focused()).toBe('SELECT 48');
  });
});

test('from now, the keyboard leads back step by step as well', async () => {
  await store.poll('city', secondsNow(), [
    { station_id: '1', num_bikes_available: 1, num_docks_available: 9 },
    { station_id: 'ü/2', num_bikes_available: 0 },
  ]);
  await goto('?system=city&view=table');
  await slider().focus();
  for (const step of ['1439', '1438', '1437']) {
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => slider().inputValue(), patient).toBe(step);
  }
  await page.keyboard.press('End');
  await expect.poll(() => pill(page), patient).toMatch(/^(Live|Overdue)/);
});

describe('what is not known', () => {
  test('is a state of its own in the table, the chips, the totals and the legend', async () => {
    await goto('?system=mute&view=table');
    await expect.poll(() => tableRows(page), patient).toEqual(['1 – 4', '2 – –', '3 2 2']);
    expect(await page.locator('tr[data-station="2"]').innerText()).toContain('Unknown');
    expect(await page.locator('tr[data-station="1"]').innerText()).toContain('Has both');
    expect(await page.getByTestId('total-unknown').innerText()).toBe('1');
    await page.getByRole('button', { name: /^Unknown 1/ }).click();
    await expect.poll(() => tableRows(page), patient).toEqual(['2 – –']);
    expect((await exported())[0]).toMatch(/^2,.*,unknown,/);
    expect(await seriousFindings(page)).toEqual([]);
    await visit(page, '?system=mute');
    await page.locator('.legend').getByText('unknown').waitFor();
  });

  test('a link to a past time distinguishes a station without counts from one whose docks are known', async () => {
    await goto(`?system=mute&view=table&at=${at(0)}`);
    await expect.poll(() => tableRows(page), patient).toEqual(['1 – 4', '2 – –', '3 2 2']);
    expect(await page.locator('tr[data-station="1"]').innerText()).not.toContain('Not listed');
    expect(await page.locator('tr[data-station="2"]').innerText()).toContain('Unknown');
  });

  test('the latest changes do not claim quiet for unobserved time', async () => {
    await visit(page, '?system=mute&view=table');
    await page.getByText(/^Not observed in the last ten minutes; the last observation was/).waitFor();
  });
});

describe('of several systems', () => {
  test('the page opens none: it shows them all on a map of the world (world-page.test.ts)', async () => {
    await goto('');
    await page.locator('[data-system=city]').waitFor();
    expect(inUrl(page, 'system')).toBeNull();
  });

  test('one that has none says why', async () => {
    for (const view of ['table', 'map']) {
      await visit(page, `?system=away&view=${view}`);
      await page.getByText('No station has been observed yet. station_status: http 503.').first().waitFor();
      await expect.poll(() => pill(page), patient).toBe('No data yet');
      expect(await page.getByTestId('total-empty').innerText()).toBe('–');
    }
  });

  test('one that is not recorded is said not to be, waits for nothing, and leads to those that are', async () => {
    await visit(page, '?system=no-such&view=table');
    await expect.poll(() => banner(page), patient).toMatch(/^No system “no-such” is recorded\./);
    expect(await page.getByText(/Loading/).count()).toBe(0);
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByTestId('banner').getByRole('link').click();
    await page.locator('[data-system=city]').waitFor();
    expect(inUrl(page, 'system')).toBeNull();
  });

  test('a feed whose server repeats data of months ago is old, whenever it was polled', async () => {
    await visit(page, '?system=frozen&view=table');
    await expect.poll(() => pill(page), patient).toMatch(/^Overdue\s*· \d+ d/);
    expect(await banner(page)).toMatch(/^This data is old\. The data is from Mon 15 Jun/);
  });

  test('an imported archive is neither live nor late', async () => {
    await visit(page, '?system=old&view=table');
    await expect.poll(() => pill(page), patient).toMatch(/^Archive\s*· 15 Jun 2026$/);
    expect(await banner(page)).toMatch(/^This is an archive\./);
    expect(await page.locator('.ticker').innerText()).toMatch(/An archive has no latest changes/);
  });

  test('an imported archive is replayed up to its last observation, years later too', async () => {
    await goto('?system=old&view=table&station=1');
    await slider().waitFor();
    expect(await slider().getAttribute('aria-valuetext')).toBe('the last recorded state');
    expect(await page.locator('.track-ends').innerText()).toMatch(
      /^Mon 15 Jun( 2026)?, 12:00\s(.*\s)?Mon 15 Jun( 2026)?, 12:10$/s,
    );
    await slider().press('Home');
    await expect.poll(() => tableRows(page), patient).toEqual(['1 2 –']);
    await slider().press('End');
    await expect.poll(() => tableRows(page), patient).toEqual(['1 5 –']);
    expect(await page.getByTestId('station-panel').locator('figcaption span').innerText()).toBe(
      'Bikes, last 10 min recorded',
    );
  });
});

test('where no system is recorded yet the page says how to record one, and shows the first as soon as there is one', async () => {
  await using first = await openTestStore();
  await using ofFirst = await startTestLive(first.readerUrl);
  await page.goto(`${ofFirst.url}/`);
  await page.getByTestId('nothing-recorded').getByText('npx velolog systems add').waitFor();
  expect(await page.getByText('Loading').count()).toBe(0);
  expect(await seriousFindings(page)).toEqual([]);
  await tellCity(first, ['first', 'First Bikes'], [59.911, 10.74], 3);
  await expect.poll(() => inUrl(page, 'system'), patient).toBe('first');
  await expect.poll(() => page.getByTestId('nothing-recorded').count(), patient).toBe(0);
});

test('the banner says the same for as long as the same is so, while the age beside it grows', async () => {
  await goto('?system=mute&view=table');
  await expect.poll(() => banner(page), patient).toMatch(/^This data is old/);
  const before = await pill(page);
  await page.evaluate(`{
    globalThis.spoken = 0;
    new MutationObserver((records) => { spoken += records.length; })
      .observe(document.querySelector('.banner-place'), { childList: true, characterData: true, subtree: true });
    const now = Date.now;
    Date.now = () => now() + 3_600_000 * 30;
    // The server's clock stays where it is: an answer that comes now would set the page's clock back.
    const get = Headers.prototype.get;
    Headers.prototype.get = function (name) { return name === 'date' ? null : get.call(this, name); };
  }`);
  await expect.poll(() => pill(page), patient).not.toBe(before);
  expect(await page.evaluate('spoken')).toBe(0);
});

test('the history of a station that stays as it is is fetched once while another changes', async () => {
  const asked: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes('/history')) asked.push(request.url());
  });
  const poll = (bikes: number) =>
    store.poll('city', secondsNow(), [
      { station_id: '1', num_bikes_available: 1, num_docks_available: 9 },
      { station_id: 'ü/2', num_bikes_available: bikes },
    ]);
  await poll(2);
  await goto('?system=city&view=table&station=1');
  await page.getByTestId('station-panel').getByRole('img').waitFor();
  const first = asked.length;
  const startMs = Date.now();
  // Changes of the other station, one after the other, over longer than a change of its own would wait for.
  for (let bikes = 3; Date.now() - startMs < 11_000; bikes++) {
    await poll(bikes);
    await expect.poll(() => tableRows(page), patient).toContain(`ü/2 ${bikes} –`);
  }
  expect(asked.length).toBe(first);
});
