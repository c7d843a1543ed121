import type { VehicleState } from '@velolog/gbfs/feeds/vehicle-status';
import type { VehiclePlace } from './vehicle-place.ts';

/**
 * One stay of a vehicle at a place, as a row of velolog.vehicle_stay, without an id. Times are epoch milliseconds.
 *
 * begins --listed unchanged--> continues --a poll without it--> ended --back within 15 minutes--> continues
 */
export type VehicleStay = VehiclePlace & {
  /** 0 until the row is written. */
  stay_key: number;
  vehicle_type_id: string | null;
  station_id: string | null;
  state: VehicleState;
  /** Whole kilometres when the stay began; null when the feed did not give it. */
  range_km: number | null;
  /** The first poll that listed it. */
  from_at: number;
  /** The first poll without it; null while it is there. */
  to_at: number | null;
  /** Whether the poll just before its beginning was an observation. */
  begin_seen: boolean;
  /** Whether the poll just before its end was an observation; null while it continues. */
  end_seen: boolean | null;
};

/** A vehicle that is listed, or was listed until at most 15 minutes ago. Ids are kept nowhere else. */
export type ListedVehicle = {
  vehicle_id: string;
  stay: VehicleStay;
  /** Whole kilometres now. */
  range_km: number | null;
};

/**
 * What is remembered of one list of vehicles. Bounded by the two newest lists and the vehicles that left in the last 15
 * minutes.
 */
export type VehicleListState = {
  listed: Map<string, ListedVehicle>;
  /** Vehicles whose stays have ended, but may continue. */
  gone: Map<string, ListedVehicle>;
};

export function noVehicles(): VehicleListState {
  return { listed: new Map(), gone: new Map() };
}

/** The state as rows: everything that a worker needs to take over. */
export function toRows(state: VehicleListState): ListedVehicle[] {
  return [...state.listed.values(), ...state.gone.values()];
}

/** Restores the state from the rows of `toRows`, in any order. */
export function fromRows(rows: Iterable<ListedVehicle>): VehicleListState {
  const state = noVehicles();
  for (const vehicle of rows) {
    const side = vehicle.stay.to_at === null ? state.listed : state.gone;
    side.set(vehicle.vehicle_id, vehicle);
  }
  return state;
}
