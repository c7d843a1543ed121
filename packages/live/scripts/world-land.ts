import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { geoEquirectangular } from 'd3-geo';
import { geoProject } from 'd3-geo-projection';
import { feature } from 'topojson-client';

type Ring = [number, number][];
export type Land = GeoJSON.FeatureCollection<GeoJSON.MultiPolygon>;

/**
 * Natural Earth's land at 1 : 50 million as GeoJSON, rounded to a hundredth of a degree, which is finer than the data.
 * The rings of world-atlas are on a sphere: Eurasia's continues across 180°, and Antarctica's goes around the pole. On
 * a flat map such a ring would run back across the whole world, and the map would fill seas and leave out coasts where
 * it crosses itself. So rings are cut at the antimeridian, as RFC 7946 requires.
 */
export function worldLand(): Land {
  const path = fileURLToPath(import.meta.resolve('world-atlas/land-50m.json'));
  const topology = JSON.parse(readFileSync(path, 'utf8'));
  const sphere = feature(topology, topology.objects.land) as unknown as Land;
  const degrees = geoEquirectangular()
    .scale(180 / Math.PI)
    .translate([0, 0])
    .precision(0.05);
  const flat = geoProject(sphere, degrees);
  for (const { geometry } of flat.features) {
    geometry.coordinates = geometry.coordinates.map((polygon) =>
      polygon.map((ring) => upright(ring as Ring)),
    );
  }
  return flat;
}

/** A projection counts downwards from the top of a screen. */
function upright(ring: Ring): Ring {
  return ring.map(([x, y]) => [hundredths(x), hundredths(-y)]);
}

function hundredths(degrees: number): number {
  return Math.round(degrees * 100) / 100;
}
