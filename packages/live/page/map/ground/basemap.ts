import type { LayerSpecification, SourceSpecification } from 'maplibre-gl';
import cityBoxes from '../../basemap/city-boxes.json' with { type: 'json' };
import type { Palette } from '../../model/palette.ts';

/** What is drawn under the stations: sources by name, and layers from bottom to top. */
export type Basemap = {
  sources: Record<string, SourceSpecification>;
  layers: LayerSpecification[];
};

/** The URLs of the files of land and water. */
export type GroundFiles = { land: string; lakes: string; water: Record<string, string> };

const EMPTY: GeoJSON.FeatureCollection = { type: 'FeatureCollection', features: [] };
const NATURAL_EARTH = 'Natural Earth';
const OPENSTREETMAP = '© OpenStreetMap contributors';
/** Nearer than this a city's own water is drawn in place of the world's coast, which is a few straight lines there. */
const CITY_ZOOM = 9;

export const GRATICULE_SOURCE = 'graticule';

/** The slug of the city at a place whose water is bundled with the page; null for the rest of the world. */
export function cityAt(lon: number, lat: number): string | null {
  const found = Object.entries(cityBoxes).find(
    ([, [west = 0, south = 0, east = 0, north = 0]]) =>
      lon >= west && lon <= east && lat >= south && lat <= north,
  );
  return found?.[0] ?? null;
}

/**
 * Land, water and lines of latitude and longitude, all from files of this host, so it works without internet access.
 */
export function offlineBasemap(files: GroundFiles, city: string | null, palette: Palette): Basemap {
  const fill = (id: string, source: string, colour: string, near: boolean): LayerSpecification => ({
    id,
    type: 'fill',
    source,
    ...(near && { minzoom: CITY_ZOOM }),
    paint: { 'fill-color': colour, 'fill-antialias': true },
  });
  const basemap: Basemap = {
    sources: {
      land: { type: 'geojson', data: files.land, attribution: NATURAL_EARTH, maxzoom: 8, tolerance: 0.5 },
      lakes: { type: 'geojson', data: files.lakes, attribution: NATURAL_EARTH, maxzoom: 8, tolerance: 0.5 },
    },
    layers: [
      { id: 'sea', type: 'background', paint: { 'background-color': palette.water } },
      fill('land', 'land', palette.land, false),
      fill('lakes', 'lakes', palette.water, false),
    ],
  };
  const water = city === null ? undefined : files.water[city];
  if (city !== null && water !== undefined) {
    basemap.sources['city-ground'] = { type: 'geojson', data: boxOf(city) };
    basemap.sources['city-water'] = { type: 'geojson', data: water, attribution: OPENSTREETMAP };
    basemap.layers.push(fill('city-ground', 'city-ground', palette.land, true));
    basemap.layers.push(fill('city-water', 'city-water', palette.water, true));
  }
  addGraticule(basemap, palette);
  return basemap;
}

function addGraticule({ sources, layers }: Basemap, palette: Palette): void {
  sources[GRATICULE_SOURCE] = { type: 'geojson', data: EMPTY };
  layers.push({
    id: 'graticule',
    type: 'line',
    source: GRATICULE_SOURCE,
    paint: { 'line-color': palette.grid, 'line-width': 1 },
  });
  layers.push({
    id: 'graticule-labels',
    type: 'symbol',
    source: GRATICULE_SOURCE,
    layout: {
      'symbol-placement': 'line',
      'symbol-spacing': 600,
      'text-field': ['get', 'label'],
      'text-font': ['Inter Variable'],
      'text-size': 10,
    },
    paint: {
      'text-color': palette.muted,
      'text-opacity': 0.6,
      'text-halo-color': palette.land,
      'text-halo-width': 1,
    },
  });
}

function boxOf(city: string): GeoJSON.Polygon {
  const [west = 0, south = 0, east = 0, north = 0] = cityBoxes[city as keyof typeof cityBoxes];
  return {
    type: 'Polygon',
    coordinates: [[[west, south], [east, south], [east, north], [west, north], [west, south]]],
  }; // biome-ignore format: one ring, read as one
}
