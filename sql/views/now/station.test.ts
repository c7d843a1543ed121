import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

const columns = 'station_id, name, capacity, first_observed_at, last_observed_at';
const stations = (system: string) =>
  store.ask(`select ${columns} from api.station where system_id = $1 order by station_id`, [system]);
const information = (system_id: string, second: number, listed: object[]) =>
  store.record({ system_id, second, feed: 'station_information', body: { data: { stations: listed } } });

test('a station is kept without a name until station_information lists it, and without observation until status does', async () => {
  await store.poll('order', 10, [{ station_id: 'a' }]);
  await information('order', 20, [{ station_id: 'b', name: 'B', lat: 1, lon: 2, capacity: 12 }]);
  expect(await stations('order')).toEqual([
    { station_id: 'a', name: null, capacity: null, first_observed_at: 10, last_observed_at: 10 },
    { station_id: 'b', name: 'B', capacity: 12, first_observed_at: null, last_observed_at: null },
  ]);
  await information('order', 30, [
    { station_id: 'a', name: 'A', lat: 1, lon: 2, capacity: 8 },
    { station_id: 'b', name: 'B2', lat: 1, lon: 2 },
  ]);
  await store.poll('order', 40, [{ station_id: 'a' }, { station_id: 'b' }]);
  expect(await stations('order')).toEqual([
    { station_id: 'a', name: 'A', capacity: 8, first_observed_at: 10, last_observed_at: 40 },
    { station_id: 'b', name: 'B2', capacity: null, first_observed_at: 40, last_observed_at: 40 },
  ]);
});

test('an absent station was last observed by the last poll that listed it', async () => {
  await store.poll('absent', 0, [{ station_id: 'a' }, { station_id: 'b' }]);
  await store.poll('absent', 30, [{ station_id: 'a' }, { station_id: 'b' }]);
  await store.poll('absent', 60, [{ station_id: 'a' }]);
  expect((await stations('absent')).map((row) => row.last_observed_at)).toEqual([60, 30]);
});

test('imported history moves the first observation back', async () => {
  await store.poll('history', 1000, [{ station_id: 'a', num_bikes_available: 1 }]);
  await store.poll('history', 0, [{ station_id: 'a', num_bikes_available: 1 }], { imported: true });
  expect(await stations('history')).toMatchObject([{ first_observed_at: 0, last_observed_at: 1000 }]);
});

test('a station that only imported history lists was last observed by the last poll of that history that did', async () => {
  const listed = (...ids: string[]) => ids.map((station_id) => ({ station_id, num_bikes_available: 1 }));
  await store.poll('only', 1000, listed('a'));
  await store.poll('only', 0, listed('a', 'b', 'c'), { imported: true });
  await store.poll('only', 30, listed('a', 'b', 'c'), { imported: true });
  await store.poll('only', 60, listed('a', 'b'), { imported: true });
  expect((await stations('only')).map((row) => row.last_observed_at)).toEqual([1000, 60, 30]);
});
