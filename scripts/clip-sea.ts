import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CITY_CENTRES } from '@velolog/simulator/city/city-centres';

/**
 * Cuts the sea around each of the simulator's coastal cities, such as Oslo, out of a map of the world's seas, so that the
 * page shows their shore without internet. Not part of a build: its output is committed.
 * Rivers and lakes are left out: the same authors' data was drawn for maps of a whole country, and near a city it looks like
 * triangles beside the real water.
 *
 *   npm install --prefix /tmp/sea @geo-maps/earth-seas-10m@0.6.0
 *   node scripts/clip-sea.ts /tmp/sea/node_modules/@geo-maps/earth-seas-10m/map.geo.json
 *
 * Data © OpenStreetMap contributors, ODbL; the page says so wherever it shows the data.
 */
type Position = [lon: number, lat: number];
type Ring = Position[];
type Box = [west: number, south: number, east: number, north: number];
type World = { geometries: ({ coordinates: Ring[][] } | { type: 'Polygon'; coordinates: Ring[] })[] };

const HALF_LAT_DEGREES = 0.3;
const HALF_LON_DEGREES = 0.55;
/** Smaller islands would be dots on the screen. */
const SMALLEST_KM2 = 0.04;
const SMOOTHING_PASSES = 3;
const KM_PER_DEGREE = 111.32;

const [source] = process.argv.slice(2);
if (!source) throw new Error('Name the file of @geo-maps/earth-seas-10m: see the head of this script');
const folder = fileURLToPath(new URL('../packages/live/page/basemap/', import.meta.url));
rmSync(`${folder}water`, { recursive: true, force: true });
mkdirSync(`${folder}water`, { recursive: true });
const polygons = polygonsOf(JSON.parse(readFileSync(source, 'utf8')) as World);
const boxes: Record<string, Box> = {};
for (const { slug, lat, lon } of CITY_CENTRES) {
  const edges: Box = [
    lon - HALF_LON_DEGREES,
    lat - HALF_LAT_DEGREES,
    lon + HALF_LON_DEGREES,
    lat + HALF_LAT_DEGREES,
  ];
  const box = edges.map(roundTo4) as Box;
  const clipped = polygons.flatMap((polygon) => clipPolygon(polygon, box));
  const coordinates = clipped.map((polygon) => polygon.map((ring) => smoothShore(ring, box)));
  if (coordinates.length === 0) continue;
  boxes[slug] = box;
  const text = JSON.stringify({ type: 'MultiPolygon', coordinates });
  writeFileSync(`${folder}water/${slug}.json`, `${text}\n`);
  console.log(`${slug}: ${coordinates.length} seas, ${text.length} bytes`);
}
writeFileSync(`${folder}city-boxes.json`, `${JSON.stringify(boxes, null, 2)}\n`);

function polygonsOf(world: World): Ring[][] {
  return world.geometries.flatMap((geometry) =>
    'type' in geometry && geometry.type === 'Polygon'
      ? [geometry.coordinates]
      : (geometry.coordinates as Ring[][]),
  );
}

/** The part of a polygon inside the box; empty when its holes (the land) leave too little water to see. */
function clipPolygon([outer = [], ...holes]: Ring[], box: Box): Ring[][] {
  if (!mayTouch(outer, box)) return [];
  const clipped = clipRing(outer, box);
  if (clipped === null) return [];
  const kept = holes
    .map((hole) => clipRing(hole, box))
    .filter((hole) => hole !== null && areaKm2(hole) >= SMALLEST_KM2);
  const landKm2 = kept.reduce((sum, hole) => sum + areaKm2(hole as Ring), 0);
  return areaKm2(clipped) - landKm2 < SMALLEST_KM2 ? [] : [[clipped, ...(kept as Ring[])]];
}

function mayTouch(ring: Ring, [west, south, east, north]: Box): boolean {
  let [left, bottom, right, top] = [180, 90, -180, -90];
  for (const [lon, lat] of ring) {
    left = Math.min(left, lon);
    right = Math.max(right, lon);
    bottom = Math.min(bottom, lat);
    top = Math.max(top, lat);
  }
  return right >= west && left <= east && top >= south && bottom <= north;
}

/** Clips with the Sutherland-Hodgman algorithm: cuts at one side of the box after the other. */
function clipRing(ring: Ring, [west, south, east, north]: Box): Ring | null {
  let points = ring.slice(0, -1);
  const sides = [
    { axis: 0, limit: west, sign: 1 },
    { axis: 0, limit: east, sign: -1 },
    { axis: 1, limit: south, sign: 1 },
    { axis: 1, limit: north, sign: -1 },
  ] as const;
  for (const side of sides) points = cutOff(points, side);
  const distinct = distinctOf(points);
  const [first] = distinct;
  return first === undefined || distinct.length < 3 ? null : [...distinct, first];
}

function cutOff(points: Ring, { axis, limit, sign }: { axis: 0 | 1; limit: number; sign: 1 | -1 }): Ring {
  const inside = (point: Position) => sign * (point[axis] - limit) >= 0;
  return points.flatMap((from, index) => {
    const to = points[(index + 1) % points.length] as Position;
    const kept = inside(from) ? [from] : [];
    if (inside(from) === inside(to)) return kept;
    const share = (limit - from[axis]) / (to[axis] - from[axis]);
    const crossing: Position = [from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])];
    crossing[axis] = limit;
    return [...kept, crossing];
  });
}

/** Smooths with Chaikin's corner cutting: the map has one point every few hundred metres, and straight lines between them do not look like a shore. */
function smoothShore(ring: Ring, box: Box): Ring {
  let points = ring.slice(0, -1);
  for (let pass = 0; pass < SMOOTHING_PASSES; pass++) {
    points = points.flatMap((from, index) => {
      const to = points[(index + 1) % points.length] as Position;
      const [fixedFrom, fixedTo] = [isOnEdge(from, box), isOnEdge(to, box)];
      const near = fixedFrom ? from : between(from, to, 0.25);
      return fixedTo ? [near] : [near, between(from, to, 0.75)];
    });
  }
  const rounded = distinctOf(points);
  return [...rounded, rounded[0] as Position];
}

/** Points on the edge of the box are not shore, so they must not move. */
function isOnEdge([lon, lat]: Position, [west, south, east, north]: Box): boolean {
  return lon === west || lon === east || lat === south || lat === north;
}

function between([fromLon, fromLat]: Position, [toLon, toLat]: Position, share: number): Position {
  return [fromLon + share * (toLon - fromLon), fromLat + share * (toLat - fromLat)];
}

function distinctOf(points: Ring): Ring {
  return points
    .map(([lon, lat]): Position => [roundTo4(lon), roundTo4(lat)])
    .filter(([lon, lat], index, all) => lon !== all[index - 1]?.[0] || lat !== all[index - 1]?.[1]);
}

function areaKm2(ring: Ring): number {
  let doubled = 0;
  for (const [index, [lon, lat]] of ring.entries()) {
    const [nextLon, nextLat] = ring[(index + 1) % ring.length] as Position;
    doubled += lon * nextLat - nextLon * lat;
  }
  const squeeze = Math.cos(((ring[0]?.[1] ?? 0) * Math.PI) / 180);
  return (Math.abs(doubled) / 2) * KM_PER_DEGREE ** 2 * squeeze;
}

/** About 10 m, which is finer than the source map. */
function roundTo4(degrees: number): number {
  return Math.round(degrees * 1e4) / 1e4;
}
