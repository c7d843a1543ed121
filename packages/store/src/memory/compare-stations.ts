import type { StationStatus } from '@velolog/gbfs/feeds/station-status';
import { compareTypes, tellsTypes } from './compare-types.ts';
import { packFlags } from './flags.ts';
import type { PendingWrites } from './pending-writes.ts';
import { stationStateOf } from './station-state.ts';
import type { LaneState, StationState, SystemState } from './system-state.ts';

/**
 * Compares a non-empty station list with the last known state of its lane: writes a row for each station that is new or
 * differs, and an absence for each that the list lacks. This is the hot path: 24 of 25 stations end at `isSame`.
 *
 * `isLive`: the lane is the newest, so station_state follows it; history does not change the present.
 * @returns whether anything has changed: a row, a count of a type, or which stations are listed
 */
export function compareStations(
  system: SystemState,
  lane: LaneState,
  list: StationStatus[],
  at: number,
  isLive: boolean,
  writes: PendingWrites,
): boolean {
  const poll = ++lane.poll_number;
  const last_seen_at = lane.lane.observed_at ?? at;
  const rowsBefore = writes.status.length;
  const typeRowsBefore = writes.typeStatus.length;
  let hasMoved = false;
  for (const row of list) {
    const flags = packFlags(row);
    let station = lane.stations.get(row.station_id);
    if (station === undefined) {
      station = newStation(row.station_id, at);
      lane.stations.set(row.station_id, station);
      lane.present += 1;
      writes.stations.set(station, { system, first_observed_at: at });
      remember(station, row, flags, at, isLive, writes);
    } else {
      if (station.absence !== null) {
        endAbsence(lane, station, at, isLive, writes);
        hasMoved = true;
      }
      if (!isSame(station, row, flags)) {
        remember(station, row, flags, at, isLive, writes);
        lane.values_changed_at = at;
      }
    }
    if (station.types !== null || tellsTypes(row)) compareTypes(system, station, row, at, isLive, writes);
    station.seen_in_poll = poll;
  }
  if (writes.status.length > rowsBefore) lane.changed_at = at;
  if (list.length < lane.present) {
    for (const station of lane.stations.values()) {
      if (station.seen_in_poll === poll || station.absence !== null) continue;
      station.absence = { station, last_seen_at, from_at: at, to_at: null };
      lane.present -= 1;
      writes.absences.add(station.absence);
      hasMoved = true;
    }
  }
  return hasMoved || writes.status.length > rowsBefore || writes.typeStatus.length > typeRowsBefore;
}

/** last_reported is not compared: on most feeds it changes with every poll, whether or not anything happened. */
function isSame(station: StationState, row: StationStatus, flags: number): boolean {
  return (
    station.num_bikes_available === (row.num_bikes_available ?? -1) &&
    station.num_docks_available === (row.num_docks_available ?? -1) &&
    station.flags === flags &&
    station.num_bikes_disabled === (row.num_bikes_disabled ?? -1) &&
    station.num_docks_disabled === (row.num_docks_disabled ?? -1)
  );
}

function remember(
  station: StationState,
  row: StationStatus,
  flags: number,
  at: number,
  isLive: boolean,
  writes: PendingWrites,
): void {
  const before = stationStateOf(station.num_bikes_available, station.num_docks_available, station.flags);
  station.num_bikes_available = row.num_bikes_available ?? -1;
  station.num_docks_available = row.num_docks_available ?? -1;
  station.num_bikes_disabled = row.num_bikes_disabled ?? -1;
  station.num_docks_disabled = row.num_docks_disabled ?? -1;
  station.flags = flags;
  station.last_reported = row.last_reported;
  station.observed_at = at;
  if (stationStateOf(station.num_bikes_available, station.num_docks_available, flags) !== before)
    station.state_since = at;
  writes.status.push({
    station,
    observed_at: at,
    last_reported: row.last_reported,
    num_bikes_available: station.num_bikes_available,
    num_docks_available: station.num_docks_available,
    num_bikes_disabled: station.num_bikes_disabled,
    num_docks_disabled: station.num_docks_disabled,
    flags,
  });
  if (isLive) writes.states.add(station);
}

function endAbsence(
  lane: LaneState,
  station: StationState,
  at: number,
  isLive: boolean,
  writes: PendingWrites,
): void {
  if (station.absence === null) return;
  station.absence.to_at = at;
  writes.absences.add(station.absence);
  station.absence = null;
  station.state_since = at;
  lane.present += 1;
  if (isLive) writes.states.add(station);
}

function newStation(station_id: string, at: number): StationState {
  return {
    station_key: 0,
    station_id,
    observed_at: at,
    last_reported: null,
    num_bikes_available: -1,
    num_docks_available: -1,
    num_bikes_disabled: -1,
    num_docks_disabled: -1,
    flags: 0,
    state_since: at,
    seen_in_poll: 0,
    absence: null,
    types: null,
  };
}
