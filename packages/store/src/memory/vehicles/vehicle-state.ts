import type { VehicleState } from '@velolog/gbfs/feeds/vehicle-status';
import type { VehiclePlace } from './vehicle-place.ts';

/**
 * One stay of a vehicle at a place, as a row of velolog.vehicle_stay: it knows no id. Times are epoch milliseconds.
 *
 *   begins --listed alike--> goes on --a poll without it--> ended --back within 15 minutes--> goes on
 */
export type VehicleStay = VehiclePlace & {
  /** 0 until the row is written. */
  stay_key: number;
  vehicle_type_id: string | null;
  station_id: string | null;
  state: VehicleState;
  /** Whole kilometres when the stay began; null when the feed did not tell. */
  range_km: number | null;
  /** The first poll with it. */
  from_at: number;
  /** The first poll without it; null: it is still there. */
  to_at: number | null;
  /** Somebody looked just before it began. */
  begin_seen: boolean;
  /** Somebody looked just before it ended; null while it goes on. */
  end_seen: boolean | null;
};

/** A vehicle that is listed, or was until 15 minutes ago. The only place where an id is kept. */
export type ListedVehicle = {
  vehicle_id: string;
  stay: VehicleStay;
  /** Whole kilometres now. */
  range_km: number | null;
};

/** What is remembered of one list of vehicles. Bounded by the two newest lists and what left in the last 15 minutes. */
export type VehicleListState = {
  listed: Map<string, ListedVehicle>;
  /** Their stays have ended, but may go on. */
  gone: Map<string, ListedVehicle>;
};

export function noVehicles(): VehicleListState {
  return { listed: new Map(), gone: new Map() };
}

/** The state as rows of what is listed: everything that a worker who takes over needs. */
export function toRows(state: VehicleListState): ListedVehicle[] {
  return [...state.listed.values(), ...state.gone.values()];
}

/** The state that `toRows` gave, in whatever order its rows come back. */
export function fromRows(rows: Iterable<ListedVehicle>): VehicleListState {
  const state = noVehicles();
  for (const vehicle of rows) {
    const side = vehicle.stay.to_at === null ? state.listed : state.gone;
    side.set(vehicle.vehicle_id, vehicle);
  }
  return state;
}
