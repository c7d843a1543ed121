import { addProtocol, type LayerSpecification } from 'maplibre-gl';
import type { PageConfig } from '../../../src/api/page-config.ts';
import type { Palette } from '../../model/palette.ts';
import type { Basemap } from './basemap.ts';

/** The tiles of LIVE_TILES_URL, with their kind. */
export type Tiles = {
  url: string;
  attribution: string;
  kind: 'raster' | 'raster-pmtiles' | 'vector-pmtiles';
};

/**
 * Null when no tiles are configured. The header of a .pmtiles file says whether it contains images or vectors.
 *
 * @throws Error when the file cannot be read
 */
export async function openTiles(config: PageConfig): Promise<Tiles | null> {
  const { tiles_url: url, tiles_attribution: attribution } = config;
  if (url === null) return null;
  if (!new URL(url).pathname.endsWith('.pmtiles')) return { url, attribution, kind: 'raster' };
  const { PMTiles, Protocol, TileType } = await import('pmtiles');
  const file = new PMTiles(url);
  const { tileType } = await file.getHeader();
  const protocol = new Protocol();
  protocol.add(file);
  addProtocol('pmtiles', protocol.tile);
  return { url, attribution, kind: tileType === TileType.Mvt ? 'vector-pmtiles' : 'raster-pmtiles' };
}

export function tileBasemap({ url, attribution, kind }: Tiles, palette: Palette): Basemap {
  const ground: LayerSpecification = {
    id: 'ground',
    type: 'background',
    paint: { 'background-color': palette.land },
  };
  if (kind === 'vector-pmtiles') {
    return {
      sources: { tiles: { type: 'vector', url: `pmtiles://${url}`, attribution } },
      layers: [ground, ...vectorLayers(palette)],
    };
  }
  const pictures = kind === 'raster' ? { tiles: [url], tileSize: 256 } : { url: `pmtiles://${url}` };
  return {
    sources: { tiles: { type: 'raster', ...pictures, attribution } },
    layers: [
      ground,
      // Pale, so that the stations stand out against any image.
      {
        id: 'tiles',
        type: 'raster',
        source: 'tiles',
        paint: { 'raster-saturation': -0.6, 'raster-opacity': 0.75 },
      },
    ],
  };
}

/** The layers of the Protomaps basemap, the usual content of such a file, in quiet colours. */
function vectorLayers(palette: Palette): LayerSpecification[] {
  const layer = (id: string, type: 'fill' | 'line', paint: object, filter?: unknown[]): LayerSpecification =>
    ({
      id,
      type,
      source: 'tiles',
      'source-layer': id.split(':')[0],
      paint,
      ...(filter && { filter }),
    }) as LayerSpecification;
  const width = (narrow: number, wide: number) => [
    ...['interpolate', ['exponential', 1.6], ['zoom']],
    ...[8, narrow / 2, 13, narrow, 18, wide],
  ];
  const ofKind = (...kinds: string[]) => ['in', ['get', 'kind'], ['literal', kinds]];
  return [
    layer('earth', 'fill', { 'fill-color': palette.land }),
    layer(
      'landuse',
      'fill',
      { 'fill-color': palette.grid, 'fill-opacity': 0.5 },
      ofKind('park', 'wood', 'forest', 'grass', 'cemetery'),
    ),
    layer('water', 'fill', { 'fill-color': palette.water }, ['==', ['geometry-type'], 'Polygon']),
    layer('water:lines', 'line', { 'line-color': palette.water, 'line-width': width(0.5, 4) }, [
      '==',
      ['geometry-type'],
      'LineString',
    ]),
    layer('buildings', 'fill', { 'fill-color': palette.grid, 'fill-opacity': 0.6 }),
    layer(
      'roads:minor',
      'line',
      { 'line-color': palette.grid, 'line-width': width(0.6, 9) },
      ofKind('minor_road', 'path', 'other'),
    ),
    layer(
      'roads:major',
      'line',
      { 'line-color': palette.shore, 'line-width': width(1.2, 14), 'line-opacity': 0.6 },
      ofKind('major_road', 'highway'),
    ),
    layer('boundaries', 'line', { 'line-color': palette.muted, 'line-width': 0.8, 'line-dasharray': [4, 3] }),
    {
      id: 'places',
      type: 'symbol',
      source: 'tiles',
      'source-layer': 'places',
      layout: { 'text-field': ['get', 'name'], 'text-font': ['Inter Variable'], 'text-size': 12 },
      paint: { 'text-color': palette.muted, 'text-halo-color': palette.land, 'text-halo-width': 1.5 },
    },
  ];
}
