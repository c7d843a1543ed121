import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LateCity, now, tellBikes, tellCity, tellWorld } from '../history/told-world.ts';
import type { TestLive } from '../workers/test-live.ts';
import type { TestStore } from '../workers/test-store.ts';
import { seriousFindings } from './axe.ts';
import { mapColours } from './map-colours.ts';
import {
  chromiumPath,
  inUrl,
  needChromium,
  noteComplaints,
  OFTEN,
  patient,
  SCREEN,
  visit,
} from './page-browser.ts';
import { openPageOnStore, type PageOnStore } from './page-on-store.ts';
import { listLines } from './shown.ts';

/** The start page of several systems: three operators in Oslo, one in Paris that is late, an archive in Tokyo. */
const OSLO = '13/59.9127/10.7461';

let given: PageOnStore;
let store: TestStore;
let live: TestLive;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  if (chromiumPath === null) return;
  given = await openPageOnStore(tellWorld, {
    permissions: ['geolocation'],
    geolocation: { latitude: 59.9109, longitude: 10.7399 },
  });
  ({ store, live, page } = given);
  noteComplaints(page, (text) => complaints.push(text));
});
afterAll(() => given?.[Symbol.asyncDispose]());

needChromium();

const goto = (search: string) => page.goto(`${live.url}/${search}`);
const lines = (attribute: 'system' | 'operator') => listLines(page, attribute);

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
      'Bikes and vehicles of 2 systems on time, with 6 stations. Not counted: 2 late, 1 archive.',
    );
    expect(inUrl(page, 'system')).toBeNull();
    expect(await seriousFindings(page)).toEqual([]);
  });

  test('its list has the signs of the map: a share of bikes, vehicles only, late, and hollow for an archive', async () => {
    await visit(page, '');
    const signs = await page
      .locator('[data-system] > :first-child')
      .evaluateAll((found) =>
        found.map((sign) => `${sign.getAttribute('class')} ${sign.textContent}`.trim()),
      );
    expect(signs).toEqual([
      'mark mark-ok',
      'standing standing-vehicles',
      'standing !',
      'standing !',
      'standing',
    ]);
  });

  test.each([
    ['', 'Skip to the map', 'Map', ['Enter', 'Tab']],
    ['?system=oslo-bikes&view=table', 'Skip to the table', 'Table of stations', ['Enter']],
  ])(
    'at "%s" the first stop of the keyboard is "%s", which leads there',
    async (search, skip, there, keys) => {
      await visit(page, search);
      await page.getByRole('region', { name: there, exact: true }).waitFor();
      await page.getByRole('link', { name: 'Velolog, start page' }).focus();
      await page.keyboard.press('Shift+Tab');
      expect(await page.evaluate('document.activeElement.textContent')).toBe(skip);
      for (const key of keys) await page.keyboard.press(key);
      expect(await page.evaluate('document.activeElement.getAttribute("aria-label")')).toBe(there);
    },
  );

  test('finds systems and towns by the keyboard, and leads to them and back', async () => {
    await visit(page, '');
    const search = page.getByRole('combobox', { name: /Find a system/ });
    await search.fill('paris');
    await expect
      .poll(() => page.getByRole('option').allInnerTexts(), patient)
      .toContain('Paris\ntown · France');
    expect((await page.getByRole('option').allInnerTexts())[0]).toMatch(/^Paris Bikes/);
    await search.press('Enter');
    await expect.poll(() => inUrl(page, 'system'), patient).toBe('paris');
    await page.goBack();
    await expect.poll(() => lines('system'), patient).toHaveLength(5);
    await search.fill('oslo norway');
    await expect.poll(() => page.getByRole('option').count(), patient).toBe(1);
    await search.press('Enter');
    await expect.poll(() => lines('operator'), patient).toHaveLength(3);
    expect(inUrl(page, 'map')).toMatch(/^12\.0\/59\.91/);
  });
});

describe('a place with three operators', () => {
  test('shows the offer of all of them in the place, and marks what is late', async () => {
    await visit(page, `?map=${OSLO}`);
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
    await expect.poll(() => inUrl(page, 'operators'), patient).toBe('oslo-scooters');
    await page.getByRole('button', { name: 'Show all' }).click();
    await expect.poll(() => page.getByTestId('total-bikes').innerText(), patient).toBe('24');
  });

  test('a link to a station opens it, with its operator; one that is late says that this is not now', async () => {
    await goto(`?map=${OSLO}&of=oslo-late&station=1`);
    const panel = page.getByTestId('station-panel');
    await panel.getByRole('heading', { name: 'Late Bikes 1' }).waitFor();
    expect(await page.getByTestId('operator').innerText()).toMatch(/^Late Bikes .*This system is late/s);
    await panel.getByRole('button', { name: 'Close the station' }).click();
    await expect.poll(() => inUrl(page, 'of'), patient).toBeNull();
  });

  test('opens no stream of events, however many systems are there', async () => {
    await visit(page, `?map=${OSLO}`);
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
    expect([inUrl(page, 'system'), inUrl(page, 'map')]).toEqual(['oslo-bikes', OSLO.replace('13/', '13.0/')]);
  });
});

