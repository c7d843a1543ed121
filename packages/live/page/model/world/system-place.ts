import type { System } from '../../../src/api/system.ts';

/** Where a system is drawn on a map of the world: the middle of its bounds. Null while it has no position. */
export function middleOf({ bounds }: Pick<System, 'bounds'>): { lat: number; lon: number } | null {
  if (bounds === null) return null;
  const [west, south, east, north] = bounds;
  return { lat: (south + north) / 2, lon: (west + east) / 2 };
}

/** How up to date a system is: only `current` describes the present. */
export type Standing = 'current' | 'late' | 'archive' | 'unseen';

export function standingOf({
  is_archive,
  overdue,
  last_observed_at,
}: Pick<System, 'is_archive' | 'overdue' | 'last_observed_at'>): Standing {
  if (is_archive) return 'archive';
  if (last_observed_at === null || overdue === null) return 'unseen';
  return overdue ? 'late' : 'current';
}

export const STANDING_NAMES: Record<Standing, string> = {
  current: 'on time',
  late: 'late',
  archive: 'archive',
  unseen: 'not seen yet',
};

/** What stands in its circle on the map and in lists. */
export const SIGNS: Record<Standing, string> = { current: '', late: '!', archive: '', unseen: '?' };

/** Free-floating vehicles; null when no feed lists vehicles. */
export function freeVehicles({ vehicles }: Pick<System, 'vehicles'>): number | null {
  if (vehicles === null) return null;
  return vehicles.reduce((sum, one) => sum + one.available + one.reserved + one.disabled, 0);
}

/** Its size on the map. */
export function sizeOf(system: Pick<System, 'stations' | 'vehicles'>): number {
  return system.stations + (freeVehicles(system) ?? 0);
}

/** Bikes as a share of all places at its stations, 0 to 1; null when unknown for the present. */
export function shareOf(
  system: Pick<System, 'bikes' | 'docks' | 'is_archive' | 'overdue' | 'last_observed_at'>,
): number | null {
  const { bikes, docks } = system;
  if (standingOf(system) !== 'current' || bikes === null || docks === null || bikes + docks === 0)
    return null;
  return bikes / (bikes + docks);
}

export type WorldTotals = {
  systems: number;
  current: number;
  late: number;
  archives: number;
  /** Added, but never observed. */
  unseen: number;
  stations: number;
  bikes: number | null;
  vehicles: number;
};

/** Only of systems that are on time and of feeds that are polled: the last values of the others are not the present. Null for bikes if no system gives them. */
export function worldTotals(systems: readonly System[]): WorldTotals {
  const totals: WorldTotals = {
    systems: systems.length,
    current: 0,
    late: 0,
    archives: 0,
    unseen: 0,
    stations: 0,
    bikes: null,
    vehicles: 0,
  };
  for (const system of systems) {
    const standing = standingOf(system);
    if (standing === 'late') totals.late++;
    if (standing === 'archive') totals.archives++;
    if (standing === 'unseen') totals.unseen++;
    if (standing !== 'current') continue;
    totals.current++;
    if (!system.stations_are_archive) totals.stations += system.stations;
    if (system.bikes !== null) totals.bikes = (totals.bikes ?? 0) + system.bikes;
    if (system.vehicles_overdue === false)
      totals.vehicles += (system.vehicles ?? []).reduce((sum, { available }) => sum + available, 0);
  }
  return totals;
}

export function systemName({ name, system_id }: Pick<System, 'name' | 'system_id'>): string {
  return (name ?? system_id).replace(/ \(simulated\)$/, '');
}

const countries = new Intl.DisplayNames('en', { type: 'region', fallback: 'code' });

/** `Norway`; an empty text when unknown. */
export function countryName(country: string | null): string {
  return country !== null && /^[A-Z]{2}$/.test(country) ? (countries.of(country) ?? '') : '';
}
