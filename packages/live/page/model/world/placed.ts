import type { PlacedStation, PlacedVehicle } from '../../../src/api/place.ts';
import { nameOf, type Station } from '../station.ts';

/** Identifies a station among those of all systems. Neither id contains a NUL. */
export function placeKey({ system_id, station_id }: { system_id: string; station_id: string }): string {
  return `${system_id}\0${station_id}`;
}

/**
 * A station for the map, with its key as id. A late system's last values are drawn as not observed, because the present
 * ones are unknown.
 */
export function drawnStation(station: PlacedStation): Station {
  const drawn = { ...station, station_id: placeKey(station), name: nameOf(station) };
  if (!station.overdue || station.state === 'absent') return drawn;
  return { ...drawn, state: 'unobserved', num_bikes_available: null, num_docks_available: null };
}

/** An empty list means all operators. */
export function ofOperators<One extends { system_id: string }>(
  rows: readonly One[],
  operators: readonly string[],
): readonly One[] {
  return operators.length === 0 ? rows : rows.filter(({ system_id }) => operators.includes(system_id));
}

export type OperatorCount = { system_id: string; stations: number; vehicles: number };

/** How much each system has at the place, the largest first. */
export function countOperators(
  stations: readonly PlacedStation[],
  vehicles: readonly PlacedVehicle[],
): OperatorCount[] {
  const counts = new Map<string, OperatorCount>();
  const of = (system_id: string) => {
    const known = counts.get(system_id) ?? { system_id, stations: 0, vehicles: 0 };
    counts.set(system_id, known);
    return known;
  };
  for (const { system_id, state } of stations) if (state !== 'absent') of(system_id).stations++;
  for (const { system_id, station_id } of vehicles) if (station_id === null) of(system_id).vehicles++;
  return [...counts.values()].sort(
    (left, right) => right.stations + right.vehicles - left.stations - left.vehicles,
  );
}

export type PlaceTotals = { bikes: number | null; docks: number | null; vehicles: number; late: number };

/** Only from systems that are on time. Null when no row gives the number. */
export function placeTotals(
  stations: readonly PlacedStation[],
  vehicles: readonly PlacedVehicle[],
): PlaceTotals {
  const totals: PlaceTotals = { bikes: null, docks: null, vehicles: 0, late: 0 };
  for (const { overdue, state, num_bikes_available: bikes, num_docks_available: docks } of stations) {
    if (overdue) totals.late++;
    if (overdue || state === 'absent') continue;
    if (bikes !== null) totals.bikes = (totals.bikes ?? 0) + bikes;
    if (docks !== null) totals.docks = (totals.docks ?? 0) + docks;
  }
  for (const { overdue, station_id, state } of vehicles) {
    if (!overdue && station_id === null && state === 'available') totals.vehicles++;
  }
  return totals;
}
