import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { at } from '../../../test/history/city.ts';
import { bike, tellTypes, vehicles } from '../../../test/history/told-vehicles.ts';
import { openEvents } from '../../../test/workers/event-source.ts';
import { startTestLive, type TestLive } from '../../../test/workers/test-live.ts';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';
import { alerts, documents, documentVersion, zones } from './api/document.ts';
import { healthEvent, type VehiclesEvent, vehiclesEvent } from './api/events.ts';
import { stations } from './api/station.ts';
import { systemDetail, systems } from './api/system.ts';
import { type Vehicle, vehicleFeatures, vehicles as vehiclesAnswer, vehicleTypes } from './api/vehicle.ts';
import { vehicleReplay } from './api/vehicle-replay.ts';

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
    expect(systemDetail.parse(await live.json('/systems/winter')).vehicles).toEqual([]);
    expect(systemDetail.parse(await live.json('/systems/docked')).vehicles).toBeNull();
  });
});

describe('the events of a system', () => {
  test('lead from any list of vehicles to the newest, row by row, and name its version', async () => {
    const moves: [second: number, bikes: object[]][] = [
      [0, [scooter('1', 0), scooter('2', 300), scooter('3', 600), scooter('3b', 600)]],
      [60, [scooter('1', 0), scooter('3', 600), scooter('4', 900, { vehicle_type_id: '💥' })]],
      [
        120,
        [
          scooter('1', 0, { is_reserved: true }),
          scooter('3', 600),
          scooter('4', 900, { vehicle_type_id: '💥' }),
        ],
      ],
      [180, [scooter('1', 0, { is_reserved: true }), scooter('3', 600, { current_range_meters: 4_000 })]],
      [240, []],
      [300, [scooter('5', 0)]],
    ];
    const [first, ...others] = moves;
    await vehicles(store, 'moving', ...(first as [number, object[]]));
    let held = await list('moving');
    const client = await openEvents(`${live.url}/api/v1/systems/moving/events`);
    expect(healthEvent.parse((await client.next()).data).vehicles).toEqual({
      feed: 'free_bike_status',
      observed_at: at(0),
      version: held.version,
    });
    for (const [second, bikes] of others) {
      await vehicles(store, 'moving', second, bikes);
      const { data } = await client.next(({ event }) => event === 'vehicles');
      const event = vehiclesEvent.parse(data);
      expect(event).toMatchObject({ from_version: held.version, observed_at: at(second), omitted: false });
      held = { ...held, version: event.version, vehicles: apply(held.vehicles, event) };
      const now = await freshList('moving', event.version);
      expect(sorted(held.vehicles)).toEqual(sorted(now.vehicles));
    }
    // A poll with the same list leads on to its version with nothing to do.
    await vehicles(store, 'moving', 360, [scooter('5', 0)]);
    const same = vehiclesEvent.parse((await client.next(({ event }) => event === 'vehicles')).data);
    expect(same).toMatchObject({ from_version: held.version, appeared: [], vanished: [] });
    client.close();
  });

  test('tell of a change of e-bikes though the bikes stay as many', async () => {
    await tellTypes(store, 'swap');
    const poll = (second: number, ebikes: number) =>
      store.poll('swap', second, [
        {
          station_id: '1',
          num_bikes_available: 5,
          num_docks_available: 5,
          vehicle_types_available: [
            { vehicle_type_id: 'e', count: ebikes },
            { vehicle_type_id: 'h', count: 5 - ebikes },
          ],
        },
      ]);
    await poll(10, 1);
    const client = await openEvents(`${live.url}/api/v1/systems/swap/events`);
    await client.next();
    await poll(60, 4);
    const { data } = await client.next(({ event }) => event === 'stations');
    expect(data).toMatchObject({ stations: [{ station_id: '1', num_ebikes_available: 4 }], changes: [] });
    client.close();
  });
});

