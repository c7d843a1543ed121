import { checkQualityOnce } from '@velolog/store/upkeep/quality/check-quality';
import { rollUpAll } from '@velolog/store/upkeep/roll-up';
import { rollUpVehicles } from '@velolog/store/upkeep/vehicle-hours';
import { bike, MARK, tellTypes, vehicles } from '../history/told-vehicles.ts';
import { at, type TestStore } from '../workers/test-store.ts';

/** A vehicle with the mark wherever a publisher puts something about one. */
export const marked = (id: string, east: number, more: object = {}) =>
  bike(id, {
    east,
    vehicle_type_id: 'e',
    name: `${MARK}-plate`,
    rental_uris: { web: `https://example.org/${MARK}` },
    vehicle_equipment: [MARK],
    ...more,
  });

/** Three minutes of the system `marked`, a fleet with a station, and a body of it that is no JSON. */
export async function tellMarkedFleet(store: TestStore): Promise<void> {
  await tellTypes(store, 'marked');
  await store.record({
    system_id: 'marked',
    feed: 'station_information',
    second: 0,
    body: { data: { stations: [{ station_id: 'dock', name: 'Dock', lat: 59.9, lon: 10.7 }] } },
  });
  await store.poll('marked', 0, [
    {
      station_id: 'dock',
      num_bikes_available: 1,
      vehicle_types_available: [{ vehicle_type_id: 'e', count: 1 }],
    },
  ]);
  await vehicles(store, 'marked', 0, [marked('1', 0), marked('2', 300, { station_id: 'dock' })]);
  await vehicles(store, 'marked', 60, [marked('1', 900), marked('3', 600)]);
  await vehicles(store, 'marked', 120, [marked('1', 900, { is_reserved: true })]);
  await store.record({ system_id: 'marked', feed: 'free_bike_status', second: 180, body: `<html>${MARK}` });
}

/** Hours of another fleet, which are rolled up and checked as upkeep does, with vehicles that differ in all that can be told of one. */
export async function tellMarkedHours(store: TestStore): Promise<void> {
  await store.record({
    system_id: 'hours',
    feed: 'system_information',
    second: -9_000,
    body: { data: { system_id: 'hours', name: 'Hours', timezone: 'Europe/Oslo' } },
  });
  await tellTypes(store, 'hours', -9_000);
  for (let second = -9_000; second <= 0; second += 300) {
    await vehicles(store, 'hours', second, [
      marked('h1', (second / 300) % 2 === 0 ? 0 : 400, { current_range_meters: 9_000 }),
      marked('h2', 700, { is_disabled: second > -3_000 }),
      { ...marked('h3', 0), lat: 0, lon: 0 },
      { ...marked('h4', 0), vehicle_type_id: `of ${second}` },
    ]);
  }
  await rollUpVehicles(store.context.pool);
  await rollUpAll(store.context.pool);
  await checkQualityOnce(store.context.pool, at(60));
}
