import type { VehicleStatus } from '@velolog/gbfs/feeds/vehicle-status';
import { type Tally, tally } from '@velolog/gbfs/tally';
import { needVehicleType } from '../compare-types.ts';
import type { PendingWrites } from '../pending-writes.ts';
import type { FeedState, LaneState } from '../system-state.ts';
import { areIdsOver } from './ids-kept.ts';
import type { ListedVehicle } from './vehicle-state.ts';
import { compareVehicles, forgetGone, type VehicleChanges } from './vehicle-stays.ts';

/**
 * Compares a list of vehicles with the previous one of its lane. `observedBefore`: when that was observed, null if
 * never.
 */
export function applyVehicles(
  feed: FeedState,
  state: LaneState,
  list: readonly VehicleStatus[],
  {
    at,
    lookedBefore,
    observedBefore,
    coerced,
  }: { at: number; lookedBefore: boolean; observedBefore: number | null; coerced: Tally },
  writes: PendingWrites,
): void {
  if (areIdsOver(observedBefore, at)) endAll(feed, state, at, writes);
  const isFirst = observedBefore === null;
  const refused = new Set<string>();
  for (const { vehicle_type_id } of list) {
    if (vehicle_type_id !== null && !needVehicleType(feed.system, vehicle_type_id, writes))
      refused.add(vehicle_type_id);
  }
  const known = refused.size === 0 ? list : list.map((vehicle) => withoutType(vehicle, refused, coerced));
  const changes = compareVehicles(state.vehicles.open(), known, at, lookedBefore);
  if (!isFirst && changes.begun.length + changes.ended.length > 0) state.values_changed_at = at;
  gather(feed, state, changes, writes);
}

function withoutType(vehicle: VehicleStatus, refused: ReadonlySet<string>, coerced: Tally): VehicleStatus {
  if (vehicle.vehicle_type_id === null || !refused.has(vehicle.vehicle_type_id)) return vehicle;
  tally(coerced, 'too_many_vehicle_types');
  return { ...vehicle, vehicle_type_id: null };
}

/**
 * For a poll without a list, or with the same list as before: ids are kept for 15 minutes, not until the feed answers
 * again.
 */
export function forgetIds(feed: FeedState, state: LaneState, at: number, writes: PendingWrites): void {
  const forgotten: string[] = [];
  forgetGone(state.vehicles.open(), at, { forgotten });
  const rows = forgotten.length > 0 ? rowsOf(feed, state, writes) : null;
  for (const id of forgotten) rows?.set(id, null);
}

/** For a poll without a list after ids have expired: the vehicles stay, without a name, until the next observation. */
export function forgetNames(feed: FeedState, state: LaneState, writes: PendingWrites): void {
  if (!state.vehicles.hasNames) return;
  const rows = rowsOf(feed, state, writes);
  for (const id of state.vehicles.forgetNames()) rows.set(id, null);
}

function endAll(feed: FeedState, state: LaneState, at: number, writes: PendingWrites): void {
  const vehicles = state.vehicles.open();
  gather(feed, state, compareVehicles(vehicles, [], at, false), writes);
  const rows = rowsOf(feed, state, writes);
  for (const id of vehicles.gone.keys()) rows.set(id, null);
  vehicles.gone.clear();
}

function gather(feed: FeedState, state: LaneState, changes: VehicleChanges, writes: PendingWrites): void {
  for (const stays of [changes.begun, changes.ended, changes.corrected]) {
    for (const stay of stays) writes.stays.set(stay, feed);
  }
  if (changes.forgotten.length + changes.listed.length === 0) return;
  const rows = rowsOf(feed, state, writes);
  for (const id of changes.forgotten) rows.set(id, null);
  for (const vehicle of changes.listed) rows.set(vehicle.vehicle_id, vehicle);
}

function rowsOf(feed: FeedState, state: LaneState, writes: PendingWrites): Map<string, ListedVehicle | null> {
  let rows = writes.listed.get(state);
  if (rows === undefined) {
    rows = { feed, vehicles: new Map() };
    writes.listed.set(state, rows);
  }
  return rows.vehicles;
}
