import { ensurePage } from '@velolog/live/ensure-page';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startTestLive, type TestLive } from '../workers/test-live.ts';
import { openTestStore, START, type TestStore } from '../workers/test-store.ts';
import { seriousFindings } from './axe.ts';
import { CHROMIUM_ARGUMENTS, findChromium } from './chromium.ts';
import { mapColours } from './map-colours.ts';

/** The start page of several systems: three operators in Oslo, one in Paris that is late, an archive in Tokyo. */

const PATIENCE_MS = 120_000;
const patient = { timeout: PATIENCE_MS, interval: 100 };
const SCREEN = { width: 1000, height: 640 };
const OSLO = '13/59.9127/10.7461';

const path = findChromium(process.env);
let store: TestStore;
let live: TestLive;
let browser: Browser;
let context: BrowserContext;
let page: Page;
const complaints: string[] = [];

const now = () => Math.floor((Date.now() - START) / 1000);

async function tellCity(
  system_id: string,
  name: string,
  [lat, lon]: [number, number],
  stations: number,
  more: { second?: number; imported?: boolean; bikes?: number } = {},
): Promise<void> {
  const { second = now(), imported = false, bikes = 4 } = more;
  const ids = Array.from({ length: stations }, (_, index) => `${index + 1}`);
  await store.record({
    system_id,
    feed: 'system_information',
    second,
    imported,
    body: { data: { system_id, name, operator: `${name} AS`, timezone: 'UTC', language: 'en' } },
  });
  await store.record({
    system_id,
    feed: 'station_information',
    second,
    imported,
    body: {
      data: {
        stations: ids.map((station_id, index) => ({
          station_id,
          name: `${name} ${station_id}`,
          lat: lat + 0.002 * (index % 3),
          lon: lon + 0.003 * index,
          capacity: 10,
        })),
      },
    },
  });
  const status = ids.map((station_id) => ({
    station_id,
    num_bikes_available: bikes,
    num_docks_available: 10 - bikes,
  }));
  const last_updated = START / 1000 + second;
  await store.poll(system_id, second, [], {
    imported,
    body: { last_updated, ttl: 3600, data: { stations: status } },
  });
}

beforeAll(async () => {
  if (path === null) return;
  store = await openTestStore();
  await tellCity('oslo-bikes', 'City Bikes', [59.911, 10.74], 6);
  await tellCity('oslo-late', 'Late Bikes', [59.912, 10.741], 3, { second: 0, bikes: 9 });
  await tellCity('paris', 'Paris Bikes', [48.857, 2.35], 4, { second: 0 });
  await tellCity('tokyo', 'Tokyo Bikes', [35.68, 139.77], 2, { second: 0, imported: true });
  await store.record({
    system_id: 'oslo-scooters',
    feed: 'free_bike_status',
    second: now(),
    body: {
      ttl: 3600,
      data: {
        bikes: [0, 1, 2, 3].map((index) => ({
          bike_id: `${index}`,
          lat: 59.9135 + 0.001 * index,
          lon: 10.745 + 0.002 * index,
          is_reserved: index === 3,
          is_disabled: false,
        })),
      },
    },
  });
  await ensurePage();
  live = await startTestLive(store.readerUrl);
  browser = await chromium.launch({ executablePath: path, args: CHROMIUM_ARGUMENTS });
  context = await browser.newContext({
    viewport: SCREEN,
    reducedMotion: 'reduce',
    timezoneId: 'UTC',
    permissions: ['geolocation'],
    geolocation: { latitude: 59.9109, longitude: 10.7399 },
  });
  context.setDefaultTimeout(PATIENCE_MS);
  page = await context.newPage();
  page.on('pageerror', (error) => complaints.push(error.stack ?? error.message));
  page.on('response', async (answer) => {
    if (answer.status() < 400) return;
    complaints.push(`${answer.status()} ${answer.url()}: ${await answer.text().catch(String)}`);
  });
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
});

afterAll(async () => {
  await browser?.close();
  await live?.[Symbol.asyncDispose]();
  await store?.[Symbol.asyncDispose]();
});

beforeEach((test) => {
  if (path === null) test.skip('no Chromium found (Debian: apt-get install chromium, or set CHROMIUM_PATH)');
});

const goto = (search: string) => page.goto(`${live.url}/${search}`);
const inUrl = (name: string) => new URL(page.url()).searchParams.get(name);
const lines = (attribute: 'system' | 'operator') =>
  page
    .locator(`[data-${attribute}]`)
    .evaluateAll(
      (found, name) =>
        found.map(
          (line) => `${line.getAttribute(`data-${name}`)}: ${line.querySelector('.line-note')?.textContent}`,
        ),
      attribute,
    );

