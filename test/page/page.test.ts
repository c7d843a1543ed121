import { readFile } from 'node:fs/promises';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seriousFindings } from './axe.ts';
import { mapColours } from './map-colours.ts';
import { notedCells, notedTimes, noteTable, noteTicker } from './notes.ts';
import {
  chromiumPath,
  inUrl,
  needChromium,
  noteComplaints,
  openPageBrowser,
  patient,
  visit,
} from './page-browser.ts';
import { type PagePipeline, startPagePipeline } from './page-pipeline.ts';
import { banner, pill, tableRows } from './shown.ts';

/** SHOWN_MAX of packages/live/page/view/side/ticker.tsx. */
const TICKER_LINES = 40;
let pipeline: PagePipeline;
let context: BrowserContext;
let page: Page;
/** What the browser complained of while nothing was broken on purpose, and whom it asked. */
const complaints: string[] = [];
const requests: string[] = [];
let brokenOnPurpose = false;

beforeAll(async () => {
  if (chromiumPath === null) return;
  [pipeline, context] = await Promise.all([startPagePipeline(), openPageBrowser()]);
  page = await openPage();
});

afterAll(async () => {
  await context?.browser()?.close();
  await pipeline?.[Symbol.asyncDispose]();
});

needChromium();

async function openPage(): Promise<Page> {
  const opened = await context.newPage();
  noteComplaints(opened, (text) => {
    if (!brokenOnPurpose) complaints.push(text);
  });
  opened.on('request', (request) => requests.push(request.url()));
  return opened;
}

const goto = (on: Page, search = '') => on.goto(`${pipeline.url}/${search}`);

const newestNoted = async () => (await notedTimes(page)).toSorted().at(-1) ?? '';

/** How long after its publication each change was in the table. */
async function latenciesSince(sinceMs: number): Promise<number[]> {
  return (await notedCells(page)).flatMap(([atMs, station, bikes]) => {
    const change = pipeline.simulator
      .changesBetween(pipeline.system, sinceMs - 5000, atMs)
      .findLast((one) => one.station_id === station && one.bikes === Number(bikes));
    return change ? [atMs - change.published_at.getTime()] : [];
  });
}

