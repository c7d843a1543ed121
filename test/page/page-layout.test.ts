import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { at, recordCity } from '../history/city.ts';
import { tellCity } from '../history/told-world.ts';
import type { TestLive } from '../workers/test-live.ts';
import type { TestStore } from '../workers/test-store.ts';
import { mapColours } from './map-colours.ts';
import { chromiumPath, needChromium, patient, SCREEN, visit } from './page-browser.ts';
import { openPageOnStore, type PageOnStore } from './page-on-store.ts';
import { tableRows } from './shown.ts';

/** Where things stand on the page: at every width, beside the panel of a station, on paper, and across an upgrade. */

let given: PageOnStore;
let store: TestStore;
let live: TestLive;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  if (chromiumPath === null) return;
  given = await openPageOnStore(async (store) => {
    await recordCity(store);
    await tellCity(store, ['paper', 'Paper Bikes'], [59.911, 10.74], 12, { bikes: 1 });
    for (let second = 0; second <= 600; second += 60) {
      const stations = [{ station_id: '1', num_bikes_available: second < 600 ? 2 : 5 }];
      await store.poll('old', second, stations, { imported: true });
    }
  });
  ({ store, live, context, page } = given);
});
afterAll(() => given?.[Symbol.asyncDispose]());

needChromium();

const goto = (search: string) => page.goto(`${live.url}/${search}`);
const slider = () => page.getByRole('slider', { name: 'Moment shown' });
/** Seconds since the first poll, not after now: what is observed later than a page is opened is not among its latest changes. */
const secondsNow = () => (Date.now() - Date.parse(at(0))) / 1000;

test('a change of three digits stays on its line of the latest changes', async () => {
  await store.poll('city', secondsNow(), [
    { station_id: '1', num_bikes_available: 140, num_docks_available: 9 },
    { station_id: 'ü/2', num_bikes_available: 0 },
  ]);
  await goto('?system=city&view=table');
  const line = page.locator('.ticker .line', { hasText: '140 bikes' });
  const heightOf = async (part: string) => (await line.locator(part).boundingBox())?.height ?? 0;
  expect(await line.locator('.delta').innerText()).toMatch(/^\+1\d\d/);
  expect(await heightOf('.delta')).toBeLessThan(1.5 * (await heightOf('.line-name')));
});

test('at 761 to 1150 px nothing of the header is cut, also with the time of a replay in it', async () => {
  const size = page.viewportSize();
  await visit(page, `?system=city&view=table&at=${at(400)}`);
  await expect.poll(() => page.getByTestId('freshness').innerText(), patient).toMatch(/^Replay/);
  for (const width of [761, 900, 1150]) {
    await page.setViewportSize({ width, height: 640 });
    const theme = await page.getByRole('button', { name: /^Use (dark|light) colours$/ }).boundingBox();
    expect((theme?.x ?? 0) + (theme?.width ?? 0), `${width} px`).toBeLessThanOrEqual(width);
  }
  if (size) await page.setViewportSize(size);
});

test('at 761 to 1150 px a station hides neither the banner nor the replay bar', async () => {
  const size = page.viewportSize();
  for (const width of [761, 900, 1150]) {
    await page.setViewportSize({ width, height: 640 });
    await visit(page, '?system=old&view=table&station=1');
    const panel = page.getByTestId('station-panel');
    await panel.waitFor();
    await slider().waitFor();
    const boxes = await Promise.all(
      [panel, page.getByTestId('banner'), page.getByTestId('replay')].map((one) => one.boundingBox()),
    );
    const [over, above, below] = boxes as { x: number; y: number; width: number; height: number }[];
    if (!over || !above || !below) throw new TypeError('nothing is drawn');
    expect(above.y + above.height, `${width} px`).toBeLessThanOrEqual(over.y);
    expect(over.y + over.height, `${width} px`).toBeLessThanOrEqual(below.y + 1);
    expect(over.x).toBeGreaterThan(0);
  }
  if (size) await page.setViewportSize(size);
});

test('a link to a station whose place the panel would cover moves the map until the station is beside it', async () => {
  const size = page.viewportSize();
  await page.setViewportSize({ width: 900, height: 640 });
  // In the view of both stations this one is far to the east.
  await goto('?system=city&station=%C3%BC%2F2');
  await page.getByTestId('station-panel').getByRole('heading', { name: '=Park()' }).waitFor();
  // In the middle of what is free, the pointer is on the station.
  const middle = async () => {
    const boxes = [page.getByTestId('map'), page.getByTestId('station-panel'), page.locator('.legend')];
    const [map, panel, legend] = await Promise.all(boxes.map((one) => one.boundingBox()));
    if (!map || !panel || !legend) throw new TypeError('nothing is drawn');
    return [(map.x + panel.x) / 2, (map.y + legend.y) / 2] as const;
  };
  const named = async () => {
    const [x, y] = await middle();
    await page.mouse.move(x + 40, y);
    await page.mouse.move(x, y, { steps: 3 });
    return page.locator('.maplibregl-popup').allInnerTexts();
  };
  await expect.poll(named, patient).toEqual([expect.stringMatching(/^=Park\(\)/)]);
  if (size) await page.setViewportSize(size);
});

