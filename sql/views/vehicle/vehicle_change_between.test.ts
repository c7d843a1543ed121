import { encodePoll } from '@velolog/stream/poll-record';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { randomVehiclePolls } from '../../../test/history/random-vehicle-polls.ts';
import { slowVehicleChanges, type TableStay } from '../../../test/history/slow/slow-vehicle-changes.ts';
import { bike, tellTypes, vehicles } from '../../../test/history/told-vehicles.ts';
import { at, openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
const seed = Number(process.env.SEED ?? Date.now() % 100_000);
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

const changes = (system_id: string, from = -1e9, to = 1e7) =>
  store.ask(
    `select observed_at, form_factor, vehicles::int, prev_vehicles::int, appeared::int, vanished::int, moved::int, changed_state::int, gap_seconds
     from api.vehicle_change_between($1, $2, $3) order by observed_at, geohash`,
    [at(from), at(to), system_id],
  );
const none = { appeared: 0, vanished: 0, moved: 0, changed_state: 0, gap_seconds: 0 };

test('appearing, moving, changing state and vanishing are counted per cell, and the first list is no change', async () => {
  await tellTypes(store, 'city');
  const scooter = (id: string, more = {}) => bike(id, { vehicle_type_id: 's', ...more });
  await vehicles(store, 'city', 0, [scooter('1')]);
  await vehicles(store, 'city', 60, [scooter('1'), scooter('2', { east: 2 })]);
  await vehicles(store, 'city', 120, [scooter('1'), scooter('2', { east: 2, is_reserved: true })]);
  await vehicles(store, 'city', 180, [
    scooter('1', { lat: 59.8994 }),
    scooter('2', { east: 2, is_reserved: true }),
  ]);
  await vehicles(store, 'city', 240, [scooter('1', { lat: 59.8994 })]);
  await vehicles(store, 'city', 300, [scooter('1', { lat: 59.8994 })]);
  const form_factor = 'scooter_standing';
  expect(await changes('city')).toEqual([
    { observed_at: 60, form_factor, ...none, vehicles: 2, prev_vehicles: 1, appeared: 1 },
    { observed_at: 120, form_factor, ...none, vehicles: 2, prev_vehicles: 2, changed_state: 1 },
    { observed_at: 180, form_factor, ...none, vehicles: 2, prev_vehicles: 2, moved: 1 },
    { observed_at: 240, form_factor, ...none, vehicles: 1, prev_vehicles: 2, vanished: 1 },
  ]);
  expect(await changes('city', 60, 120)).toHaveLength(2);
  expect(await changes('city', 61, 119)).toEqual([]);
});

test('one that leaves its cell vanishes there and appears in another: nothing joins the two', async () => {
  await vehicles(store, 'far', 0, [bike('1')]);
  await vehicles(store, 'far', 60, [bike('1', { east: 900 })]);
  expect(
    (await changes('far')).map(({ appeared, vanished, moved }) => [appeared, vanished, moved]).sort(),
  ).toEqual([
    [0, 1, 0],
    [1, 0, 0],
  ]);
});

test('a vehicle at a station is not part of it: leaving the station counts as appearing', async () => {
  await vehicles(store, 'docked', 0, [bike('1', { station_id: 'dock' })]);
  await vehicles(store, 'docked', 60, [bike('1')]);
  await vehicles(store, 'docked', 120, [bike('1', { station_id: 'dock' })]);
  expect(await changes('docked')).toMatchObject([
    { observed_at: 60, prev_vehicles: 0, appeared: 1 },
    { observed_at: 120, prev_vehicles: 1, vanished: 1 },
  ]);
});

test('after a gap a change has its unobserved time, and a vehicle that stays in place is no change even if its id is new', async () => {
  const day = 86_400;
  await vehicles(store, 'gap', 0, [bike('1'), bike('2', { east: 3 })]);
  await vehicles(store, 'gap', 60, [bike('1'), bike('2', { east: 3 })]);
  await vehicles(store, 'gap', day + 61, [bike('9')]);
  expect(await changes('gap')).toEqual([
    {
      observed_at: day + 61,
      form_factor: null,
      ...none,
      vehicles: 1,
      prev_vehicles: 2,
      vanished: 1,
      gap_seconds: day + 1,
    },
  ]);
});

test('an empty list is a list: everything vanished; a failed poll says nothing', async () => {
  await vehicles(store, 'winter', 0, [bike('1')]);
  await store.record({
    system_id: 'winter',
    feed: 'free_bike_status',
    second: 60,
    outcome: 'failed',
    error: 'timeout',
  });
  await vehicles(store, 'winter', 120, []);
  expect(await changes('winter')).toEqual([
    {
      observed_at: 120,
      form_factor: null,
      ...none,
      vehicles: 0,
      prev_vehicles: 1,
      vanished: 1,
      gap_seconds: 120,
    },
  ]);
});

test('where imported history ends nothing vanishes, and where the present begins nothing appears', async () => {
  await vehicles(store, 'past', 0, [bike('1')]);
  for (const second of [-7200, -7140])
    await store.record({
      system_id: 'past',
      feed: 'free_bike_status',
      second,
      imported: true,
      body: { data: { bikes: [bike('old', { east: 900 })] } },
    });
  expect(await changes('past')).toEqual([]);
});

test('where the list changes its name back and forth, each change is told once, by the name whose turn it is', async () => {
  const stands = bike('1');
  const [before, after] = [bike('2', { east: 300 }), bike('2', { east: 900 })];
  for (const [feed, second, moving] of [
    ['free_bike_status', 0, before],
    ['free_bike_status', 60, before],
    ['vehicle_status', 600, before],
    ['vehicle_status', 660, after],
    ['free_bike_status', 1200, after],
    ['free_bike_status', 1260, after],
  ] as const)
    await vehicles(store, 'twice-named', second, [stands, moving], feed);
  const told = await store.ask(
    `select observed_at, sum(appeared)::int as appeared, sum(vanished)::int as vanished
     from api.vehicle_change_between('2026-06-15 11:00Z', '2026-06-15 14:00Z', 'twice-named') group by 1 order by 1`,
  );
  expect(told).toEqual([{ observed_at: 660, appeared: 1, vanished: 1 }]);
});

test('it equals counts computed at every poll from the stays alone, over any window', async () => {
  console.log(`vehicle_change_between: SEED=${seed}`);
  const polls = randomVehiclePolls(seed, { systems: 3, polls: 150, vehicles: 25 });
  await store.store(
    polls.map((poll, index) => ({ ...encodePoll(poll), offset: String(1000 + index) }) as never),
  );
  const lanes = await store.ask(
    `select system.system_id, lane.feed_key, lane.from_at, lane.to_at,
       (select min(run.from_at) from velolog.coverage as run
        where run.feed_key = lane.feed_key and run.outcome = 'observed' and run.from_at between lane.from_at and lane.to_at) as first_at
     from velolog.observed_range as lane join velolog.feed using (feed_key) join velolog.system using (system_key)
     where system.system_id like 'system-%' and feed in ('free_bike_status', 'vehicle_status')`,
  );
  const wanted: string[] = [];
  for (const lane of lanes) {
    const stays = await store.ask(
      `select velolog.geohash_of(lat_e5, lon_e5) as cell, form_factor, state::text, vehicle_stay.from_at as "from", to_at as "to", begin_seen, end_seen
       from velolog.vehicle_stay left join velolog.vehicle_type using (vehicle_type_key)
       where feed_key = $1 and from_at between $2 and $3 and station_id is null and lat_e5 is not null`,
      [lane.feed_key, at(Number(lane.from_at)), at(Number(lane.to_at))],
    );
    for (const change of slowVehicleChanges(stays as TableStay[], Number(lane.first_at)))
      wanted.push(JSON.stringify({ system_id: lane.system_id, ...change }));
  }
  expect(wanted.length).toBeGreaterThan(300);
  const told = async (from: number, to: number) => {
    const rows = await store.ask(
      `select system_id, observed_at as at, geohash as cell, form_factor, vehicles::int, prev_vehicles::int, appeared::int, vanished::int, moved::int, changed_state::int
       from api.vehicle_change_between($1, $2) where system_id like 'system-%'`,
      [at(from), at(to)],
    );
    return rows.map((row) => JSON.stringify(row)).sort();
  };
  expect(await told(-1e9, 1e9)).toEqual([...wanted].sort());
  const times = wanted.map((change) => Number(JSON.parse(change).at)).sort((left, right) => left - right);
  for (const [from, to] of [
    [0.2, 0.5],
    [0.5, 0.5],
    [0.7, 1],
  ].map((ends) => ends.map((end) => times[Math.floor(end * (times.length - 1))] ?? 0)))
    expect(await told(from ?? 0, to ?? 0)).toEqual(
      wanted
        .filter((change) => JSON.parse(change).at >= (from ?? 0) && JSON.parse(change).at <= (to ?? 0))
        .sort(),
    );
});
