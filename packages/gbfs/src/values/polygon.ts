import { isJsonObject } from '../json-object.ts';
import { type Tally, tally } from '../tally.ts';

/** As in GeoJSON: polygons made of rings of [lon, lat]. The first ring is the outline, the others are holes. */
export type MultiPolygon = [number, number][][][];

/**
 * Reads the geometry of a zone. A Polygon becomes a MultiPolygon of one, and an open ring is closed. A ring that cannot be drawn is left out
 * and tallied; if it is the outline, its whole polygon is left out. Returns null when nothing is left.
 */
export function readMultiPolygon(geometry: unknown, coerced: Tally): MultiPolygon | null {
  if (!isJsonObject(geometry)) {
    tally(coerced, geometry === undefined || geometry === null ? 'geometry_missing' : 'geometry_unreadable');
    return null;
  }
  const { type, coordinates } = geometry;
  const listed = type === 'Polygon' ? [coordinates] : type === 'MultiPolygon' ? coordinates : undefined;
  if (!Array.isArray(listed)) {
    tally(coerced, 'geometry_unreadable');
    return null;
  }
  if (type === 'Polygon') tally(coerced, 'geometry_polygon');
  const polygons = listed
    .map((polygon) => readPolygon(polygon, coerced))
    .filter((polygon) => polygon.length > 0);
  return polygons.length > 0 ? polygons : null;
}

function readPolygon(listed: unknown, coerced: Tally): [number, number][][] {
  const rings = Array.isArray(listed) ? listed.map((ring) => readRing(ring)) : [undefined];
  const bad = rings.filter((ring) => ring === undefined).length;
  if (bad > 0) tally(coerced, 'ring_unreadable', bad);
  return rings[0] === undefined ? [] : rings.filter((ring) => ring !== undefined);
}

function readRing(listed: unknown): [number, number][] | undefined {
  if (!Array.isArray(listed)) return undefined;
  const ring: [number, number][] = [];
  for (const position of listed) {
    const [lon, lat] = Array.isArray(position) ? position : [];
    if (typeof lon !== 'number' || typeof lat !== 'number') return undefined;
    if (!(Math.abs(lon) <= 180 && Math.abs(lat) <= 90)) return undefined;
    ring.push([roundTo6(lon), roundTo6(lat)]);
  }
  const [first, last] = [ring[0], ring.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  if (first[0] !== last[0] || first[1] !== last[1]) ring.push([...first]);
  return ring.length < 4 ? undefined : ring;
}

/** Rounds to about 10 cm: that is enough to draw zones on a map, and feeds give up to 15 digits. */
function roundTo6(degrees: number): number {
  return Math.round(degrees * 1e6) / 1e6 || 0;
}