describe('the page', () => {
  test('draws the stations, says that they are simulated and how old they are', async () => {
    await goto(page);
    await expect.poll(() => pill(page), patient).toMatch(/^Live\s*· \d+ s$/);
    await page.getByText('Simulated data').waitFor();
    await expect.poll(() => inUrl(page, 'system'), patient).toBe(pipeline.system);
    await expect.poll(async () => (await mapColours(page)).orange, patient).toBeGreaterThan(100);
    // A search that finds nothing leaves a map without circles: the colours counted were theirs.
    await page.getByRole('searchbox').fill('no such station');
    await expect.poll(() => mapColours(page), patient).toEqual({ orange: 0, blue: 0, green: 0 });
    await page.getByRole('searchbox').fill('');
    await expect.poll(async () => (await mapColours(page)).orange, patient).toBeGreaterThan(100);
  });

  test('brings a change of the feed into the table', async () => {
    await page.getByText('Table', { exact: true }).click();
    await expect.poll(async () => (await tableRows(page)).length, patient).toBe(30);
    await noteTable(page);
    const sinceMs = Date.now();
    await expect.poll(async () => (await notedCells(page)).length, patient).toBeGreaterThanOrEqual(10);
    const latenciesMs = (await latenciesSince(sinceMs)).toSorted((left, right) => left - right);
    const median = latenciesMs[latenciesMs.length >> 1] ?? Number.NaN;
    console.log(
      `Feed published to table changed, polled once a second: median ${median} ms, slowest ${latenciesMs.at(-1)} ms of ${latenciesMs.length} (to reach: 2000 ms)`,
    );
    expect(latenciesMs.length).toBeGreaterThan(0);
    expect(median).toBeLessThan(60_000);
  });

  test('shows in the table, and exports, the stations that match the search and the chips', async () => {
    await page.getByRole('searchbox').fill('ring');
    const found = async () => (await tableRows(page)).length;
    await expect.poll(found, patient).toBeLessThan(30);
    const count = await found();
    expect(count).toBeGreaterThan(0);
    await page.getByText('Export', { exact: true }).click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'CSV' }).click(),
    ]);
    const lines = (await readFile(await download.path(), 'utf8')).trim().split('\r\n');
    expect(lines[0]).toMatch(/^station_id,name,/);
    expect(lines.slice(1).every((line) => /ring/i.test(line))).toBe(true);
    expect(lines).toHaveLength(count + 1);
    await page.getByRole('searchbox').fill('');
    await expect.poll(found, patient).toBe(30);
  });

  test('opens a station by keyboard, with its day, and closes it again', async () => {
    await page.locator('.row-name').first().focus();
    // A live table may be sorted again at any time: what matters is the station, not its place.
    const focused = () => page.evaluate('document.activeElement.textContent');
    const name = await focused();
    await page.keyboard.press('Enter');
    const panel = page.getByTestId('station-panel');
    await expect
      .poll(() => panel.getByRole('img').getAttribute('aria-label'), patient)
      .toMatch(/^Bikes, last .*: now \d+/);
    await expect.poll(() => panel.locator('canvas').count(), patient).toBe(1);
    await expect.poll(() => inUrl(page, 'station'), patient).not.toBeNull();
    await page.keyboard.press('Escape');
    await expect.poll(() => panel.count(), patient).toBe(0);
    // The keyboard is where it was.
    await expect.poll(focused, patient).toBe(name);
  });

  test('replays the past, moves while it plays, and returns to now', async () => {
    // A page that is opened now has a window with a history.
    await goto(page, '?view=table');
    const slider = page.getByRole('slider', { name: 'Moment shown' });
    await slider.waitFor();
    const { from, to } = await slider.evaluate((input) => {
      const { min, max } = input as unknown as { min: string; max: string };
      return { from: Number(min), to: Number(max) };
    });
    await slider.fill(String(from + 0.3 * (to - from)));
    await expect.poll(() => pill(page), patient).toMatch(/^Replay/);
    expect(await seriousFindings(page)).toEqual([]);
    const atFirst = await tableRows(page);
    const at = Date.parse(inUrl(page, 'at') ?? '') || from;
    const steps = (await pipeline.json(
      `/systems/${pipeline.system}/replay?from=${new Date(at - 1).toISOString()}&to=${new Date(at).toISOString()}`,
    )) as { stations: string[]; start: ([number, number] | null)[] };
    expect(steps.stations).toHaveLength(30);
    await page.getByRole('button', { name: 'Play the last hours' }).click();
    await expect.poll(() => tableRows(page), patient).not.toEqual(atFirst);
    // At the end of its window a replay is live again by itself.
    const live = page.getByRole('button', { name: 'Live', exact: true });
    await live.click({ timeout: 2000 }).catch(() => {});
    await expect.poll(() => pill(page), patient).toMatch(/^Live/);
  });

  test('goes on after a cut connection with nothing missing', async () => {
    await expect.poll(() => pill(page), patient).toMatch(/^Live/);
    brokenOnPurpose = true;
    await pipeline.toPage.cut();
    await expect.poll(() => pill(page), patient).toMatch(/^Reconnecting/);
    const cutAt = new Date();
    const missed = () => pipeline.changesSince(cutAt);
    await expect.poll(async () => (await missed()).length, patient).toBeGreaterThanOrEqual(5);
    const newestMissed = (await missed()).at(-1) ?? '';
    await noteTicker(page);
    const requestsBefore = requests.length;
    await pipeline.toPage.mend();
    await expect.poll(() => pill(page), patient).toMatch(/^Live/);
    brokenOnPurpose = false;
    const since = requests.slice(requestsBefore);
    // The stream was resumed: no snapshot was fetched that would hide what is missing.
    expect(since.filter((url) => url.includes('/events'))).not.toEqual([]);
    expect(since.filter((url) => url.endsWith('/stations'))).toEqual([]);
    // The stream is in order: when something newer has been told, whatever is still missing was lost.
    await expect.poll(async () => (await newestNoted()) > newestMissed, patient).toBe(true);
    const newest = await newestNoted();
    const told = (await missed()).filter((at) => at <= newest);
    // On a slow machine more may have come at once than the ticker shows.
    expect(await notedTimes(page)).toEqual(expect.arrayContaining(told.slice(-TICKER_LINES)));
    await expect
      .poll(async () => {
        const [shown, stored] = [await tableRows(page), await pipeline.rows()];
        return stored.filter((row) => !shown.includes(row));
      }, patient)
      .toEqual([]);
  });

  test('says when the database is away, and goes on by itself when it is back', async () => {
    brokenOnPurpose = true;
    await pipeline.toDatabase.cut();
    await expect.poll(() => banner(page), patient).toMatch(/^The database does not answer/);
    await pipeline.toDatabase.mend();
    await expect.poll(() => banner(page), patient).toBe('');
    await expect.poll(() => pill(page), patient).toMatch(/^Live/);
    brokenOnPurpose = false;
  });

  test('says that the feed fails and that its data is old when the API says so, turns grey, and is live again', async () => {
    const late = await openPage();
    await goto(late);
    await expect.poll(() => pill(late), patient).toMatch(/^Live/);
    await expect.poll(async () => (await mapColours(late)).orange, patient).toBeGreaterThan(100);
    try {
      pipeline.simulator.setFaults(pipeline.system, [{ kind: 'hang' }]);
      await expect
        .poll(() => banner(late), patient)
        .toMatch(/^The last polls of the feed failed\. The data is from .*Last error: \w+/);
      expect(await pipeline.isOverdue()).toBe(false);
      // The hang is real; only the waiting for it is shortened.
      await pipeline.ageFeed(3700);
      await expect.poll(() => banner(late), patient).toMatch(/^This data is old\. The data is from/);
      expect(await pipeline.isOverdue()).toBe(true);
      await expect.poll(() => pill(late), patient).toMatch(/^Overdue\s*· 1 h/);
      expect(await seriousFindings(late)).toEqual([]);
      await expect.poll(async () => (await mapColours(late)).orange, patient).toBe(0);
    } finally {
      await pipeline.ageFeed(null);
      pipeline.simulator.setFaults(pipeline.system, []);
    }
    await expect.poll(() => pill(late), patient).toMatch(/^Live/);
    await expect.poll(() => banner(late), patient).toBe('');
    await late.close();
  });

  test('has nothing that axe finds serious: map, dark, table, and a phone', async () => {
    const system = `?system=${pipeline.system}`;
    const views = ['&station=3', '&theme=dark', '&view=table&station=3&show=empty&theme=dark'];
    for (const view of views) {
      await visit(page, `${system}${view}`);
      await expect.poll(() => pill(page), patient).toMatch(/^Live/);
      if (view.includes('station')) await page.getByTestId('station-panel').getByRole('img').waitFor();
      expect(await seriousFindings(page), view).toEqual([]);
    }
    const size = page.viewportSize();
    await page.setViewportSize({ width: 390, height: 780 });
    await pipeline.judgeQuality(false);
    await visit(page, `${system}&station=3`);
    await page.reload();
    await page.getByTestId('station-panel').getByRole('img').waitFor();
    // The forecast, as a screen reader reads it, on one line or two of a phone.
    const outlook = page.getByRole('region', { name: 'Forecast' }).getByTestId('outlook');
    expect(await outlook.innerText()).toMatch(/^In 20 min: a bike \d+ %, a dock \d+ %$/);
    const { x, width, height } = (await outlook.boundingBox()) ?? { x: -1, width: 999, height: 999 };
    expect({ left: x >= 0, right: x + width <= 390, low: height < 60 }).toEqual({
      left: true,
      right: true,
      low: true,
    });
    await expect
      .poll(
        () => page.getByRole('region', { name: 'Forecast' }).getByTestId('not-judged').innerText(),
        patient,
      )
      .toBe('Data quality has not been checked yet.');
    expect(await seriousFindings(page), 'phone').toEqual([]);
    if (size) await page.setViewportSize(size);
  });

  test('colours the map by the chance of a bike, and shows the same in the table, with the problems of each station', async () => {
    await pipeline.judgeQuality(false);
    await visit(page, `?system=${pipeline.system}`);
    // It was opened on a phone, where the legend is folded; and it asks for the quality once a minute.
    await page.reload();
    await page.getByLabel('Colour stations by').selectOption('A bike in 20 min');
    await expect.poll(() => inUrl(page, 'ahead'), patient).toBe('20');
    await expect
      .poll(() => page.locator('.legend').innerText(), patient)
      .toMatch(/there is a bike in 20 min/);
    // Of a system that is this young what is there stays: nearly all stations have a bike, and are blue.
    const isBlue = async () => {
      const { orange, blue } = await mapColours(page);
      return blue > 100 && blue > orange;
    };
    await expect.poll(isBlue, patient).toBe(true);
    const folded = page.locator('.legend summary');
    await folded.click();
    expect(await page.locator('.legend').innerText(), 'folded').toBe('Legend: a bike in 20 min');
    await folded.click();
    expect(await seriousFindings(page)).toEqual([]);
    const notJudged = page.getByTestId('not-judged');
    await expect.poll(() => notJudged.innerText(), patient).toBe('Data quality has not been checked yet.');
    await visit(page, `?system=${pipeline.system}&view=table&ahead=20`);
    await expect.poll(() => notJudged.innerText(), patient).toBe('Data quality has not been checked yet.');
    await pipeline.judgeQuality(true);
    await pipeline.flagStation('3');
    await page.reload();
    const cells = page.locator('td[data-cell=chance]');
    await expect
      .poll(async () => (await cells.allInnerTexts()).filter((text) => /^\d+ %$/.test(text)).length, patient)
      .toBeGreaterThanOrEqual(25);
    await expect
      .poll(() => page.locator('tr[data-station="3"] th').innerText(), patient)
      .toMatch(/⚑ .*nothing changed/);
    expect(await notJudged.count()).toBe(0);
    expect(await seriousFindings(page)).toEqual([]);
  });

  test('has logged no error and sent requests to its own host only', () => {
    expect(complaints).toEqual([]);
    const foreign = requests.filter((url) => !url.startsWith(pipeline.url) && !/^(data|blob):/.test(url));
    expect(foreign).toEqual([]);
  });
});
