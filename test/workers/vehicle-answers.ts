import type { TestStore } from './test-store.ts';

/** What the views say of the vehicles of a system. */

export function vehiclesNow(store: TestStore, system_id: string) {
  return store.ask(
    `select vehicle_type_id, form_factor, station_id, lat, state, since, since_seen from api.vehicle_current
     where system_id = $1 order by since, lon`,
    [system_id],
  );
}

export function staysOf(store: TestStore, system_id: string) {
  return store.ask(
    `select from_at, to_at, begin_seen, end_seen from api.vehicle_stay_between('epoch', 'infinity', $1) order by 1, 2`,
    [system_id],
  );
}

export function vehicleTotals(store: TestStore, system_id: string) {
  return store.ask(
    `select form_factor, vehicles, available, docked_vehicles from api.vehicle_total where system_id = $1 order by 1`,
    [system_id],
  );
}
