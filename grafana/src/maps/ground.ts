import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { feature } from 'topojson-client';
import { worldLakes } from '../../../packages/live/scripts/world-lakes.ts';
import { cutAtAntimeridian, type Ring } from './cut-at-antimeridian.ts';

/** The kind of each shape in the file, which determines its colour. Later ones are drawn over earlier ones. */
export type GroundKind = 'sea' | 'land' | 'ground' | 'water';

/** Path of the file with land and water in Grafana's folder `public`. */
export const GROUND_FILE = 'maps/velolog-ground.geojson';

const basemap = new URL('../../../packages/live/page/basemap/', import.meta.url);

/**
 * The live page's land and water as one GeoJSON for Grafana's maps: Natural Earth's land and lakes for the whole world and, on top of them for
 * coastal cities, OpenStreetMap's water on its own ground. Grafana draws the shapes in the order of the file.
 */
export function ground(): string {
  const boxes: Record<string, number[]> = JSON.parse(
    readFileSync(new URL('city-boxes.json', basemap), 'utf8'),
  );
  const cities = readdirSync(new URL('water/', basemap)).toSorted();
  return JSON.stringify({
    type: 'FeatureCollection',
    features: [
      shape('sea', rectangle([-180, -85, 180, 85])),
      ...land().map((geometry) => shape('land', geometry)),
      shape('water', worldLakes()),
      ...cities.map((file) => shape('ground', rectangle(boxes[file.replace('.json', '')] ?? []))),
      ...cities.map((file) =>
        shape('water', JSON.parse(readFileSync(new URL(`water/${file}`, basemap), 'utf8'))),
      ),
    ],
  });
}

const shape = (kind: GroundKind, geometry: object) => ({ type: 'Feature', properties: { kind }, geometry });

const rectangle = ([west, south, east, north]: number[]) => ({
  type: 'Polygon',
  coordinates: [
    [
      [west, south],
      [east, south],
      [east, north],
      [west, north],
      [west, south],
    ],
  ],
});

function land(): object[] {
  const path = fileURLToPath(import.meta.resolve('world-atlas/land-50m.json'));
  const topology = JSON.parse(readFileSync(path, 'utf8'), (_, value) => value);
  const made = feature(topology, topology.objects.land) as unknown as {
    features?: { geometry: Land }[];
    geometry?: Land;
  };
  const geometries = made.features?.map(({ geometry }) => geometry) ?? (made.geometry ? [made.geometry] : []);
  const whole = geometries.map((geometry) => ({
    type: 'MultiPolygon',
    coordinates: polygonsOf(geometry).flatMap(cutAtAntimeridian),
  }));
  return hundredths(whole);
}

function polygonsOf({ type, coordinates }: Land): Ring[][] {
  return type === 'Polygon' ? [coordinates as Ring[]] : (coordinates as Ring[][]);
}

/** Rounds to hundredths of a degree, which is finer than Natural Earth's scale of 1:50 million. */
function hundredths<Shapes extends object>(shapes: Shapes): Shapes {
  return JSON.parse(
    JSON.stringify(shapes, (_, value) => (typeof value === 'number' ? Math.round(value * 100) / 100 : value)),
  );
}

type Land = { type: 'Polygon' | 'MultiPolygon'; coordinates: Ring[] | Ring[][] };
