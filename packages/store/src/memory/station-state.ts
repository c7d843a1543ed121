import { INSTALLED, isDenied, RENTING, RETURNING } from './flags.ts';

/**
 * What a rider finds at a station, as a name. Mirrors `velolog.station_state_of()` in sql/migrations, which the views
 * use; a test runs both over the whole domain. The worker needs its own version because it keeps `state_since`.
 */
export type StationStateName = 'ok' | 'empty' | 'full' | 'closed' | 'unknown';

/** Unknown counts are -1. Flags: see flags.ts. */
export function stationStateOf(
  num_bikes_available: number,
  num_docks_available: number,
  flags: number,
): StationStateName {
  const rents = !isDenied(flags, RENTING);
  const returns = !isDenied(flags, RETURNING);
  if (isDenied(flags, INSTALLED) || !(rents || returns)) return 'closed';
  if (num_bikes_available === 0 || !rents) return 'empty';
  if (num_docks_available === 0 || !returns) return 'full';
  return num_bikes_available < 0 && num_docks_available < 0 ? 'unknown' : 'ok';
}
