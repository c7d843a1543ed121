import { countStates } from './filter.ts';
import type { Station } from './station.ts';

/** Null where nobody looked, and where no station says it. */
export type Totals = {
  stations: number;
  bikes: number | null;
  /** Of the bikes of those stations that tell it. */
  ebikes: number | null;
  docks: number | null;
  empty: number | null;
  full: number | null;
  /** Not renting or not there. */
  closed: number | null;
  /** Of which neither count is known. */
  unknown: number | null;
};

export function totalsOf(stations: readonly Station[]): Totals {
  const counts = countStates(stations);
  const present = stations.filter(({ state }) => state !== 'absent');
  const observed = (count: number) => (counts.unobserved > 0 ? null : count);
  return {
    stations: present.length,
    bikes: sumOf(present, ({ num_bikes_available }) => num_bikes_available),
    ebikes: sumOf(present, ({ num_ebikes_available }) => num_ebikes_available),
    docks: sumOf(present, ({ num_docks_available }) => num_docks_available),
    empty: observed(counts.empty),
    full: observed(counts.full),
    closed: observed(counts.closed + counts.absent),
    unknown: observed(counts.unknown),
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
