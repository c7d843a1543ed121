import type { VehicleStatus } from '@velolog/gbfs/feeds/vehicle-status';
import { compareText, matchByPlace, SAME_PLACE_METERS } from './match-vehicles.ts';
import { metersBetween, toPlace } from './vehicle-place.ts';
import type { ListedVehicle, VehicleListState, VehicleStay } from './vehicle-state.ts';

/**
 * A vehicle that is back under the same id within this time and distance never left: it was a ride around the block, or
 * a gap in the list.
 */
const BACK_WITHIN_MS = 15 * 60_000;
const BACK_WITHIN_METERS = 100;

/** A feed that gives every vehicle a new id and position at each poll would otherwise fill memory in 15 minutes. */
const GONE_MAX = 100_000;

/** What a poll changed. Each list contains only what is new, so that a poll without rides writes nothing. */
export type VehicleChanges = {
  begun: VehicleStay[];
  ended: VehicleStay[];
  /** Stays that had ended but continue, or whose position is known better. */
  corrected: VehicleStay[];
  /** Vehicles whose row in the list is new or different. */
  listed: ListedVehicle[];
  /** Ids to forget. */
  forgotten: string[];
};

/**
 * Compares a list of vehicles with what was listed before. An empty list counts as a list: nothing is parked.
 *
 * A stay continues while the same id is listed within 50 m of where it began, with the same type, state and station;
 * also if the vehicle was away for at most 15 minutes and is back within 100 m. If ids rotate (`doIdsRotate`), the
 * remaining vehicles are matched by type and place. Everything else ends or begins at this poll.
 *
 * `lookedBefore`: the poll before was an observation, without a hole. The order of the list does not matter; of rows
 * with the same id the last one counts.
 */
export function compareVehicles(
  state: VehicleListState,
  list: readonly VehicleStatus[],
  at: number,
  lookedBefore: boolean,
): VehicleChanges {
  const changes: VehicleChanges = { begun: [], ended: [], corrected: [], listed: [], forgotten: [] };
  const now = new Map(list.map((vehicle) => [vehicle.vehicle_id, vehicle]));
  const before = state.listed;
  const fresh: VehicleStatus[] = [];
  state.listed = new Map();
  for (const vehicle of now.values()) {
    const known = before.get(vehicle.vehicle_id);
    if (known !== undefined) follow(state, known, vehicle, at, lookedBefore, changes);
    else if (!comeBack(state, vehicle, at, changes)) fresh.push(vehicle);
  }
  const vanished = new Map(Array.from(before).filter(([id]) => !now.has(id)));
  const matched = doIdsRotate(before.size, vanished.size, now.size)
    ? matchByPlace(vanished.values(), fresh)
    : new Map<VehicleStatus, ListedVehicle>();
  for (const [vehicle, { vehicle_id, stay }] of matched) {
    vanished.delete(vehicle_id);
    changes.forgotten.push(vehicle_id);
    enlist(state, vehicle, stay, changes);
  }
  for (const vehicle of fresh) {
    if (!matched.has(vehicle)) begin(state, vehicle, at, lookedBefore, changes);
  }
  for (const vehicle of vanished.values()) {
    end(vehicle.stay, at, lookedBefore, changes);
    state.gone.set(vehicle.vehicle_id, vehicle);
    changes.listed.push(vehicle);
  }
  forgetGone(state, at, changes);
  return inFixedOrder(changes);
}

/**
 * Ids rotate if fewer than half of them survived and most of the ids listed now are new. If half of the vehicles are
 * collected at once, few ids survive too, but no new ones replace them.
 */
function doIdsRotate(before: number, vanished: number, now: number): boolean {
  const survived = before - vanished;
  return survived * 2 < before && survived * 2 < now;
}

/** The vehicle was listed before under this id. */
function follow(
  state: VehicleListState,
  known: ListedVehicle,
  vehicle: VehicleStatus,
  at: number,
  lookedBefore: boolean,
  changes: VehicleChanges,
): void {
  const { stay } = known;
  if (!isAlike(stay, vehicle) || !isWithin(stay, vehicle, SAME_PLACE_METERS)) {
    end(stay, at, lookedBefore, changes);
    begin(state, vehicle, at, lookedBefore, changes);
    return;
  }
  state.listed.set(known.vehicle_id, known);
  if (stay.lat_e5 === null && vehicle.lat !== null) {
    Object.assign(stay, toPlace(vehicle));
    changes.corrected.push(stay);
  }
  const range_km = toKilometres(vehicle.current_range_meters);
  if (known.range_km === range_km) return;
  known.range_km = range_km;
  changes.listed.push(known);
}

