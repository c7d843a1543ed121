import type { TestStore } from '../workers/test-store.ts';

/** Every id in here contains this mark, so that a test can search for it wherever a reader can look. */
export const MARK = 'MARKED-VEHICLE-ID';

/** Records a list of vehicles of a system, fetched `second` seconds after the start of the test's time. */
export function vehicles(
  store: TestStore,
  system_id: string,
  second: number,
  bikes: object[],
  feed = 'free_bike_status',
) {
  return store.record({ system_id, feed, second, body: { ttl: 60, data: { bikes } } });
}

/** A vehicle, `east` metres east of the common place. */
export function bike(id: string, more: { east?: number } & Record<string, unknown> = {}) {
  const { east = 0, ...rest } = more;
  return {
    bike_id: `${MARK}-${id}`,
    lat: 59.9,
    lon: 10.7 + east / 55_000,
    is_reserved: false,
    is_disabled: false,
    ...rest,
  };
}

const TYPES = [
  { vehicle_type_id: 's', form_factor: 'scooter_standing', propulsion_type: 'electric' },
  { vehicle_type_id: 'e', form_factor: 'bicycle', propulsion_type: 'electric_assist' },
  { vehicle_type_id: 'h', form_factor: 'bicycle', propulsion_type: 'human' },
];

export function tellTypes(store: TestStore, system_id: string, second = 0, vehicle_types: object[] = TYPES) {
  return store.record({ system_id, feed: 'vehicle_types', second, body: { data: { vehicle_types } } });
}
