import { countStates } from './filter.ts';
import type { Station } from './station.ts';

/** Null for an unobserved moment, and when no station gives the number. */
export type Totals = {
  stations: number;
  bikes: number | null;
  /** From those stations that give it. */
  ebikes: number | null;
  docks: number | null;
  empty: number | null;
  full: number | null;
  /** Not renting or not there. */
  closed: number | null;
  /** Stations with neither count known. */
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
 * Bikes in use now, at most: no feed gives the number of bikes of a system, so the most that were at stations at once
 * within the window counts as all of them. Null while that is unknown.
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
