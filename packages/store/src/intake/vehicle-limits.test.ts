import { afterAll, beforeAll, expect, test } from 'vitest';
import { bike, tellTypes, vehicles } from '../../../../test/history/told-vehicles.ts';
import { openTestStore, type TestStore } from '../../../../test/workers/test-store.ts';
import { VEHICLE_TYPES_MAX } from '../memory/compare-types.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

const current = (system_id: string) =>
  store.ask('select vehicle_type_id from api.vehicle_current where system_id = $1', [system_id]);

test('a body of 100,001 vehicles is refused as a whole with a reason, and open stays go on', async () => {
  await vehicles(store, 'huge', 0, [bike('1')]);
  await vehicles(
    store,
    'huge',
    60,
    Array.from({ length: 100_001 }, (_, index) => ({ bike_id: `${index}`, lat: 59, lon: 10 })),
  );
  expect(store.letters.splice(0)).toMatchObject([{ reason: 'too_many_rows' }]);
  expect(await current('huge')).toHaveLength(1);
  expect(
    await store.ask("select last_error, consecutive_failures from api.feed_health where system_id = 'huge'"),
  ).toEqual([{ last_error: 'too_many_rows', consecutive_failures: 1 }]);
  expect(
    await store.ask("select outcome, polls from api.feed_coverage where system_id = 'huge' order by from_at"),
  ).toEqual([
    { outcome: 'observed', polls: 1 },
    { outcome: 'undecodable', polls: 1 },
  ]);
  await vehicles(store, 'huge', 120, [bike('1'), bike('2', { east: 300 })]);
  expect(
    await store.ask(
      "select from_at, begin_seen from api.vehicle_stay_between('epoch', 'infinity', 'huge') order by 1",
    ),
  ).toEqual([
    { from_at: 0, begin_seen: false },
    { from_at: 120, begin_seen: false },
  ]);
});

test('a feed that names new vehicle types at each poll gets 1,000; vehicles of others have none, which is counted', async () => {
  const fleet = (poll: number) =>
    Array.from({ length: 400 }, (_, index) =>
      bike(`${index}`, { east: 100 * index, vehicle_type_id: `${poll}-${index}` }),
    );
  for (const poll of [0, 1, 2, 3]) await vehicles(store, 'inventive', poll * 60, fleet(poll));
  const types = () =>
    store.ask(
      "select count(*)::int as types from velolog.vehicle_type join velolog.system using (system_key) where system_id = 'inventive'",
    );
  expect(await types()).toEqual([{ types: VEHICLE_TYPES_MAX }]);
  const named = async () =>
    (await current('inventive')).filter(({ vehicle_type_id }) => vehicle_type_id !== null).length;
  expect((await current('inventive')).length).toBe(400);
  expect(await named()).toBe(0);
  const { values } = await store.context.metrics.coerced_values_total.get();
  expect(
    values.find(({ labels }) => labels.system === 'inventive' && labels.reason === 'too_many_vehicle_types')
      ?.value,
  ).toBe(200 + 400);
  // Those that it has named before go on, also after a restart, and a list of definitions makes no more.
  store.restart();
  await tellTypes(
    store,
    'inventive',
    200,
    Array.from({ length: 5 }, (_, index) => ({ vehicle_type_id: `late-${index}`, form_factor: 'car' })),
  );
  await vehicles(store, 'inventive', 240, fleet(0));
  expect(await named()).toBe(400);
  expect(await types()).toEqual([{ types: VEHICLE_TYPES_MAX }]);
});
