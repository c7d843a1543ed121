import { afterAll, beforeAll, expect, test } from 'vitest';
import { givenStation as station } from '../../../test/history/given-station.ts';
import { bike, vehicles } from '../../../test/history/told-vehicles.ts';
import { openTestStore, START, type TestStore } from '../../../test/workers/test-store.ts';

const NOW = Math.floor((Date.now() - START) / 1000) - 30;

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

test('the sum of all present stations equals system_current', async () => {
  await store.poll('city', NOW - 60, [station('gone', 4, 4), station('a', 0, 9)]);
  await store.poll('city', NOW, [
    station('a', 0, 9),
    station('b', 5, 0),
    station('c'),
    station('d', 2, 2, { is_renting: false, is_returning: false }),
  ]);
  const numbers = 'stations, bikes, docks, ebikes, empty, "full", closed, unknown';
  const [offer] = await store.ask(`select ${numbers} from api.system_offer('city')`);
  const [kept] = await store.ask(`select ${numbers} from api.system_current where system_id = 'city'`);
  expect(offer).toEqual(kept);
  expect(offer).toMatchObject({
    stations: 4,
    bikes: '7',
    docks: '11',
    empty: 1,
    full: 1,
    closed: 1,
    unknown: 1,
  });
});

test('a system that reports nothing has no sum', async () => {
  expect(await store.ask("select stations, bikes, docks from api.system_offer('nowhere')")).toEqual([
    { stations: 0, bikes: null, docks: null },
  ]);
});

test('imported stations of a system whose vehicles are polled have no sum, and count as unknown', async () => {
  await store.poll('mixed', 0, [station('a', 3, 4), station('b', 0, 4)], { imported: true });
  const offer = () =>
    store.ask(
      `select stations, bikes, docks, empty, unknown from api.system_offer('mixed') union all
       select stations, bikes, docks, empty, unknown from api.system_current where system_id = 'mixed'`,
    );
  const asImported = { stations: 2, bikes: '3', docks: '8', empty: 1, unknown: 0 };
  expect(await offer()).toEqual([asImported, asImported]);
  await vehicles(store, 'mixed', NOW, [bike('1')]);
  const notKnown = { stations: 2, bikes: null, docks: null, empty: 0, unknown: 2 };
  expect(await offer()).toEqual([notKnown, notKnown]);
  await store.poll('mixed', NOW, [station('a', 3, 4), station('b', 0, 4)]);
  expect(await offer()).toEqual([asImported, asImported]);
});
