import type { System } from '../../../src/api/system.ts';
import { searchable } from '../filter.ts';
import { plural } from '../format.ts';
import { countCountries } from './country.ts';
import { countryName, sizeOf, systemName } from './system-place.ts';

/** A town: name, country, latitude, longitude. Sorted by size, the largest first. */
export type Town = readonly [name: string, country: string, lat: number, lon: number];

export type Found =
  | { kind: 'system'; system: System; text: string; note: string }
  | { kind: 'town'; town: Town; text: string; note: string }
  | { kind: 'country'; country: string; text: string; note: string };

const SYSTEMS_MAX = 8;
const TOWNS_MAX = 5;
const COUNTRIES_MAX = 2;

/**
 * Countries whose name begins with the query, or whose two letters equal it; systems whose name, id, operator or country contain every word, the
 * largest first; then towns whose name begins with the query.
 */
export function searchWorld(query: string, systems: readonly System[], towns: readonly Town[]): Found[] {
  const words = searchable(query).split(' ').filter(Boolean);
  if (words.length === 0) return [];
  const holdsAll = (text: string) => words.every((word) => text.includes(word));
  const found = systems
    .filter((system) => holdsAll(textOf(system)))
    .sort((left, right) => sizeOf(right) - sizeOf(left))
    .slice(0, SYSTEMS_MAX);
  const foundTowns = towns
    .filter(([name, country]) => {
      const town = searchable(name);
      return town.startsWith(words[0] ?? '') && holdsAll(`${town} ${searchable(countryName(country))}`);
    })
    .slice(0, TOWNS_MAX);
  const foundCountries = countCountries(systems)
    .filter(({ code, name }) => {
      const country = searchable(name);
      return (
        (country.startsWith(words[0] ?? '') && holdsAll(country)) || searchable(code) === words.join(' ')
      );
    })
    .slice(0, COUNTRIES_MAX);
  return [
    ...foundCountries.map(
      ({ code, name, systems }): Found => ({
        kind: 'country',
        country: code,
        text: name,
        note: `country · ${plural(systems, 'system')}`,
      }),
    ),
    ...found.map((system): Found => {
      const notes = [countryName(system.country), system.operator ?? ''].filter(Boolean);
      return {
        kind: 'system',
        system,
        text: systemName(system),
        note: notes.join(' · ') || system.system_id,
      };
    }),
    ...foundTowns.map((town): Found => ({ kind: 'town', town, text: town[0], note: countryName(town[1]) })),
  ];
}

function textOf(system: System): string {
  const { system_id, name, operator, country } = system;
  return searchable(`${system_id} ${name ?? ''} ${operator ?? ''} ${countryName(country)} ${country ?? ''}`);
}
