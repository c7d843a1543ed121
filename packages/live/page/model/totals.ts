import { countStates } from './filter.ts';
import type { Station } from './station.ts';

export type Totals = {
  stations: number;
  /** Null when no station says it. */
  bikes: number | null;
  docks: number | null;
  empty: number;
  full: number;
  /** Not renting or not there. */
  closed: number;
};

export function totalsOf(stations: readonly Station[]): Totals {
  const counts = countStates(stations);
  const present = stations.filter(({ state }) => state !== 'absent');
  return {
    stations: present.length,
    bikes: sumOf(present, ({ num_bikes_available }) => num_bikes_available),
    docks: sumOf(present, ({ num_docks_available }) => num_docks_available),
    empty: counts.empty,
    full: counts.full,
    closed: counts.closed + counts.absent,
  };
}

/**
 * Bikes being ridden now, at most: no feed says how many bikes a system has, so the most that stood at stations at
 * once in the window is taken for all of them. Null while that is not known.
 */
export function bikesInUse(mostAtOnce: number | null, bikesNow: number | null): number | null {
  if (mostAtOnce === null || bikesNow === null) return null;
  return Math.max(0, mostAtOnce - bikesNow);
}

function sumOf(stations: readonly Station[], pick: (station: Station) => number | null): number | null {
  let sum: number | null = null;
  for (const station of stations) {
    const value = pick(station);
    if (value !== null) sum = (sum ?? 0) + value;
  }
  return sum;
}
