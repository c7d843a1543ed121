import { encodePoll } from '@velolog/stream/poll-record';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { randomVehiclePolls } from '../../../test/history/random-vehicle-polls.ts';
import { bike, tellTypes, vehicles } from '../../../test/history/told-vehicles.ts';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

test('free-floating vehicles count by state and docked ones separately, an empty list is 0, and unobserved counts are null', async () => {
  await tellTypes(store, 'counted');
  const scooter = (id: string, more = {}) => bike(id, { vehicle_type_id: 's', ...more });
  for (const second of [0, 60])
    await vehicles(store, 'counted', second, [
      scooter('1'),
      scooter('2', { east: 300, is_reserved: true }),
      scooter('3', { east: 600, station_id: 'dock' }),
    ]);
  for (const second of [120, 180]) await vehicles(store, 'counted', second, []);
  const rows = await store.ask(
    `select at, form_factor, vehicles::int, available::int, reserved::int, disabled::int, docked_vehicles::int
     from api.vehicle_count_between('2026-06-15 12:00Z', '2026-06-15 12:04Z', 'counted', 60) order by at`,
  );
  const counts = { vehicles: 2, available: 1, reserved: 1, disabled: 0, docked_vehicles: 1 };
  const none = { vehicles: 0, available: 0, reserved: 0, disabled: 0, docked_vehicles: 0 };
  const unknown = { vehicles: null, available: null, reserved: null, disabled: null, docked_vehicles: null };
  expect(rows).toEqual([
    { at: 0, form_factor: 'scooter_standing', ...counts },
    { at: 60, form_factor: 'scooter_standing', ...counts },
    { at: 120, form_factor: null, ...none },
    { at: 180, form_factor: null, ...none },
    { at: 240, form_factor: null, ...unknown },
  ]);
});

test.each([
  ['an archive', false],
  ['history before the first poll', true],
])('vehicles of %s count at its last observation, too', async (system_id, isPolled) => {
  // Not in the time of the next test.
  for (const second of [-7200, -7140])
    await store.record({
      system_id,
      feed: 'free_bike_status',
      second,
      imported: true,
      body: { data: { bikes: [bike('1'), bike('2', { east: 300 })] } },
    });
  if (isPolled) await vehicles(store, system_id, -3600, [bike('1')]);
  expect(
    await store.ask(
      `select at, vehicles::int from api.vehicle_count_between('2026-06-15 10:00Z', '2026-06-15 10:02Z', $1, 60) order by at`,
      [system_id],
    ),
  ).toEqual([
    { at: -7200, vehicles: 2 },
    { at: -7140, vehicles: 2 },
    { at: -7080, vehicles: null },
  ]);
});

test('it equals a count at each time of the stays that hold it, for any step', async () => {
  const seed = Number(process.env.SEED ?? Date.now() % 100_000);
  console.log(`vehicle_count_between: SEED=${seed}`);
  const polls = randomVehiclePolls(seed, { systems: 3, polls: 100, vehicles: 25 });
  await store.store(
    polls.map((poll, index) => ({ ...encodePoll(poll), offset: String(1000 + index) }) as never),
  );
  for (const [hours, seconds] of [
    [1, 30],
    [2, 77],
    [0.5, 4.5],
  ] as const) {
    const values = [seconds, `${hours} hours`];
    const window = `'2026-06-15 12:00:07Z'::timestamptz, '2026-06-15 12:00:07Z'::timestamptz + $2::interval`;
    const [different] = await store.ask(
      `with told as (
         select system_id, at, form_factor, vehicles, available, reserved, disabled, docked_vehicles
         from api.vehicle_count_between(${window}, null, $1) where vehicles + docked_vehicles > 0
       ), stay as (
         select * from api.vehicle_stay_between(${window})
       ), counted as (
         select system_id, at, form_factor,
           count(*) filter (where station_id is null), count(*) filter (where station_id is null and state = 'available'),
           count(*) filter (where station_id is null and state = 'reserved'), count(*) filter (where station_id is null and state = 'disabled'),
           count(*) filter (where station_id is not null)
         from (select distinct system_id, at from api.vehicle_count_between(${window}, null, $1) where vehicles is not null) as seen
         join stay using (system_id)
         where stay.from_at <= at and (stay.to_at is null or stay.to_at > at)
         group by 1, 2, 3
       )
       select (select count(*)::int from counted) as counted,
         (select count(*)::int from (table told except table counted) as extra) as extra,
         (select count(*)::int from (table counted except table told) as missing) as missing`,
      values,
    );
    expect(different, `${seconds} s`).toEqual({ counted: expect.any(Number), extra: 0, missing: 0 });
    expect(different?.counted).toBeGreaterThan(0);
  }
});
