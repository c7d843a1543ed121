import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { at } from '../../../../test/history/city.ts';
import { scooter } from '../../../../test/history/told-fleets.ts';
import { tellTypes, vehicles } from '../../../../test/history/told-vehicles.ts';
import { openEvents } from '../../../../test/workers/event-source.ts';
import { startTestLive, type TestLive } from '../../../../test/workers/test-live.ts';
import { openTestStore, type TestStore } from '../../../../test/workers/test-store.ts';
import { healthEvent, type VehiclesEvent, vehiclesEvent } from '../api/events.ts';
import { type Vehicle, vehicles as vehiclesAnswer } from '../api/vehicle.ts';

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
