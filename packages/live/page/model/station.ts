import type { Station as PresentStation } from '../../src/api/station.ts';
import type { StationStateName } from '../../src/api/station-state.ts';

/** `unobserved`: the shown moment was not observed, so the state is unknown. */
export type StationState = StationStateName | 'unobserved';

/** A station at the shown moment. Since when its state holds, and which poll saw it, is known only for the present. */
export type Station = Omit<PresentStation, 'state' | 'state_since' | 'observed_at'> & {
  state: StationState;
  state_since: string | null;
  observed_at: string | null;
};

/** A station without station_information is shown by its id. */
export function nameOf(station: Pick<Station, 'station_id' | 'name'>): string {
  return station.name ?? `Station ${station.station_id}`;
}

/** Bikes as a share of all usable places, 0 to 1; null when unknown. */
export function shareOfBikes(
  station: Pick<Station, 'num_bikes_available' | 'num_docks_available' | 'capacity'>,
): number | null {
  const { num_bikes_available: bikes, num_docks_available: docks, capacity } = station;
  if (bikes === null) return null;
  const places = docks === null ? capacity : bikes + docks;
  if (places === null || places <= 0) return null;
  return Math.min(1, bikes / places);
}

/** The number that sets the size of the circle, even if the feed gives no capacity. */
export function placesOf(
  station: Pick<Station, 'num_bikes_available' | 'num_docks_available' | 'capacity'>,
): number {
  if (station.capacity !== null && station.capacity > 0) return station.capacity;
  return Math.max(1, (station.num_bikes_available ?? 0) + (station.num_docks_available ?? 0));
}

/** Whether nothing has changed except the poll that saw it. */
export function isSameStation<One extends Station>(left: One, right: One): boolean {
  const facts = Object.keys(right) as (keyof One)[];
  return facts.every((fact) => fact === 'observed_at' || left[fact] === right[fact]);
}
