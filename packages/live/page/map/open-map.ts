import { setWorkerCount, setWorkerUrl } from 'maplibre-gl';
import { lakes, land, mapWorker, water } from '../bundled-files.ts';
import { getPageConfig } from '../data/api-client.ts';
import type { Palette } from '../model/palette.ts';
import { type Basemap, cityAt, offlineBasemap } from './ground/basemap.ts';
import { openTiles, type Tiles, tileBasemap } from './ground/tile-basemap.ts';
import type { Bounds } from './station-features.ts';
import { StationMap, type StationMapOptions } from './station-map.ts';
import { WorldMap, type WorldMapOptions } from './world/world-map.ts';

setWorkerUrl(mapWorker);
// Two workers, so that the stations need not wait for the world's coast.
setWorkerCount(2);

export function openMap(options: StationMapOptions): StationMap {
  return new StationMap(options);
}

export function openWorldMap(options: WorldMapOptions): WorldMap {
  return new WorldMap(options);
}

/**
 * Reads which tiles the operator of the page has configured. Without an answer the map uses the ground that is bundled
 * with the page.
 */
export async function openGround(
  signal: AbortSignal,
): Promise<(bounds: Readonly<Bounds> | null, palette: Palette) => Basemap> {
  let tiles: Tiles | null = null;
  try {
    tiles = await openTiles(await getPageConfig(signal));
  } catch (error) {
    if (!signal.aborted) console.warn('Cannot use the tiles that are set:', error);
  }
  return (bounds, palette) => {
    if (tiles !== null) return tileBasemap(tiles, palette);
    // The page bundles the water of a few cities.
    const city = bounds && cityAt((bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2);
    return offlineBasemap({ land, lakes, water }, city, palette);
  };
}
