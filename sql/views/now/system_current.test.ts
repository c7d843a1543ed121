import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { storeDirectly } from '../../../test/faults/store-directly.ts';
import { givenStation } from '../../../test/history/given-station.ts';
import { random } from '../../../test/history/random.ts';
import { randomPolls } from '../../../test/history/random-polls.ts';
import { randomVehiclePolls } from '../../../test/history/random-vehicle-polls.ts';
import { bike, vehicles } from '../../../test/history/told-vehicles.ts';
import { createTestDatabase } from '../../../test/servers/test-database.ts';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

const seed = Number(process.env.SEED ?? Date.now() % 100_000);

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

const current = async (system_id: string) =>
  (await store.ask('select * from api.system_current where system_id = $1', [system_id]))[0];

/** The same of vehicles by form factor. */
const DIFFERENT_VEHICLES = `
  with kept as (
    select system_id, form_factor, available, reserved, disabled, docked_vehicles, west, south, east, north from api.vehicle_total
  ), counted as (
    select system_id, form_factor, count(*) filter (where station_id is null and state = 'available') as available,
      count(*) filter (where station_id is null and state = 'reserved') as reserved,
      count(*) filter (where station_id is null and state = 'disabled') as disabled, count(station_id) as docked_vehicles,
      min(lon) as west, min(lat) as south, max(lon) as east, max(lat) as north
    from api.vehicle_current group by system_id, form_factor
  )
  select row_to_json(kept) as kept, row_to_json(counted) as counted
  from kept full join counted on kept.system_id = counted.system_id and kept.form_factor is not distinct from counted.form_factor
  where to_jsonb(kept) is distinct from to_jsonb(counted)`;

/**
 * What is kept beside what adding up all stations and vehicles gives, where the two differ. Of an imported feed nothing is added up if its system is
 * polled otherwise.
 */
const DIFFERENT = `
  with kept as (
    select system_id, stations, bikes, docks, ebikes, empty, "full", closed, unknown,
      coalesce(vehicles_available, 0) as available, coalesce(vehicles_reserved, 0) as reserved,
      coalesce(vehicles_disabled, 0) as disabled, coalesce(vehicles_at_station, 0) as at_station, bounds
    from api.system_current
  ), added_up as (
    select system.system_id, coalesce(station.stations, 0) as stations, station.bikes, station.docks, station.ebikes,
      coalesce(station.empty, 0) as empty, coalesce(station."full", 0) as "full", coalesce(station.closed, 0) as closed,
      coalesce(station.unknown, 0) as unknown,
      coalesce(vehicle.available, 0) as available, coalesce(vehicle.reserved, 0) as reserved,
      coalesce(vehicle.disabled, 0) as disabled, coalesce(vehicle.at_station, 0) as at_station,
      case when least(station.west, vehicle.west) is not null then array[
        least(station.west, vehicle.west), least(station.south, vehicle.south),
        greatest(station.east, vehicle.east), greatest(station.north, vehicle.north)
      ] end as bounds
    from api.system
    left join (
      select system_id, count(*) filter (where state <> 'absent') as stations,
        sum(num_bikes_available) filter (where state <> 'absent' and is_shown) as bikes,
        sum(num_docks_available) filter (where state <> 'absent' and is_shown) as docks,
        sum(num_ebikes_available) filter (where state <> 'absent' and is_shown) as ebikes,
        count(*) filter (where state = 'empty' and is_shown) as empty, count(*) filter (where state = 'full' and is_shown) as "full",
        count(*) filter (where state = 'closed' and is_shown) as closed,
        count(*) filter (where state = 'unknown' or state <> 'absent' and not is_shown) as unknown,
        min(lon) as west, min(lat) as south, max(lon) as east, max(lat) as north
      from (
        select station.*, system.is_archive or not station.is_archive as is_shown
        from api.station_current as station join api.system using (system_id)
      ) as station
      group by system_id
    ) as station using (system_id)
    left join (
      select system_id, count(*) filter (where state = 'available' and is_shown) as available,
        count(*) filter (where state = 'reserved' and is_shown) as reserved,
        count(*) filter (where state = 'disabled' and is_shown) as disabled, count(station_id) filter (where is_shown) as at_station,
        min(lon) as west, min(lat) as south, max(lon) as east, max(lat) as north
      from (
        select vehicle.*, system.is_archive or not vehicle.is_archive as is_shown
        from api.vehicle_current as vehicle join api.system using (system_id)
      ) as vehicle
      group by system_id
    ) as vehicle using (system_id)
  )
  select row_to_json(kept) as kept, row_to_json(added_up) as added_up
  from kept full join added_up using (system_id)
  where to_jsonb(kept) is distinct from to_jsonb(added_up)`;

