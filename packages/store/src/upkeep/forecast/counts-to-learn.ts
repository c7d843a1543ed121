import type { StationStatus } from '@velolog/gbfs/feeds/station-status';
import { packFlags } from '../../memory/flags.ts';
import { stationStateOf } from '../../memory/station-state.ts';

/**
 * A station as a forecast learns from it. Of a closed one nobody takes a bike, so what it holds teaches nothing of what comes when it is open: its counts are
 * not known. The twin of `counted` in read-recorded-history.ts, for recordings.
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
