import type { GeoJSONSource, GeoJSONSourceSpecification, Map as MapLibreMap } from 'maplibre-gl';
import type { Vehicle } from '../../src/api/vehicle.ts';
import type { Palette } from '../model/palette.ts';
import { abbreviated } from './station-drawing.ts';
import { drawIcon, ICON_PIXEL_RATIO, readIconName } from './vehicle-icon.ts';
import { iconPrefix, VEHICLE_SOURCE, vehicleFeatures, vehicleSource } from './vehicle-layers.ts';

/** A cluster that was computed elsewhere. */
export type VehicleHeap = { lat: number; lon: number; vehicles: number };

/**
 * The vehicles on a map. While a list is being sent to the map's worker, later ones wait, and only the newest of them is drawn.
 */
export class VehicleDrawing {
  #map: MapLibreMap | null = null;
  #vehicles: readonly Vehicle[] = [];
  #heaps: readonly VehicleHeap[] = [];
  #isDrawing = false;

  get shown(): readonly Vehicle[] {
    return this.#vehicles;
  }

  source(): GeoJSONSourceSpecification {
    return { ...vehicleSource(this.#vehicles), cluster: this.#heaps.length === 0, data: this.#features() };
  }

  drawOn(map: MapLibreMap): void {
    this.#map = map;
    void this.#draw();
  }

  set(vehicles: readonly Vehicle[], heaps: readonly VehicleHeap[] = []): void {
    const hadHeaps = this.#heaps.length > 0;
    this.#vehicles = vehicles;
    this.#heaps = heaps;
    if (hadHeaps !== heaps.length > 0) void this.#source?.setClusterOptions({ cluster: hadHeaps });
    if (!this.#isDrawing) void this.#draw();
  }

  get #source(): GeoJSONSource | undefined {
    return this.#map?.getSource<GeoJSONSource>(VEHICLE_SOURCE);
  }

  async #draw(): Promise<void> {
    const source = this.#source;
    if (source === undefined) return;
    const [vehicles, heaps] = [this.#vehicles, this.#heaps];
    this.#isDrawing = true;
    await Promise.resolve(source.setData(this.#features())).catch(() => {});
    this.#isDrawing = false;
    if (vehicles !== this.#vehicles || heaps !== this.#heaps) void this.#draw();
  }

  #features(): GeoJSON.FeatureCollection {
    const { type, features } = vehicleFeatures(this.#vehicles);
    return { type, features: [...features, ...this.#heaps.map(heapFeature)] };
  }
}

function heapFeature({ lat, lon, vehicles }: VehicleHeap): GeoJSON.Feature {
  return {
    type: 'Feature',
    geometry: { type: 'Point', coordinates: [lon, lat] },
    properties: { point_count: vehicles, point_count_abbreviated: abbreviated(vehicles) },
  };
}

/** Draws the images of vehicles when the map requests them. */
export function drawIconsOf(
  map: MapLibreMap,
  look: () => { palette: Palette; vehiclesStale: boolean },
): void {
  map.setMissingStyleImageResolver((name) => {
    const { palette, vehiclesStale } = look();
    const prefix = iconPrefix(palette, vehiclesStale);
    const icon = name.startsWith(prefix) ? readIconName(name.slice(prefix.length)) : null;
    if (icon === null || map.hasImage(name)) return;
    map.addImage(name, drawIcon(icon, palette, vehiclesStale), { pixelRatio: ICON_PIXEL_RATIO });
  });
}
