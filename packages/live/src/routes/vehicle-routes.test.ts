import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { at } from '../../../../test/history/city.ts';
import { bike, tellTypes, vehicles } from '../../../../test/history/told-vehicles.ts';
import { startTestLive, type TestLive } from '../../../../test/workers/test-live.ts';
import { openTestStore, type TestStore } from '../../../../test/workers/test-store.ts';
import { stations } from '../api/station.ts';
import { systemDetail, systems } from '../api/system.ts';
import { type Vehicle, vehicleFeatures, vehicles as vehiclesAnswer } from '../api/vehicle.ts';
import { vehicleReplay } from '../api/vehicle-replay.ts';

let store: TestStore;
let live: TestLive;
beforeAll(async () => {
  store = await openTestStore();
  live = await startTestLive(store.readerUrl);
});
afterAll(async () => {
  await live[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
});

const list = async (system: string) => vehiclesAnswer.parse(await live.json(`/systems/${system}/vehicles`));

const scooter = (id: string, east: number, more: object = {}) =>
  bike(id, { east, vehicle_type_id: 's', ...more });

describe('/vehicles', () => {
  test('gives each as it stands now, without an id, as JSON and GeoJSON, and is not sent again to a client that has it', async () => {
    await tellTypes(store, 'street');
    await vehicles(store, 'street', 0, [scooter('1', 0)]);
    await vehicles(store, 'street', 60, [
      scooter('1', 0, { current_range_meters: 12_900 }),
      scooter('2', 900, { is_disabled: true }),
      bike('3', { lat: null, lon: null, station_id: 'dock' }),
    ]);
    const answer = await list('street');
    expect(answer).toMatchObject({ system_id: 'street', observed_at: at(60) });
    const expected: Vehicle[] = [
      {
        vehicle_type_id: 's',
        form_factor: 'scooter_standing',
        propulsion_type: 'electric',
        lat: 59.9,
        lon: 10.7,
        station_id: null,
        state: 'available',
        range_meters: 12_000,
        since: at(0),
        since_seen: false,
      },
      expect.objectContaining({ state: 'disabled', range_meters: null, since: at(60), since_seen: true }),
      expect.objectContaining({
        vehicle_type_id: null,
        form_factor: null,
        lat: null,
        lon: null,
        station_id: 'dock',
      }),
    ];
    expect(answer.vehicles).toHaveLength(3);
    expect(answer.vehicles).toEqual(expect.arrayContaining(expected));
    const geo = await live.get('/systems/street/vehicles.geojson');
    expect(geo.headers.get('content-type')).toBe('application/geo+json');
    const { features } = vehicleFeatures.parse(await geo.json());
    expect(features.map(({ geometry }) => geometry?.coordinates[0] ?? null).sort()).toEqual([
      10.7,
      10.71636,
      null,
    ]);
    for (const form of ['vehicles', 'vehicles.geojson']) {
      const etag = (await live.get(`/systems/street/${form}`)).headers.get('etag') as string;
      const again = await live.get(`/systems/street/${form}`, { headers: { 'if-none-match': etag } });
      expect([again.status, await again.text()]).toEqual([304, '']);
    }
  });

  test('has another version when a type is defined though no vehicle moved', async () => {
    await vehicles(store, 'typed', 0, [scooter('1', 0)]);
    const before = await list('typed');
    expect(before.vehicles).toMatchObject([{ vehicle_type_id: 's', form_factor: null }]);
    await tellTypes(store, 'typed', 30);
    await expect.poll(async () => (await list('typed')).version).not.toBe(before.version);
    expect((await list('typed')).vehicles).toMatchObject([{ form_factor: 'scooter_standing' }]);
  });

  test('is empty if no vehicle is parked or no feed lists them, and 404 if the system does not exist', async () => {
    await vehicles(store, 'winter', 0, []);
    expect(await list('winter')).toMatchObject({ observed_at: at(0), vehicles: [] });
    await store.poll('docked', 0, [{ station_id: '1', num_bikes_available: 1 }]);
    expect(await list('docked')).toMatchObject({ observed_at: null, vehicles: [] });
    expect((await live.get('/systems/nowhere/vehicles')).status).toBe(404);
  });
});

describe('totals', () => {
  test('count free-floating vehicles by form factor and state, docked ones separately, and e-bikes', async () => {
    await tellTypes(store, 'both');
    await store.poll('both', 0, [
      {
        station_id: 'dock',
        num_bikes_available: 3,
        num_docks_available: 1,
        vehicle_types_available: [
          { vehicle_type_id: 'e', count: 2 },
          { vehicle_type_id: 'h', count: 1 },
        ],
      },
    ]);
    await vehicles(store, 'both', 0, [
      scooter('1', 0),
      scooter('2', 900, { is_reserved: true }),
      bike('3', { east: 1_800, vehicle_type_id: 'e' }),
      bike('4', { east: 2_700, vehicle_type_id: 'e', station_id: 'dock' }),
    ]);
    const one = systemDetail.parse(await live.json('/systems/both'));
    expect(one).toMatchObject({
      bikes: 3,
      overdue: true,
      vehicles_observed_at: at(0),
      vehicles: [
        { form_factor: 'bicycle', available: 1, reserved: 0, disabled: 0, docked: 1 },
        { form_factor: 'scooter_standing', available: 1, reserved: 1, disabled: 0, docked: 0 },
      ],
    });
    const all = systems.parse(await live.json('/systems'));
    expect(all.systems.find(({ system_id }) => system_id === 'both')?.vehicles).toEqual(one.vehicles);
    const { stations: found } = stations.parse(await live.json('/systems/both/stations'));
    expect(found).toMatchObject([{ num_bikes_available: 3, num_ebikes_available: 2 }]);
  });

  test('of a system without stations are those of its vehicles: when it was seen, where it lies, and whether it is late', async () => {
    await vehicles(store, 'free', 0, [scooter('1', 0)]);
    await vehicles(store, 'free', 60, [scooter('1', 0), scooter('2', 5_500)]);
    expect(systemDetail.parse(await live.json('/systems/free'))).toMatchObject({
      stations: 0,
      vehicles: [{ form_factor: null, available: 2 }],
      first_observed_at: at(0),
      last_observed_at: at(60),
      overdue: true,
      bounds: [10.7, 59.9, 10.8, 59.9],
    });
    await vehicles(store, 'put away', 0, []);
    expect(systemDetail.parse(await live.json('/systems/put away')).vehicles).toEqual([]);
    await store.poll('only docks', 0, [{ station_id: '1', num_bikes_available: 1 }]);
    expect(systemDetail.parse(await live.json('/systems/only docks')).vehicles).toBeNull();
  });
});

describe('/vehicles/replay', () => {
  test('gives the stays of a window, without those at stations, and the unobserved times', async () => {
    await tellTypes(store, 'past');
    await vehicles(store, 'past', 0, [scooter('1', 0), scooter('2', 900)]);
    await vehicles(store, 'past', 60, [scooter('1', 0), bike('3', { station_id: 'dock' })]);
    await vehicles(store, 'past', 120, [scooter('1', 0)]);
    await vehicles(store, 'past', 3_000, [scooter('1', 1_800)]);
    const replay = vehicleReplay.parse(
      await live.json(`/systems/past/vehicles/replay?from=${at(30)}&to=${at(3_000)}`),
    );
    expect(replay.kinds).toEqual([['scooter_standing', 'electric']]);
    expect(replay.states).toEqual(['available', 'reserved', 'disabled']);
    expect(replay.stays).toEqual([
      [59.9, 10.7, 0, 0, -30, 2_970],
      [59.9, expect.closeTo(10.71636), 0, 0, -30, 30],
      [59.9, expect.closeTo(10.73273), 0, 0, 2_970, null],
    ]);
    expect(replay.gaps).toEqual([{ from_at: at(120), to_at: at(3_000) }]);
    const long = await live.get(`/systems/past/vehicles/replay?from=${at(0)}&to=${at(3 * 86_400)}`);
    expect([long.status, ((await long.json()) as { parameter: string }).parameter]).toEqual([400, 'from']);
  });
});