describe('documents', () => {
  const tell = (feed: string, second: number, data: object) =>
    store.record({ system_id: 'papers', feed, second, body: { data } });

  test('are listed, and given as they hold or held', async () => {
    const plan = (price: number) => ({
      plans: [{ plan_id: 'a', name: 'Day', currency: 'EUR', price, is_taxable: false, description: '' }],
    });
    await tell('system_pricing_plans', 0, plan(5));
    await tell('system_pricing_plans', 60, plan(6));
    const { documents: found } = documents.parse(await live.json('/systems/papers/documents'));
    expect(found).toEqual([{ feed: 'system_pricing_plans', entries: 1, valid_from: at(60), versions: 2 }]);
    const one = async (query = '') =>
      documentVersion.parse(await live.json(`/systems/papers/documents/system_pricing_plans${query}`));
    expect(await one()).toMatchObject({ valid_from: at(60), valid_to: null, entries: [{ price: 6 }] });
    expect(await one(`?at=${at(30)}`)).toMatchObject({ valid_to: at(60), entries: [{ price: 5 }] });
    const none = await live.get(`/systems/papers/documents/system_pricing_plans?at=${at(-30)}`);
    expect(none.status).toBe(404);
    await tellTypes(store, 'papers', 90);
    const types = vehicleTypes.parse(await live.json('/systems/papers/vehicle-types'));
    expect(types.vehicle_types.map(({ vehicle_type_id }) => vehicle_type_id)).toEqual(['e', 'h', 's']);
  });

  test('tell announcements until they are over, and zones as shapes with their rules', async () => {
    const seconds = (text: string) => Date.parse(text) / 1000;
    await tell('system_alerts', 0, {
      alerts: [
        {
          alert_id: 'old',
          type: 'OTHER',
          times: [{ start: 0, end: seconds('2020-01-01') }],
          summary: 'over',
        },
        { alert_id: 'open', type: 'station_closure', station_ids: ['1'], summary: 'Square is closed' },
        { alert_id: 'later', type: 'other', times: [{ start: seconds('2090-01-01') }], summary: 'to come' },
      ],
    });
    const { alerts: found } = alerts.parse(await live.json('/systems/papers/alerts'));
    expect(found.map(({ alert_id }) => alert_id)).toEqual(['later', 'open']);
    expect(found[1]).toMatchObject({ station_ids: ['1'], times: [], valid_from: at(0) });
    // Last heard in June: they may have changed.
    expect(await live.json('/systems/papers/alerts')).toMatchObject({ observed_at: at(0), overdue: true });
    const ring = [
      [10, 59],
      [11, 59],
      [11, 60],
      [10, 59],
    ];
    await tell('geofencing_zones', 0, {
      geofencing_zones: {
        type: 'FeatureCollection',
        features: [
          {
            type: 'Feature',
            geometry: { type: 'MultiPolygon', coordinates: [[ring]] },
            properties: { name: 'Park', rules: [{ ride_allowed: false, ride_through_allowed: false }] },
          },
          { type: 'Feature', geometry: null, properties: { rules: [] } },
        ],
      },
    });
    const answer = await live.get('/systems/papers/zones');
    expect(answer.headers.get('content-type')).toBe('application/geo+json');
    expect(zones.parse(await answer.json()).features).toMatchObject([
      {
        geometry: { type: 'MultiPolygon', coordinates: [[ring]] },
        properties: { name: 'Park', rules: [{ ride_end_allowed: false }] },
      },
      { geometry: null },
    ]);
    for (const path of ['alerts', 'zones', 'documents', 'vehicle-types', 'vehicles/replay'])
      expect((await live.get(`/systems/nowhere/${path}`)).status, path).toBe(404);
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

/** What a client does with an event. */
function apply(held: Vehicle[], { appeared, vanished }: VehiclesEvent): Vehicle[] {
  const left = held.map((vehicle) => JSON.stringify(vehicle));
  for (const gone of vanished) {
    const place = left.indexOf(JSON.stringify(gone));
    expect(place).not.toBe(-1);
    left.splice(place, 1);
  }
  return [...left.map((line) => JSON.parse(line) as Vehicle), ...appeared];
}

/** The answer is shared for a second. */
async function freshList(system: string, version: string) {
  await expect.poll(async () => (await list(system)).version).toBe(version);
  return list(system);
}

function sorted(rows: Vehicle[]): string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}
