import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ALERTS, FLEET, RENTAL_URIS, scooter, tellFleets } from '../history/told-fleets.ts';
import { MARK, vehicles } from '../history/told-vehicles.ts';
import type { TestLive } from '../workers/test-live.ts';
import { at, START, type TestStore } from '../workers/test-store.ts';
import { seriousFindings } from './axe.ts';
import { mapColours } from './map-colours.ts';
import { chromiumPath, inUrl, needChromium, patient, visit } from './page-browser.ts';
import { openPageOnStore, type PageOnStore } from './page-on-store.ts';
import { banner, pill } from './shown.ts';

/** The page of a city with stations and vehicles, and of one of vehicles alone, recorded a moment ago. */

/** Seconds of the test's time: a moment ago, so that what is recorded then is of now and a minute later is not to come. */
const NOW = Math.floor((Date.now() - START) / 1000) - 90;
let given: PageOnStore;
let store: TestStore;
let live: TestLive;
let page: Page;
/** What the page asked for, below /api/v1. */
const asked: string[] = [];

beforeAll(async () => {
  if (chromiumPath === null) return;
  given = await openPageOnStore((store) => tellFleets(store, NOW));
  ({ store, live, page } = given);
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
});
afterAll(() => given?.[Symbol.asyncDispose]());

needChromium();

const goto = (search: string) => page.goto(`${live.url}/${search}`);
const rows = () =>
  page.locator('.table-view tbody tr').evaluateAll((found) =>
    found.map((row) =>
      [...row.children]
        .slice(0, 3)
        .map((cell) => cell.textContent?.trim() ?? '')
        .join(' | '),
    ),
  );
const total = (name: string) => page.getByTestId(`total-${name}`).innerText();

/** The table as it has to be, made of what the API answers. */
async function expectedRows(system: string): Promise<string[]> {
  const { vehicles } = (await live.json(`/systems/${system}/vehicles`)) as {
    vehicles: { vehicle_type_id: string; state: string; range_meters: number | null }[];
  };
  const names: Record<string, string> = { s: 'E-scooter', e: 'E-bike', h: 'Bike' };
  const states: Record<string, string> = {
    available: 'Available',
    reserved: 'Reserved',
    disabled: 'Disabled',
  };
  return vehicles
    .map(({ vehicle_type_id, state, range_meters }) =>
      [names[vehicle_type_id], states[state], range_meters === null ? '–' : `${range_meters / 1000} km`].join(
        ' | ',
      ),
    )
    .sort();
}

test('a system without stations has a map of vehicles that the chips and the layer switch filter, and totals', async () => {
  await goto('?system=free');
  await expect.poll(() => pill(page), patient).toMatch(/^Live/);
  await expect.poll(() => total('vehicles'), patient).toBe('3');
  expect([await total('reserved'), await total('disabled'), await total('low-range')]).toEqual([
    '1',
    '1',
    '1',
  ]);
  await expect.poll(async () => (await mapColours(page)).green, patient).toBeGreaterThan(100);
  expect(await banner(page)).toBe('');
  // No kind at all is left of what can be taken: the colours were theirs.
  await page.getByRole('button', { name: /^Bike/ }).click();
  await expect.poll(async () => (await mapColours(page)).green, patient).toBe(0);
  expect(inUrl(page, 'vehicles') ?? 'bike').toBe('bike');
  await page.getByRole('button', { name: /^Bike/ }).click();
  await expect.poll(async () => (await mapColours(page)).green, patient).toBeGreaterThan(100);
  await page.getByRole('checkbox', { name: 'Vehicles' }).uncheck();
  await expect.poll(async () => (await mapColours(page)).green, patient).toBe(0);
  await page.getByRole('checkbox', { name: 'Vehicles' }).check();
  expect(await seriousFindings(page)).toEqual([]);
});

test("its table equals the API's answer, and stays so by events alone", async () => {
  await page.getByText('Table', { exact: true }).click();
  const sorted = async () => (await rows()).sort();
  await expect.poll(sorted, patient).toEqual(await expectedRows('free'));
  await page
    .getByTestId('kinds')
    .getByRole('button', { name: /^E-bike/ })
    .click();
  await expect.poll(sorted, patient).toEqual(['E-bike | Available | 40 km']);
  await page
    .getByTestId('kinds')
    .getByRole('button', { name: /^E-bike/ })
    .click();
  const lists = () => asked.filter((path) => path.endsWith('/free/vehicles')).length;
  const before = lists();
  await vehicles(store, 'free', NOW + 60, [
    ...FLEET.slice(1),
    scooter('7', 1_500),
    scooter('8', 1_500, { is_reserved: true }),
  ]);
  await expect.poll(async () => (await sorted()).length, patient).toBe(6);
  // The API's answer is shared for a second.
  await expect.poll(() => expectedRows('free'), patient).toHaveLength(6);
  expect(await sorted()).toEqual(await expectedRows('free'));
  expect(lists()).toBe(before);
  expect(await seriousFindings(page)).toEqual([]);
});