describe('on paper', () => {
  afterEach(() => page.emulateMedia({ media: 'screen' }));

  test('the map is a picture of the one on screen, no wider than the paper, with the legend below it', async () => {
    await visit(page, '?system=paper');
    await expect.poll(async () => (await mapColours(page)).orange, patient).toBeGreaterThan(100);
    await page.evaluate(`dispatchEvent(new Event('beforeprint'))`);
    await page.emulateMedia({ media: 'print' });
    expect((await mapColours(page, '.map-print')).orange).toBeGreaterThan(100);
    const [map, legend] = [
      await page.locator('.map-print').boundingBox(),
      await page.locator('.legend').boundingBox(),
    ];
    expect((map?.x ?? 0) + (map?.width ?? Number.NaN)).toBeLessThanOrEqual(SCREEN.width);
    expect(legend?.y).toBeGreaterThanOrEqual((map?.y ?? Number.NaN) + (map?.height ?? 0));
    await page.evaluate(`dispatchEvent(new Event('afterprint'))`);
    await page.emulateMedia({ media: 'screen' });
    expect(await page.locator('.map-print').count()).toBe(0);
  });

  test('says of which system it is, and how old the data is, also on a sheet as narrow as A4', async () => {
    const size = page.viewportSize();
    await visit(page, '?system=paper');
    await page.emulateMedia({ media: 'print' });
    const A4 = 718;
    await page.setViewportSize({ width: A4, height: 1000 });
    const title = page.getByRole('heading', { level: 1, name: /Paper Bikes/ });
    for (const shown of [title, page.getByTestId('freshness')]) {
      const box = await shown.boundingBox();
      expect(box?.width).toBeGreaterThan(40);
      expect((box?.x ?? Number.NaN) + (box?.width ?? Number.NaN)).toBeLessThanOrEqual(A4);
    }
    if (size) await page.setViewportSize(size);
  });

  test.each(['light', 'dark'])('a table of the %s page has all its columns, dark on white', async (theme) => {
    await goto(`?system=city&view=table&theme=${theme}`);
    await expect.poll(() => tableRows(page), patient).toHaveLength(2);
    await page.emulateMedia({ media: 'print' });
    const last = await page.locator('thead th').last().boundingBox();
    expect((last?.x ?? 0) + (last?.width ?? Number.NaN)).toBeLessThanOrEqual(SCREEN.width);
    const found = `[
      getComputedStyle(document.querySelector('.row-name')).color,
      document.querySelector('.table-scroll').scrollWidth - document.querySelector('.table-scroll').clientWidth,
    ]`;
    await expect.poll(() => page.evaluate(found), patient).toEqual(['rgb(22, 28, 36)', 0]);
  });
});

describe('a page that is open across an upgrade', () => {
  const OLD = '/assets/page-OLDOLDOL.js';

  test('is reloaded once when its files are gone, and draws its map', async () => {
    const opened = await context.newPage();
    let loads = 0;
    let script = '';
    // The first load is of an older version: its script has another name, and the rest of its files is no longer there.
    await opened.route(`${live.url}/?system=city`, async (route) => {
      loads++;
      const answer = await route.fetch();
      const html = await answer.text();
      script = /<script type="module" src="([^"]+)"/.exec(html)?.[1] ?? '';
      await route.fulfill({ response: answer, body: loads === 1 ? html.replace(script, OLD) : html });
    });
    await opened.route(`${live.url}${OLD}`, async (route) =>
      route.fulfill({ response: await route.fetch({ url: `${live.url}${script}` }) }),
    );
    await opened.route(/\/assets\/open-map/, (route) =>
      loads === 1 ? route.fulfill({ status: 404 }) : route.continue(),
    );
    await opened.goto(`${live.url}/?system=city`);
    await expect.poll(() => opened.locator('[data-testid=map] canvas').count(), patient).toBe(1);
    expect(loads).toBe(2);
    await opened.close();
  });

  test('says that the map cannot be drawn, and is not loaded again, when there is no other version', async () => {
    const opened = await context.newPage();
    await opened.route(/\/assets\/open-map/, (route) => route.fulfill({ status: 404 }));
    let loads = 0;
    opened.on('request', (request) => {
      if (request.isNavigationRequest()) loads++;
    });
    await opened.goto(`${live.url}/?system=city`);
    await opened.getByText('The map could not be drawn.').waitFor();
    expect(loads).toBe(1);
    await opened.close();
  });
});