/** Whether the vehicle left a moment ago; then its stay continues at its current position. */
function comeBack(
  state: VehicleListState,
  vehicle: VehicleStatus,
  at: number,
  changes: VehicleChanges,
): boolean {
  const known = state.gone.get(vehicle.vehicle_id);
  if (known === undefined) return false;
  const { stay } = known;
  if (at - (stay.to_at ?? at) > BACK_WITHIN_MS) return false;
  if (!isAlike(stay, vehicle) || !isWithin(stay, vehicle, BACK_WITHIN_METERS)) return false;
  stay.to_at = null;
  stay.end_seen = null;
  // An open stay must be within 50 m of the listed position.
  if (!isWithin(stay, vehicle, SAME_PLACE_METERS) || stay.lat_e5 === null)
    Object.assign(stay, toPlace(vehicle));
  changes.corrected.push(stay);
  enlist(state, vehicle, stay, changes);
  return true;
}

function begin(
  state: VehicleListState,
  vehicle: VehicleStatus,
  at: number,
  lookedBefore: boolean,
  changes: VehicleChanges,
): void {
  const stay: VehicleStay = {
    stay_key: 0,
    vehicle_type_id: vehicle.vehicle_type_id,
    station_id: vehicle.station_id,
    ...toPlace(vehicle),
    state: vehicle.state,
    range_km: toKilometres(vehicle.current_range_meters),
    from_at: at,
    to_at: null,
    begin_seen: lookedBefore,
    end_seen: null,
  };
  changes.begun.push(stay);
  enlist(state, vehicle, stay, changes);
}

function end(stay: VehicleStay, at: number, lookedBefore: boolean, changes: VehicleChanges): void {
  stay.to_at = at;
  stay.end_seen = lookedBefore;
  changes.ended.push(stay);
}

function enlist(
  state: VehicleListState,
  vehicle: VehicleStatus,
  stay: VehicleStay,
  changes: VehicleChanges,
): void {
  const listed = {
    vehicle_id: vehicle.vehicle_id,
    stay,
    range_km: toKilometres(vehicle.current_range_meters),
  };
  // An older stay under the same id can no longer continue.
  state.gone.delete(listed.vehicle_id);
  state.listed.set(listed.vehicle_id, listed);
  changes.listed.push(listed);
}

function isAlike(stay: VehicleStay, vehicle: VehicleStatus): boolean {
  return (
    stay.vehicle_type_id === vehicle.vehicle_type_id &&
    stay.state === vehicle.state &&
    stay.station_id === vehicle.station_id
  );
}

/** If one of two positions is unknown, the station that they share is enough. */
function isWithin(stay: VehicleStay, vehicle: VehicleStatus, meters: number): boolean {
  const apart = metersBetween(stay, vehicle);
  return apart === null || apart <= meters;
}

/** Feeds give metres, but only kilometres are meaningful, and a row for each metre would be one a minute. */
function toKilometres(meters: number | null): number | null {
  return meters === null ? null : Math.floor(meters / 1000);
}

/** Must also be called at polls without a list: ids are kept for 15 minutes, not until the feed answers again. */
export function forgetGone(
  state: VehicleListState,
  at: number,
  changes: Pick<VehicleChanges, 'forgotten'>,
): void {
  for (const [id, { stay }] of state.gone) {
    if (at - (stay.to_at ?? at) <= BACK_WITHIN_MS) continue;
    state.gone.delete(id);
    changes.forgotten.push(id);
  }
  if (state.gone.size <= GONE_MAX) return;
  const newestFirst = [...state.gone.values()].sort(
    (left, right) =>
      (right.stay.to_at ?? 0) - (left.stay.to_at ?? 0) || compareText(left.vehicle_id, right.vehicle_id),
  );
  for (const { vehicle_id } of newestFirst.slice(GONE_MAX)) {
    state.gone.delete(vehicle_id);
    changes.forgotten.push(vehicle_id);
  }
}

/** By time and place, never by the order of a list, because keys are drawn in this order. */
function inFixedOrder(changes: VehicleChanges): VehicleChanges {
  for (const stays of [changes.begun, changes.ended, changes.corrected]) stays.sort(compareStays);
  changes.listed.sort((left, right) => compareText(left.vehicle_id, right.vehicle_id));
  changes.forgotten.sort(compareText);
  return changes;
}

function compareStays(left: VehicleStay, right: VehicleStay): number {
  return (
    left.from_at - right.from_at ||
    (left.lat_e5 ?? 0) - (right.lat_e5 ?? 0) ||
    (left.lon_e5 ?? 0) - (right.lon_e5 ?? 0) ||
    compareText(left.vehicle_type_id ?? '', right.vehicle_type_id ?? '') ||
    compareText(left.station_id ?? '', right.station_id ?? '') ||
    compareText(left.state, right.state) ||
    (left.range_km ?? -1) - (right.range_km ?? -1)
  );
}
