import { ensurePage } from '@velolog/live/ensure-page';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bike, MARK, tellTypes, vehicles } from '../history/told-vehicles.ts';
import { startTestLive, type TestLive } from '../workers/test-live.ts';
import { at, openTestStore, START, type TestStore } from '../workers/test-store.ts';
import { seriousFindings } from './axe.ts';
import { mapColours } from './map-colours.ts';
import { chromiumPath, inUrl, needChromium, openPageBrowser, patient, visit } from './page-browser.ts';
import { banner, pill } from './shown.ts';

/** The page of a city with stations and vehicles, and of one of vehicles alone, recorded a moment ago. */

/** Seconds of the test's time: a moment ago, so that what is recorded then is of now and a minute later is not to come. */
const NOW = Math.floor((Date.now() - START) / 1000) - 90;
let store: TestStore;
let live: TestLive;
let context: BrowserContext;
let page: Page;
/** What the page asked for, below /api/v1. */
const asked: string[] = [];

const scooter = (id: string, east: number, more: object = {}) =>
  bike(id, {
    east,
    vehicle_type_id: 's',
    current_range_meters: 20_000,
    rental_uris: { web: `https://rent.example/${MARK}-${id}` },
    ...more,
  });

beforeAll(async () => {
  if (chromiumPath === null) return;
  store = await openTestStore();
  const tell = (system_id: string, feed: string, data: object) =>
    store.record({ system_id, feed, second: NOW - 600, body: { data } });
  for (const system_id of ['both', 'free']) {
    await tell(system_id, 'system_information', { system_id, name: system_id, timezone: 'Europe/Oslo' });
    await tellTypes(store, system_id, NOW - 600);
  }
  await tell('both', 'station_information', {
    stations: [
      {
        station_id: 'dock',
        name: 'Square',
        lat: 59.901,
        lon: 10.702,
        capacity: 10,
        rental_uris: RENTAL_URIS,
      },
    ],
  });
  await store.poll('both', NOW, [
    {
      station_id: 'dock',
      num_bikes_available: 6,
      num_docks_available: 4,
      vehicle_types_available: [
        { vehicle_type_id: 'e', count: 4 },
        { vehicle_type_id: 'h', count: 2 },
      ],
    },
  ]);
  await tell('both', 'system_alerts', { alerts: ALERTS });
  await tell('both', 'geofencing_zones', { geofencing_zones: ZONES });
  await vehicles(store, 'both', NOW, [
    scooter('1', 100),
    bike('2', { east: 160, vehicle_type_id: 'e', station_id: 'dock' }),
  ]);
  // Nobody looks for half an hour before.
  await vehicles(store, 'free', NOW - 3_000, [scooter('1', 0), scooter('2', 300), scooter('3', 600)]);
  await vehicles(store, 'free', NOW - 2_940, [scooter('1', 0), scooter('2', 300)]);
  await vehicles(store, 'free', NOW, FLEET);
  // Its stations were seen a moment ago, its vehicles two hours before.
  await tellTypes(store, 'late', NOW - 7_300);
  await vehicles(store, 'late', NOW - 7_260, [scooter('1', 0)]);
  await vehicles(store, 'late', NOW - 7_200, [scooter('1', 0)]);
  const stations = [{ station_id: '1', num_bikes_available: 1, num_docks_available: 1 }];
  await store.record({ system_id: 'late', second: NOW, body: { ttl: 3600, data: { stations } } });
  await ensurePage();
  live = await startTestLive(store.readerUrl);
  context = await openPageBrowser();
  page = await context.newPage();
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
});

afterAll(async () => {
  await context?.browser()?.close();
  await live?.[Symbol.asyncDispose]();
  await store?.[Symbol.asyncDispose]();
});

needChromium();

const FLEET = [
  scooter('1', 0),
  scooter('2', 300, { is_reserved: true }),
  scooter('4', 600, { current_range_meters: 2_000 }),
  bike('5', { east: 900, vehicle_type_id: 'e', current_range_meters: 40_000 }),
  bike('6', { east: 1_200, vehicle_type_id: 'h', is_disabled: true }),
];

const RENTAL_URIS = {
  web: 'https://rent.example/stations/dock',
  android: 'example-rent://stations/dock',
  ios: 'javascript:document.body.remove()',
};

const ALERTS = [
  { alert_id: '1', type: 'other', summary: 'Helmets are required' },
  { alert_id: '2', type: 'station_closure', station_ids: ['dock'], summary: 'The square is dug up' },
];

const SQUARE = [
  [10.69, 59.89],
  [10.71, 59.89],
  [10.71, 59.91],
  [10.69, 59.89],
];
const ZONES = {
  type: 'FeatureCollection',
  features: [
    {
      type: 'Feature',
      geometry: { type: 'MultiPolygon', coordinates: [[SQUARE]] },
      properties: { name: 'Park', rules: [{ ride_allowed: false, ride_through_allowed: false }] },
    },
  ],
};

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

test('its table is what the API answers, and stays so by events alone', async () => {
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

test('a replay shows the vehicles of then, and says where nobody looked', async () => {
  await goto(`?system=free&view=table&at=${at(NOW - 2_970).toISOString()}`);
  await expect.poll(() => rows(), patient).toHaveLength(3);
  expect(await banner(page)).toBe('');
  await visit(page, `?system=free&view=table&at=${at(NOW - 1_500).toISOString()}`);
  await expect.poll(() => banner(page), patient).toMatch(/^Not observed\. Nobody looked from/);
  expect(await rows()).toEqual([]);
  expect(await total('vehicles')).toBe('–');
});

test('beside stations vehicles have a table of their own, those at a station are counted there, and e-bikes are told', async () => {
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

test('a station has the links to rent that its feed gives, but what a browser would run; one without any, and a vehicle, have none', async () => {
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

test('vehicles that nobody has seen for long are grey and said to be old, though the stations are live', async () => {
  await visit(page, '?system=late');
  await page.getByText('The list of vehicles is old').waitFor();
  await expect.poll(() => pill(page), patient).toMatch(/^Live/);
  await expect.poll(() => total('vehicles'), patient).toBe('1');
  expect((await mapColours(page)).green).toBe(0);
  await page.locator('.segments').getByText('Vehicles').click();
  await page.locator('.table-note').waitFor();
});

test('what the operator announces is closed for good, and zones are shown when asked for', async () => {
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