describe('the world', () => {
  test('is the start page: every system, and numbers of those alone that are on time', async () => {
    await goto('');
    await expect
      .poll(() => lines('system'), patient)
      .toEqual([
        'oslo-bikes: 6 stations',
        'oslo-scooters: 4 vehicles',
        'paris: 4 stations · late',
        'oslo-late: 3 stations · late',
        'tokyo: 2 stations · archive',
      ]);
    expect(await page.getByTestId('total-bikes-at-stations').innerText()).toBe('24');
    expect(await page.getByTestId('total-free-vehicles').innerText()).toBe('3');
    expect(await page.getByTestId('world-note').innerText()).toBe(
      'Of the 2 systems on time, with 6 stations. 2 systems are late and not counted.',
    );
    expect(inUrl('system')).toBeNull();
    expect(await seriousFindings(page)).toEqual([]);
  });

  test('finds systems and towns by the keyboard, and leads to them and back', async () => {
    await goto('');
    const search = page.getByRole('combobox', { name: /Find a system/ });
    await search.fill('paris');
    await expect
      .poll(() => page.getByRole('option').allInnerTexts(), patient)
      .toContain('Paris\ntown · France');
    expect((await page.getByRole('option').allInnerTexts())[0]).toMatch(/^Paris Bikes/);
    await search.press('Enter');
    await expect.poll(() => inUrl('system'), patient).toBe('paris');
    await page.goBack();
    await expect.poll(() => lines('system'), patient).toHaveLength(5);
    await search.fill('oslo norway');
    await expect.poll(() => page.getByRole('option').count(), patient).toBe(1);
    await search.press('Enter');
    await expect.poll(() => lines('operator'), patient).toHaveLength(3);
    expect(inUrl('map')).toMatch(/^12\.0\/59\.91/);
  });
});

describe('a place with three operators', () => {
  test('shows what all of them have there, and says which of it is late', async () => {
    await goto(`?map=${OSLO}`);
    await expect
      .poll(() => lines('operator'), patient)
      .toEqual([
        'oslo-bikes: 6 stations',
        'oslo-scooters: 4 vehicles',
        expect.stringMatching(/^oslo-late: 3 stations · late, last seen Mon 15 Jun/),
      ]);
    expect(await page.getByTestId('total-bikes').innerText()).toBe('24');
    expect(await page.getByTestId('total-vehicles').innerText()).toBe('3');
    expect(await page.getByTestId('place-note').innerText()).toBe(
      '3 stations of systems that are late: not counted.',
    );
    expect(await seriousFindings(page)).toEqual([]);
  });

  test('can be narrowed to one of them, and the link says so', async () => {
    await page.locator('[data-operator=oslo-scooters]').click();
    await expect.poll(() => page.getByTestId('total-bikes').innerText(), patient).toBe('–');
    expect(await page.getByTestId('total-vehicles').innerText()).toBe('3');
    await expect.poll(() => inUrl('operators'), patient).toBe('oslo-scooters');
    await page.getByRole('button', { name: 'Show all' }).click();
    await expect.poll(() => page.getByTestId('total-bikes').innerText(), patient).toBe('24');
  });

  test('a link to a station opens it, with its operator; one that is late says that this is not now', async () => {
    await goto(`?map=${OSLO}&of=oslo-late&station=1`);
    const panel = page.getByTestId('station-panel');
    await panel.getByRole('heading', { name: 'Late Bikes 1' }).waitFor();
    expect(await page.getByTestId('operator').innerText()).toMatch(/^Late Bikes .*This system is late/s);
    await panel.getByRole('button', { name: 'Close the station' }).click();
    await expect.poll(() => inUrl('of'), patient).toBeNull();
  });

  test('opens no stream of events, however many systems are there', async () => {
    await goto(`?map=${OSLO}`);
    await expect.poll(() => lines('operator'), patient).toHaveLength(3);
    expect(await live.metric('velolog_live_event_clients')).toBe(0);
  });

  test('leads to the replay of each, at the same place', async () => {
    expect(await page.locator('[data-replay]').allInnerTexts()).toEqual([
      'City Bikes',
      'oslo-scooters',
      'Late Bikes',
    ]);
    await page.locator('[data-replay=oslo-bikes]').click();
    await page.getByTestId('replay').waitFor();
    expect([inUrl('system'), inUrl('map')]).toEqual(['oslo-bikes', OSLO.replace('13/', '13.0/')]);
  });
});

test('near me lists the nearest stations and vehicles that offer something now, of all operators, and none that is late', async () => {
  await goto('');
  await page.getByRole('button', { name: 'Near me' }).click();
  await expect.poll(() => page.locator('[data-testid=nearest] li').allInnerTexts(), patient).toHaveLength(8);
  const near = await page.locator('[data-testid=nearest] li').allInnerTexts();
  expect(near[0]).toMatch(/^1\d m\s+City Bikes 1\s+4 bikes · City Bikes$/);
  expect(near.join()).not.toContain('Late');
  await expect.poll(() => inUrl('map'), patient).toMatch(/^14\.0\/59\.9109\/10\.7399$/);
  await page.locator('[data-testid=nearest] button').first().click();
  await page.getByTestId('station-panel').getByRole('heading', { name: 'City Bikes 1' }).waitFor();
});

