import type { StationStatus } from '@velolog/gbfs/feeds/station-status';
import { packFlags } from '../../memory/flags.ts';
import { stationStateOf } from '../../memory/station-state.ts';

/**
 * A station as a forecast learns from it. Nobody takes a bike from a closed station, so its counts teach nothing about
 * the time after it opens: they count as unknown. This is for recordings; `counted` in read-recorded-history.ts is the
 * same rule for the tables.
 */
export function countsToLearn(
  row: StationStatus,
): Pick<StationStatus, 'station_id' | 'num_bikes_available' | 'num_docks_available'> {
  const { station_id, num_bikes_available, num_docks_available } = row;
  const state = stationStateOf(num_bikes_available ?? -1, num_docks_available ?? -1, packFlags(row));
  return state === 'closed'
    ? { station_id, num_bikes_available: null, num_docks_available: null }
    : { station_id, num_bikes_available, num_docks_available };
}