test('near me lists the nearest stations and vehicles that offer something now, of all operators, and none that is late', async () => {
  await visit(page, '?country=FR');
  await page.evaluate(OFTEN);
  await page.getByRole('button', { name: 'Near me' }).click();
  const list = page.locator('[data-testid=nearest] li');
  await expect.poll(() => list.allInnerTexts(), patient).toHaveLength(8);
  const near = await list.allInnerTexts();
  expect(near[0]).toMatch(/^1\d m\s+City Bikes 1\s+4 bikes · City Bikes$/);
  expect(near.join()).not.toContain('Late');
  await expect.poll(() => inUrl(page, 'map'), patient).toMatch(/^14\.0\/59\.9109\/10\.7399$/);
  // Whoever asks what is near is no longer in France.
  expect(inUrl(page, 'country')).toBeNull();
  await list.getByRole('button').first().click();
  const heading = page.getByTestId('station-panel').getByRole('heading');
  await expect.poll(() => heading.innerText(), patient).toBe('City Bikes 1');
  // Somebody takes the last bike there.
  await tellBikes(store, 'oslo-bikes', [0, 4, 4, 4, 4, 4]);
  await expect.poll(() => list.first().innerText(), patient).toMatch(/City Bikes 2/);
  await page.getByRole('region', { name: 'Search' }).getByRole('button', { name: 'Close' }).click();
  expect(await list.count()).toBe(0);
});

test('on a phone nothing is wider than the screen, and the list is below the map', async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  for (const search of ['?map=1.5/50/10', `?map=${OSLO}`]) {
    await visit(page, search);
    await page.locator('[data-system], [data-operator]').first().waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    // A map of the world that is higher than wide shows a part of it only.
    const map = await page.getByTestId('map').boundingBox();
    expect(map?.height).toBeLessThanOrEqual(map?.width ?? 0);
    expect(await seriousFindings(page)).toEqual([]);
  }
});

describe('a system whose stations tell their places later', () => {
  test('is shown whole, also where the one that changes first has its place before the others', async () => {
    const second = now();
    const bergen = new LateCity(store, 'bergen', 'Bergen');
    await page.setViewportSize(SCREEN);
    await bergen.tell(second, null);
    await goto('?system=bergen');
    await page.locator('.legend').waitFor();
    await expect.poll(() => live.metric('velolog_live_event_clients'), patient).toBe(1);
    await expect.poll(() => page.locator('.maplibregl-ctrl-scale').count(), patient).toBe(1);
    await bergen.place(second + 1, -0.06);
    await bergen.tell(second + 2, '0');
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
    await expect.poll(() => inUrl(page, 'map'), patient).not.toBeNull();
    const near = await scale.innerText();
    expect(near).not.toBe(whole);
    const told = page.waitForResponse((answer) => answer.url().endsWith('/stations'));
    await bergen.place(second + 3, -0.9);
    await (await told).finished();
    // The page has drawn it when it has drawn the next change of it.
    await bergen.tell(second + 4, '1');
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
  await page.addInitScript(OFTEN);
  await goto('?country=NO');
  await expect.poll(() => lines('system'), patient).toEqual(['bergen: Norway · 12 stations']);
  expect(await page.getByTestId('world-note').innerText()).toBe(
    'Bikes and vehicles of 1 system on time, with 12 stations.',
  );
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
  expect(inUrl(page, 'country')).toBe('FR');
  await choice.selectOption('All');
  await expect.poll(() => lines('system'), patient).toHaveLength(6);
  expect(inUrl(page, 'country')).toBeNull();
  await page.goBack();
  await expect.poll(() => lines('system'), patient).toHaveLength(1);
  expect(inUrl(page, 'country')).toBe('FR');
});

test('a system that begins later is shown with the others of its country that was chosen, also far from them', async () => {
  const choice = page.getByRole('combobox', { name: 'Country', exact: true });
  await choice.selectOption('NO');
  await choice.selectOption('FR');
  await expect.poll(() => lines('system'), patient).toHaveLength(1);
  await tellCity(store, ['nice', 'Nice Bikes'], [43.7, 7.26], 3);
  await store.record({
    system_id: 'nice',
    feed: 'gbfs',
    second: now(),
    outcome: 'failed',
    country: 'FR',
  });
  await expect
    .poll(() => lines('system'), patient)
    .toEqual(['paris: France · 4 stations · late', 'nice: France · 3 stations']);
});

test('nothing of this made the browser complain', () => {
  expect(complaints).toEqual([]);
});
