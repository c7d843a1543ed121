import { afterAll, beforeAll, expect, test } from 'vitest';
import { bike, tellTypes, vehicles } from '../../../test/history/told-vehicles.ts';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

const current = (system_id: string) =>
  store.ask(`select * from api.vehicle_current where system_id = $1 order by lon, state`, [system_id]);

test('a vehicle is shown without its id, with its type, place, state and range, and since when it is there', async () => {
  await tellTypes(store, 'one');
  await vehicles(store, 'one', 60, [bike('1', { vehicle_type_id: 's', current_range_meters: 12_900 })]);
  await vehicles(store, 'one', 120, [
    bike('1', { vehicle_type_id: 's', current_range_meters: 11_100 }),
    bike('2', { east: 500, is_disabled: 1 }),
  ]);
  expect(await current('one')).toEqual([
    {
      system_id: 'one',
      vehicle_type_id: 's',
      form_factor: 'scooter_standing',
      propulsion_type: 'electric',
      lat: 59.9,
      lon: 10.7,
      station_id: null,
      state: 'available',
      range_meters: 11_000,
      since: 60,
      since_seen: false,
      observed_at: 120,
      age_seconds: expect.any(Number),
      is_archive: false,
    },
    expect.objectContaining({
      form_factor: null,
      state: 'disabled',
      range_meters: null,
      since: 120,
      since_seen: true,
    }),
  ]);
});

test('an empty list is an observation: nothing is parked', async () => {
  await vehicles(store, 'emptied', 0, [bike('1')]);
  await vehicles(store, 'emptied', 60, []);
  expect(await current('emptied')).toEqual([]);
});

test('a poll that fails leaves the vehicles, which grow old', async () => {
  await vehicles(store, 'silent', 0, [bike('1')]);
  await store.record({
    system_id: 'silent',
    feed: 'free_bike_status',
    second: 60,
    outcome: 'failed',
    error: 'timeout',
  });
  expect(await current('silent')).toMatchObject([{ observed_at: 0, since: 0 }]);
});

test('a system that turns to the newer name of the feed has each vehicle once', async () => {
  await vehicles(store, 'renamed', 0, [bike('1')]);
  await vehicles(store, 'renamed', 60, [bike('1')], 'vehicle_status');
  expect(await current('renamed')).toMatchObject([{ observed_at: 60 }]);
});

test('a stay left open at the end of imported history is not a current vehicle', async () => {
  await vehicles(store, 'archived', 0, [bike('1')]);
  await store.record({
    system_id: 'archived',
    feed: 'free_bike_status',
    second: -86_400,
    imported: true,
    body: { data: { bikes: [bike('old', { east: 900 })] } },
  });
  expect(await current('archived')).toMatchObject([{ since: 0 }]);
});

test('after a restart the store goes on with the same stays', async () => {
  await vehicles(store, 'restarted', 0, [bike('1'), bike('2', { east: 300 })]);
  store.restart();
  await vehicles(store, 'restarted', 60, [bike('1'), bike('2', { east: 300 })]);
  expect(await current('restarted')).toMatchObject([{ since: 0 }, { since: 0 }]);
});

test('without table statistics it reads each vehicle a few times, not all of them for each', async () => {
  const fleet = Array.from({ length: 2_000 }, (_, index) => bike(`${index}`, { east: index }));
  await vehicles(store, 'large', 60, fleet);
  const [row] = await store.ask(
    `explain (analyze, timing off, format json) select * from api.vehicle_current where system_id = 'large'`,
  );
  const looks = (plan: Plan): number =>
    plan['Actual Loops'] * (plan['Actual Rows'] + (plan['Rows Removed by Join Filter'] ?? 0)) +
    (plan.Plans ?? []).reduce((sum, part) => sum + looks(part), 0);
  const [{ Plan: plan }] = (row as { 'QUERY PLAN': [{ Plan: Plan }] })['QUERY PLAN'];
  expect(plan['Actual Rows']).toBe(fleet.length);
  expect(looks(plan)).toBeLessThan(20 * fleet.length);
});

type Plan = {
  'Actual Loops': number;
  'Actual Rows': number;
  'Rows Removed by Join Filter'?: number;
  Plans?: Plan[];
};
