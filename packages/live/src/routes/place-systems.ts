import type { PlaceSystem, StationCluster, VehicleCluster } from '../api/place.ts';
import type { System } from '../api/system.ts';
import { type Box, holds, touches } from '../geography/box.ts';

/** From this number on, systems are not read in detail: each is one cluster, and the answer costs no query. */
const COUNTED_MAX = 40_000;

/** The systems that overlap the box, without archives, which say nothing about the present. */
export function systemsIn(box: Box, systems: readonly System[]): System[] {
  return systems.filter(({ bounds, is_archive }) => !is_archive && bounds !== null && touches(box, bounds));
}

export function isLarge(systems: readonly System[], countOf: (system: System) => number): boolean {
  return systems.reduce((sum, system) => sum + countOf(system), 0) > COUNTED_MAX;
}

/** Their ids, and the ids of those that are not known to be on time. */
export function asSystems(systems: readonly System[]): { ids: string[]; late: string[] } {
  return {
    ids: systems.map(({ system_id }) => system_id),
    late: systems.filter(isLate).map(({ system_id }) => system_id),
  };
}

function isLate({ overdue }: System): boolean {
  return overdue !== false;
}

export function placeSystemOf(system: System): PlaceSystem {
  const { system_id, name, operator, country, url, license_url, simulated, overdue, last_observed_at } =
    system;
  return { system_id, name, operator, country, url, license_url, simulated, overdue, last_observed_at };
}

/**
 * A system as one cluster, at the middle of its bounds; null when that is not in the box, or the system has no stations.
 */
export function stationClusterOf(system: System, box: Box): StationCluster | null {
  const middle = middleOf(system);
  if (middle === null || system.stations === 0 || !holds(box, middle)) return null;
  const { stations, bikes, docks, unknown } = system;
  const sums = isLate(system) ? { bikes: null, docks: null, unknown: stations } : { bikes, docks, unknown };
  return { ...middle, systems: 1, stations, ...sums };
}

export function vehicleClusterOf(system: System, box: Box): VehicleCluster | null {
  const middle = middleOf(system);
  const vehicles = vehiclesOf(system);
  if (middle === null || vehicles === 0 || !holds(box, middle)) return null;
  const available = (system.vehicles ?? []).reduce((sum, { available }) => sum + available, 0);
  const sums = isLate(system) ? { available: 0, unknown: vehicles } : { available, unknown: 0 };
  return { ...middle, systems: 1, vehicles, ...sums };
}

/** All listed vehicles, including those at stations. */
export function vehiclesOf({ vehicles }: System): number {
  return (vehicles ?? []).reduce(
    (sum, { available, reserved, disabled, docked }) => sum + available + reserved + disabled + docked,
    0,
  );
}

function middleOf({ bounds }: System): { lat: number; lon: number } | null {
  if (bounds === null) return null;
  const [west, south, east, north] = bounds;
  return { lat: (south + north) / 2, lon: (west + east) / 2 };
}