test('a replay shows the vehicles of that time, and says when they were not observed', async () => {
  await goto(`?system=free&view=table&at=${at(NOW - 2_970).toISOString()}`);
  await expect.poll(() => rows(), patient).toHaveLength(3);
  expect(await banner(page)).toBe('');
  await visit(page, `?system=free&view=table&at=${at(NOW - 1_500).toISOString()}`);
  await expect.poll(() => banner(page), patient).toMatch(/^Not observed\. There is no observation from/);
  expect(await rows()).toEqual([]);
  expect(await total('vehicles')).toBe('–');
});

test('vehicles have their own table beside stations, those at a station count there, and e-bikes are shown', async () => {
  await visit(page, '?system=both&view=vehicles');
  await expect.poll(() => rows(), patient).toHaveLength(2);
  expect(await page.locator('.table-view tbody tr').allInnerTexts()).toEqual(
    expect.arrayContaining([expect.stringContaining('at Square')]),
  );
  expect([await total('bikes'), await total('vehicles')]).toEqual(['6', '1']);
  await page.getByText('Table', { exact: true }).click();
  await expect.poll(() => page.locator('[data-cell=ebikes]').allInnerTexts(), patient).toEqual(['4']);
  await page.locator('.row-name').click();
  await expect.poll(() => page.getByTestId('ebikes').innerText(), patient).toBe('4');
  expect(await page.locator('.station-alert').innerText()).toContain('The square is dug up');
});

test('a station has the rental links of its feed, without any that a browser would run; a station without links, and a vehicle, have none', async () => {
  await goto('?system=both&view=table&station=dock');
  const links = page.getByTestId('rental-links').getByRole('link');
  const shown = () =>
    links.evaluateAll((all) =>
      all.map((link) => [link.textContent, link.getAttribute('href'), link.getAttribute('rel')]),
    );
  await expect.poll(shown, patient).toEqual([
    ['Rent on the web', RENTAL_URIS.web, 'noopener noreferrer'],
    ['Android app', RENTAL_URIS.android, 'noopener noreferrer'],
  ]);
  expect(await seriousFindings(page)).toEqual([]);
  await goto('?system=late&view=table&station=1');
  const details = () => asked.filter((path) => path.endsWith('/late/stations/1')).length;
  await expect.poll(details, patient).toBeGreaterThan(0);
  await page.getByTestId('station-panel').getByText('id 1').waitFor();
  expect(await shown()).toEqual([]);
  // Those of a vehicle name it: they are nowhere in the page, nor in what it was answered.
  await goto('?system=free&view=vehicles');
  await expect.poll(async () => (await rows()).length, patient).toBeGreaterThan(0);
  expect(await page.content()).not.toContain(MARK);
  expect(JSON.stringify(await live.json('/systems/free/vehicles'))).not.toContain(MARK);
});

test('vehicles that were not observed for long are grey and marked as old, even if the stations are live', async () => {
  await visit(page, '?system=late');
  await page.getByText('The list of vehicles is old').waitFor();
  await expect.poll(() => pill(page), patient).toMatch(/^Live/);
  await expect.poll(() => total('vehicles'), patient).toBe('1');
  expect((await mapColours(page)).green).toBe(0);
  await page.locator('.segments').getByText('Vehicles').click();
  await page.locator('.table-note').waitFor();
});

test('announcements can be closed permanently, and zones are shown on request', async () => {
  await visit(page, '?system=both');
  const notice = page.getByTestId('alerts');
  await expect.poll(() => notice.innerText(), patient).toMatch(/Helmets are required[\s\S]*about 1 station/);
  expect(await seriousFindings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Close the announcements' }).click();
  await expect.poll(() => notice.count(), patient).toBe(0);
  await goto('?system=both');
  const zones = page.getByRole('checkbox', { name: 'Zones' });
  await zones.waitFor();
  expect(await notice.count()).toBe(0);
  const lists = () => asked.filter((path) => path.endsWith('/zones')).length;
  expect(lists()).toBe(0);
  await zones.check();
  await expect.poll(lists, patient).toBe(1);
  await expect.poll(() => inUrl(page, 'layers'), patient).toBe('vehicles,zones');
  // Another one beside them, and one that says more than before.
  const [helmets, square] = ALERTS;
  await store.record({
    system_id: 'both',
    feed: 'system_alerts',
    second: NOW,
    body: {
      data: {
        alerts: [
          helmets,
          { ...square, summary: 'The square is dug up until May' },
          { alert_id: '3', summary: 'Free on Sunday' },
        ],
      },
    },
  });
  await visit(page, '?system=free&view=table');
  await visit(page, '?system=both&view=table');
  await expect.poll(() => notice.innerText(), patient).toMatch(/Free on Sunday[\s\S]*about 1 station/);
  expect(await notice.innerText()).not.toContain('Helmets');
});

test('on a phone it fits, and axe finds nothing serious', async () => {
  await page.setViewportSize({ width: 390, height: 780 });
  for (const view of ['?system=free&theme=dark', '?system=both&view=vehicles']) {
    await visit(page, view);
    await expect.poll(() => total('vehicles'), patient).toMatch(/\d/);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    expect(await seriousFindings(page), view).toEqual([]);
  }
});
