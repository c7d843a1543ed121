import { stationStateOf } from '../station-state.ts';
import type { LaneState } from '../system-state.ts';

/** What the present stations of a list offer together. Counts that no station gives are null. */
export type StationSummary = {
  stations: number;
  bikes: number | null;
  docks: number | null;
  empty: number;
  full: number;
  closed: number;
  unknown: number;
  /**
   * How many stations give counts by type. The database derives the e-bikes from them, because it has the definitions
   * of the types.
   */
  tell_types: number;
};

/** Gives the same sums as `api.station_current`: sql/views/now/system_current.test.ts compares the two. */
export function summariseStations({ stations }: Pick<LaneState, 'stations'>): StationSummary {
  const summary: StationSummary = {
    stations: 0,
    bikes: null,
    docks: null,
    empty: 0,
    full: 0,
    closed: 0,
    unknown: 0,
    tell_types: 0,
  };
  for (const {
    absence,
    num_bikes_available: bikes,
    num_docks_available: docks,
    flags,
    types,
  } of stations.values()) {
    if (absence !== null) continue;
    summary.stations += 1;
    if (bikes >= 0) summary.bikes = (summary.bikes ?? 0) + bikes;
    if (docks >= 0) summary.docks = (summary.docks ?? 0) + docks;
    const state = stationStateOf(bikes, docks, flags);
    if (state !== 'ok') summary[state] += 1;
    if (types !== null) summary.tell_types += 1;
  }
  return summary;
}
