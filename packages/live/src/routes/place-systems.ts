import type { PlaceSystem, StationCluster, VehicleCluster } from '../api/place.ts';
import type { System } from '../api/system.ts';
import { type Box, encloses, touches } from '../geography/box.ts';

/** From this number on, systems are not read in detail: each is one cluster. */
const COUNTED_MAX = 40_000;

/** The systems that overlap the box, without archives, which say nothing about the present. */
export function systemsIn(box: Box, systems: readonly System[]): System[] {
  return systems.filter(({ bounds, is_archive }) => !is_archive && bounds !== null && touches(box, bounds));
}

/** Those whose stations are polled: another feed of an imported system may be. */
export function withStations(systems: readonly System[]): System[] {
  return systems.filter(({ stations_are_archive }) => !stations_are_archive);
}

export function withVehicles(systems: readonly System[]): System[] {
  return systems.filter(({ vehicles, vehicles_are_archive }) => vehicles !== null && !vehicles_are_archive);
}

/**
 * Of the systems that lie wholly in the box. What a system has in all says nothing about a box that holds a part of it: a street, or a city of a
 * system of a whole country.
 */
export function isLarge(whole: readonly System[], countOf: (system: System) => number): boolean {
  return whole.reduce((sum, system) => sum + countOf(system), 0) > COUNTED_MAX;
}

/** The systems that lie wholly in the box, and those of which a part may. */
export function wholeAndCut(box: Box, systems: readonly System[]): { whole: System[]; cut: System[] } {
  const isWhole = ({ bounds }: System) => bounds !== null && encloses(box, bounds);
  return { whole: systems.filter(isWhole), cut: systems.filter((system) => !isWhole(system)) };
}

type IdsAndLate = { ids: string[]; late: string[] };

/** Their ids, and the ids of those whose stations are not known to be on time. */
export function lateByStations(systems: readonly System[]): IdsAndLate {
  return idsAndLate(systems, areStationsLate);
}

/** Their ids, and the ids of those whose vehicles are not known to be on time. */
export function lateByVehicles(systems: readonly System[]): IdsAndLate {
  return idsAndLate(systems, areVehiclesLate);
}

function idsAndLate(systems: readonly System[], isLate: (system: System) => boolean): IdsAndLate {
  return {
    ids: systems.map(({ system_id }) => system_id),
    late: systems.filter(isLate).map(({ system_id }) => system_id),
  };
}

function areStationsLate({ overdue }: System): boolean {
  return overdue !== false;
}

/** A system has two feeds, and one may be dead while the other is on time. */
function areVehiclesLate({ vehicles_overdue }: System): boolean {
  return vehicles_overdue !== false;
}

export function placeSystemOf(system: System): PlaceSystem {
  const { system_id, name, operator, country, url, license_url, simulated } = system;
  const { overdue, last_observed_at, vehicles_overdue, vehicles_observed_at } = system;
  return {
    ...{ system_id, name, operator, country, url, license_url, simulated },
    ...{ overdue, last_observed_at, vehicles_overdue, vehicles_observed_at },
  };
}

/** A whole system as one cluster, at the middle of its bounds; null when it has no stations. */
export function stationClusterOf(system: System): StationCluster | null {
  const middle = middleOf(system);
  if (middle === null || system.stations === 0) return null;
  const { stations, bikes, docks, unknown } = system;
  const sums = areStationsLate(system)
    ? { bikes: null, docks: null, unknown: stations }
    : { bikes, docks, unknown };
  return { ...middle, systems: 1, stations, ...sums };
}

export function vehicleClusterOf(system: System): VehicleCluster | null {
  const middle = middleOf(system);
  const vehicles = vehiclesOf(system);
  if (middle === null || vehicles === 0) return null;
  const available = (system.vehicles ?? []).reduce((sum, { available }) => sum + available, 0);
  const sums = areVehiclesLate(system) ? { available: 0, unknown: vehicles } : { available, unknown: 0 };
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
