import type { System } from '../../../src/api/system.ts';
import { countryName, middleOf } from './system-place.ts';

export type Country = { code: string; name: string; systems: number };

/** Null selects all countries, including systems whose country is unknown. */
export function ofCountry(systems: readonly System[], country: string | null): readonly System[] {
  return country === null ? systems : systems.filter((system) => system.country === country);
}

/** The countries of the systems, by name, where known. */
export function countCountries(systems: readonly System[]): Country[] {
  const counts = new Map<string, number>();
  for (const { country } of systems)
    if (country !== null) counts.set(country, (counts.get(country) ?? 0) + 1);
  return Array.from(counts, ([code, systems]) => ({ code, name: countryName(code) || code, systems })).sort(
    (left, right) => left.name.localeCompare(right.name, 'en'),
  );
}

/** West, south, east, north of the middles; null when no system has a position. */
export function reachOf(systems: readonly System[]): [number, number, number, number] | null {
  const middles = systems.flatMap((system) => middleOf(system) ?? []);
  if (middles.length === 0) return null;
  const lats = middles.map(({ lat }) => lat);
  const lons = middles.map(({ lon }) => lon);
  return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
}
