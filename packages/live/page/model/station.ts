import type { Station as PresentStation } from '../../src/api/station.ts';
import type { StationStateName } from '../../src/api/station-state.ts';

/** `unobserved`: at the moment that is shown nobody looked, and what was there is not known. */
export type StationState = StationStateName | 'unobserved';

/** A station at the moment that is shown. Since when its state holds and which poll saw it, only the present tells. */
export type Station = Omit<PresentStation, 'state' | 'state_since' | 'observed_at'> & {
  state: StationState;
  state_since: string | null;
  observed_at: string | null;
};

/** A station without station_information is shown by its id. */
export function nameOf(station: Pick<Station, 'station_id' | 'name'>): string {
  return station.name ?? `Station ${station.station_id}`;
}

/** Bikes in all places that could be used now, 0 to 1; null when it is not known. */
export function shareOfBikes(
  station: Pick<Station, 'num_bikes_available' | 'num_docks_available' | 'capacity'>,
): number | null {
  const { num_bikes_available: bikes, num_docks_available: docks, capacity } = station;
  if (bikes === null) return null;
  const places = docks === null ? capacity : bikes + docks;
  if (places === null || places <= 0) return null;
  return Math.min(1, bikes / places);
}

/** What the size of its circle stands for; a system may not say it. */
export function placesOf(
  station: Pick<Station, 'num_bikes_available' | 'num_docks_available' | 'capacity'>,
): number {
  if (station.capacity !== null && station.capacity > 0) return station.capacity;
  return Math.max(1, (station.num_bikes_available ?? 0) + (station.num_docks_available ?? 0));
}

/** Whether it is as it was, but for the poll that saw it. */
export function isSameStation<One extends Station>(left: One, right: One): boolean {
  const facts = Object.keys(right) as (keyof One)[];
  return facts.every((fact) => fact === 'observed_at' || left[fact] === right[fact]);
}
