import { type Box, partsOf } from '../../geography/box.ts';

/** A condition on `lat` and `lon` that can use an index, and its values, numbered from `first`. */
export function inBox(box: Box, first: number): { text: string; values: number[] } {
  const parts = partsOf(box);
  const texts = parts.map((_, index) => {
    const [south, north, west, east] = [0, 1, 2, 3].map((value) => `$${first + 4 * index + value}`);
    return `(lat between ${south} and ${north} and lon between ${west} and ${east})`;
  });
  return {
    text: `(${texts.join(' or ')})`,
    values: parts.flatMap(({ south, north, west, east }) => [south, north, west, east]),
  };
}

const CELLS_ACROSS = 24;

/** The size of a cell in degrees: a power of two, so that clusters stay in place while the box is moved. */
function cellDegrees({ west, south, east, north }: Box): number {
  const width = west <= east ? east - west : 360 + east - west;
  return 2 ** Math.ceil(Math.log2(Math.max(width, north - south, 0.001) / CELLS_ACROSS));
}

/** Of what a cluster is the sum: a square, or as much of a system as lies in the box. */
export type ClusterBy = 'cell' | 'system';

/** What the members of a cluster have in common. A box over the antimeridian has two middles. */
export function groupOf(by: ClusterBy, box: Box): string {
  const degrees = cellDegrees(box);
  if (by === 'cell') return `floor(lat / ${degrees}), floor(lon / ${degrees})`;
  return box.west <= box.east ? 'system_id' : 'system_id, lon < 0';
}

/** Metres on a sphere between the columns `lat` and `lon` and the two given values. */
export function metersTo(lat: string, lon: string): string {
  return `12742000 * asin(least(1, sqrt(power(sin(radians(lat - ${lat}) / 2), 2)
    + cos(radians(${lat})) * cos(radians(lat)) * power(sin(radians(lon - ${lon}) / 2), 2))))`;
}