test('on a phone nothing is wider than the screen, and the list is below the map', async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  for (const search of ['', `?map=${OSLO}`]) {
    await goto(search);
    await page.locator('[data-system], [data-operator]').first().waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    expect(await seriousFindings(page)).toEqual([]);
  }
});

describe('a system whose stations tell their places later', () => {
  const ids = Array.from({ length: 12 }, (_, index) => `${index}`);
  const system_id = 'bergen';
  /** All nearly empty, drawn orange, but the one that has changed: it is full, and blue. */
  const tell = (second: number, changed: string | null) =>
    store.poll(system_id, second, [], {
      body: {
        ttl: 3600,
        data: {
          stations: ids.map((station_id) => ({
            station_id,
            num_bikes_available: station_id === changed ? 9 : 1,
            num_docks_available: station_id === changed ? 1 : 9,
          })),
        },
      },
    });

  /** @param lon of the first station, from where the others begin */
  const place = (second: number, lon: number) =>
    store.record({
      system_id,
      feed: 'station_information',
      second,
      body: {
        data: {
          stations: ids.map((station_id, index) => ({
            station_id,
            name: `Bergen ${station_id}`,
            // The first in the corner of all, where the legend lies.
            lat: index === 0 ? 60.36 : 60.37 + 0.002 * index,
            lon: 5.3 + (index === 0 ? lon : 0.004 * index),
            capacity: 60,
          })),
        },
      },
    });

  test('is shown whole, also where the one that changes first has its place before the others', async () => {
    const second = now();
    await page.setViewportSize(SCREEN);
    await tell(second, null);
    await goto(`?system=${system_id}`);
    await page.locator('.legend').waitFor();
    await expect.poll(() => live.metric('velolog_live_event_clients'), patient).toBe(1);
    await expect.poll(() => page.locator('.maplibregl-ctrl-scale').count(), patient).toBe(1);
    await place(second + 1, -0.06);
    await tell(second + 2, '0');
    await expect
      .poll(async () => {
        const { orange, blue } = await mapColours(page);
        return { others: orange > 100, changed: blue > 50 };
      }, patient)
      .toEqual({ others: true, changed: true });
    // From then on whoever looks says where.
    const scale = page.locator('.maplibregl-ctrl-scale');
    const whole = await scale.innerText();
    await page.getByRole('button', { name: 'Zoom in' }).click();
    await expect.poll(() => inUrl('map'), patient).not.toBeNull();
    const near = await scale.innerText();
    expect(near).not.toBe(whole);
    const told = page.waitForResponse((answer) => answer.url().endsWith('/stations'));
    await place(second + 3, -0.9);
    await (await told).finished();
    // The page has drawn it when it has drawn the next change of it.
    await tell(second + 4, '1');
    await page.locator('.ticker').getByText('Bergen 1').first().waitFor();
    expect(await scale.innerText()).toBe(near);
  });
});

test('a country is found by its name, shown alone, and named by the link, also after "back"', async () => {
  for (const [system_id, country] of [
    ['bergen', 'NO'],
    ['paris', 'FR'],
  ] as const)
    await store.record({ system_id, feed: 'gbfs', second: now(), outcome: 'failed', country });
  await goto('?country=NO');
  await expect.poll(() => lines('system'), patient).toEqual(['bergen: Norway · 12 stations']);
  expect(await page.getByTestId('world-note').innerText()).toBe('Of the 1 system on time, with 12 stations.');
  const choice = page.getByRole('combobox', { name: 'Country', exact: true });
  expect(await choice.inputValue()).toBe('NO');
  expect(await seriousFindings(page)).toEqual([]);
  const search = page.getByRole('combobox', { name: /Find a system/ });
  await search.fill('fran');
  await expect
    .poll(() => page.getByRole('option').first().innerText(), patient)
    .toBe('France\ncountry · 1 system');
  await search.press('Enter');
  await expect.poll(() => lines('system'), patient).toEqual(['paris: France · 4 stations · late']);
  expect(inUrl('country')).toBe('FR');
  await choice.selectOption('All');
  await expect.poll(() => lines('system'), patient).toHaveLength(6);
  expect(inUrl('country')).toBeNull();
  await page.goBack();
  await expect.poll(() => lines('system'), patient).toHaveLength(1);
  expect(inUrl('country')).toBe('FR');
});

test('nothing of this made the browser complain', () => {
  expect(complaints).toEqual([]);
});