test('after each transaction it equals the sums of all stations and vehicles, however records are cut, over restarts and forgotten systems', async () => {
  console.log(`system_current: SEED=${seed}`);
  const stations = randomPolls(seed, { systems: 3, polls: 40, stations: 8 });
  const fleets = randomVehiclePolls(seed, { systems: 3, polls: 40, vehicles: 12 });
  const next = random(seed);
  const records = stations.flatMap((poll, index) => [
    ...(next() < 0.02 ? [{ forget: poll.system_id }] : []),
    poll,
    ...fleets.slice(index, index + 1),
  ]);
  const database = await createTestDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  let compared = 0;
  const told = { ebikes: 0, bikes: 0, vehicles: 0 };
  await storeDirectly(
    database.url,
    records,
    () => ({ records: 1 + Math.floor(next() * 12), restarts: next() < 0.2 }),
    async () => {
      expect((await client.query(DIFFERENT)).rows).toEqual([]);
      expect((await client.query(DIFFERENT_VEHICLES)).rows).toEqual([]);
      compared += 1;
      const { rows } = await client.query(
        `select count(*) filter (where ebikes is not null)::int as ebikes, count(*) filter (where bikes > 0)::int as bikes,
           count(*) filter (where vehicles_available > 0)::int as vehicles from api.system_current`,
      );
      for (const kind of ['ebikes', 'bikes', 'vehicles'] as const) told[kind] += rows[0][kind];
    },
  );
  await client.end();
  await database.drop();
  expect(compared).toBeGreaterThan(20);
  for (const times of Object.values(told)) expect(times).toBeGreaterThan(10);
});

test('counts that no station gives are not known; vehicles that no feed lists are not mentioned', async () => {
  await store.poll('silent', 0, [{ station_id: '1' }]);
  expect(await current('silent')).toMatchObject({
    stations: 1,
    bikes: null,
    docks: null,
    ebikes: null,
    unknown: 1,
    vehicles_available: null,
    bounds: null,
    country: null,
  });
});

test('a station that vanishes is counted no longer, and again when it is back as it was', async () => {
  const both = [givenStation('1', 3, 0), givenStation('2', 0, 5)];
  await store.poll('flapping', 0, both);
  expect(await current('flapping')).toMatchObject({ stations: 2, bikes: '3', docks: '5', full: 1, empty: 1 });
  await store.poll('flapping', 60, both.slice(0, 1));
  expect(await current('flapping')).toMatchObject({ stations: 1, bikes: '3', docks: '0', full: 1, empty: 0 });
  store.restart();
  await store.poll('flapping', 120, both);
  expect(await current('flapping')).toMatchObject({ stations: 2, bikes: '3', docks: '5', full: 1, empty: 1 });
});

test('its bounds hold all stations, wherever they are said to be, and the vehicles', async () => {
  const place = (station_id: string, lat: number, lon: number) => ({
    station_id,
    name: station_id,
    lat,
    lon,
  });
  await store.poll('placed', 0, [givenStation('1', 1, 1), givenStation('2', 1, 1)]);
  const tell = (second: number, ...stations: object[]) =>
    store.record({ system_id: 'placed', second, feed: 'station_information', body: { data: { stations } } });
  await tell(1, place('1', 59, 10), place('2', 60, 11));
  expect((await current('placed'))?.bounds).toEqual([10, 59, 11, 60]);
  await tell(2, place('1', 58, 10), place('2', 60, 11));
  expect((await current('placed'))?.bounds).toEqual([10, 58, 11, 60]);
  await vehicles(store, 'placed', 60, [bike('1', { lat: 61, lon: 12 })]);
  expect((await current('placed'))?.bounds).toEqual([10, 58, 12, 61]);
});

test('a system of vehicles alone is as late as its list of them', async () => {
  await vehicles(store, 'fleet', 60, [bike('1'), bike('2', { is_disabled: true })]);
  expect(await current('fleet')).toMatchObject({
    stations: 0,
    vehicles_available: 1,
    vehicles_disabled: 1,
    overdue: true,
    age_seconds: expect.any(Number),
  });
});

test('the country comes from polls of discovery, answered or not, and stays when they no longer give it', async () => {
  const countries = () =>
    store.ask(`select system.country, now.country as country_now from api.system
      join api.system_current as now using (system_id) where system_id = 'of-a-country'`);
  const poll = (second: number, country?: string) =>
    store.record({
      system_id: 'of-a-country',
      feed: 'gbfs',
      second,
      outcome: 'failed',
      ...(country !== undefined && { country }),
    });
  await poll(0);
  expect(await countries()).toEqual([{ country: null, country_now: null }]);
  await poll(1, 'NO');
  expect(await countries()).toEqual([{ country: 'NO', country_now: 'NO' }]);
  store.restart();
  await poll(2);
  await poll(3, 'Norway');
  expect(await countries()).toEqual([{ country: 'NO', country_now: 'NO' }]);
  await poll(4, 'SE');
  expect(await countries()).toEqual([{ country: 'SE', country_now: 'SE' }]);
});
