import { badParameter } from '../api/api-problem.ts';

/** Degrees. If `west` is greater than `east`, the box crosses the antimeridian, as in RFC 7946. */
export type Box = { west: number; south: number; east: number; north: number };

/** Maps that were turned around the world have longitudes beyond 180. */
const LON_MAX = 540;

/**
 * @param text west,south,east,north: four numbers
 * @throws ApiProblem when the box is not a place on Earth
 */
export function readBox(text: string): Box {
  const [west = NaN, south = NaN, east = NaN, north = NaN] = text.split(',').map(Number);
  if (![south, north].every((lat) => Math.abs(lat) <= 90))
    throw badParameter('bbox', 'south and north must be between -90 and 90', 90);
  if (![west, east].every((lon) => Math.abs(lon) <= LON_MAX))
    throw badParameter('bbox', `west and east must be between -${LON_MAX} and ${LON_MAX}`, LON_MAX);
  if (south > north)
    throw badParameter('bbox', 'south is greater than north: the order is west,south,east,north');
  if (west === east) return { west: wrapped(west), south, east: wrapped(west), north };
  if (east - west >= 360) return { west: -180, south, east: 180, north };
  return { west: westernmost(west), south, east: easternmost(east), north };
}

/** The same as one or two boxes that do not cross the antimeridian, which a database query can use. */
export function partsOf({ west, south, east, north }: Box): Box[] {
  if (west <= east) return [{ west, south, east, north }];
  return [
    { west, south, east: 180, north },
    { west: -180, south, east, north },
  ];
}

const METERS_PER_DEGREE = 111_195;

/** Contains every place within the radius, and some more in its corners. */
export function boxAround({ lat, lon }: { lat: number; lon: number }, radiusMeters: number): Box {
  const height = radiusMeters / METERS_PER_DEGREE;
  const south = Math.max(-90, lat - height);
  const north = Math.min(90, lat + height);
  // Degrees of longitude are shortest at the edge nearest to a pole.
  const width = height / Math.cos((Math.max(Math.abs(south), Math.abs(north)) * Math.PI) / 180);
  // Every longitude is near a pole.
  if (width >= 180 || south === -90 || north === 90) return { west: -180, south, east: 180, north };
  return { west: westernmost(lon - width), south, east: easternmost(lon + width), north };
}

/**
 * Whether the box has a place in common with another one that does not cross the antimeridian, such as the bounds of a
 * system.
 */
export function touches(box: Box, bounds: readonly [number, number, number, number]): boolean {
  const [west, south, east, north] = bounds;
  return partsOf(box).some(
    (part) => west <= part.east && east >= part.west && south <= part.north && north >= part.south,
  );
}

/** Whether the whole of the bounds lies in the box. */
export function encloses(
  box: Box,
  [west, south, east, north]: readonly [number, number, number, number],
): boolean {
  return partsOf(box).some(
    (part) => west >= part.west && east <= part.east && south >= part.south && north <= part.north,
  );
}

export function holds(box: Box, { lat, lon }: { lat: number; lon: number }): boolean {
  return touches(box, [lon, lat, lon, lat]);
}

/** 190 becomes -170. 180 stays 180 at the end of a box, and becomes -180 at its beginning. */
function westernmost(lon: number): number {
  return lon >= -180 && lon < 180 ? lon : wrapped(lon);
}

function easternmost(lon: number): number {
  return lon > -180 && lon <= 180 ? lon : lon === -180 ? 180 : wrapped(lon);
}

function wrapped(lon: number): number {
  return ((((lon + 180) % 360) + 360) % 360) - 180;
}
