import type { GeoJSONSource, GeoJSONSourceSpecification, Map as MapLibreMap } from 'maplibre-gl';
import type { Station } from '../model/station.ts';
import { type Chances, stationFeature, stationFeatures } from './station-features.ts';
import { STATION_SOURCE } from './station-layers.ts';

/** From this number on, stations that would overlap are drawn as one. */
const CLUSTERED_FROM = 1500;
const CLUSTER_ZOOM_MAX = 12;

/** A cluster that was computed elsewhere; it is drawn like the map's own clusters. */
export type StationHeap = { lat: number; lon: number; stations: number; bikes: number; places: number };

/** The stations on a map. If only a few have changed, only these are sent to the map's worker. */
export class StationDrawing {
  #map: MapLibreMap | null = null;
  #shown: ReadonlyMap<string, Station> = new Map();
  #heaps: readonly StationHeap[] = [];
  #chances: Chances = null;

  get shown(): ReadonlyMap<string, Station> {
    return this.#shown;
  }

  /** The source for a new style. */
  source(): GeoJSONSourceSpecification {
    return {
      type: 'geojson',
      data: this.#features(),
      promoteId: 'station_id',
      cluster: this.#shown.size >= CLUSTERED_FROM,
      clusterMaxZoom: CLUSTER_ZOOM_MAX,
      clusterRadius: 42,
      clusterProperties: { bikes: ['+', ['get', 'bikes']], places: ['+', ['get', 'places']] },
    };
  }

  /** Call it once the map's style has loaded: stations that were set before could not be drawn. */
  drawOn(map: MapLibreMap): void {
    this.#map = map;
    this.#drawAll(0);
  }

  set(stations: readonly Station[], heaps: readonly StationHeap[] = []): void {
    const before = this.#shown;
    const hadHeaps = this.#heaps.length > 0;
    this.#shown = new Map(stations.map((station) => [station.station_id, station]));
    this.#heaps = heaps;
    const update = hadHeaps || heaps.length > 0 ? null : updatesOf(before, this.#shown, this.#chances);
    if (update === null) this.#drawAll(before.size);
    else if (update.length > 0) void this.#source?.updateData({ update });
  }

  /** Colours the stations by the chance of a bike, or by their present state. */
  setChances(chances: Chances): void {
    if (chances === this.#chances) return;
    this.#chances = chances;
    this.#drawAll(this.#shown.size);
  }

  get #source(): GeoJSONSource | undefined {
    return this.#map?.getSource<GeoJSONSource>(STATION_SOURCE);
  }

  #drawAll(countBefore: number): void {
    const isMany = this.#shown.size >= CLUSTERED_FROM;
    if (countBefore >= CLUSTERED_FROM !== isMany) void this.#source?.setClusterOptions({ cluster: isMany });
    void this.#source?.setData(this.#features());
  }

  #features(): GeoJSON.FeatureCollection {
    const { type, features } = stationFeatures([...this.#shown.values()], this.#chances);
    return { type, features: [...features, ...this.#heaps.map(heapFeature)] };
  }
}

function heapFeature({ lat, lon, stations, bikes, places }: StationHeap): GeoJSON.Feature {
  return {
    type: 'Feature',
    geometry: { type: 'Point', coordinates: [lon, lat] },
    properties: { point_count: stations, point_count_abbreviated: abbreviated(stations), bikes, places },
  };
}

/** Formats a count as the map does for its own clusters: `1.2k`. */
export function abbreviated(count: number): string {
  if (count < 1000) return `${count}`;
  return count < 10_000 ? `${Math.round(count / 100) / 10}k` : `${Math.round(count / 1000)}k`;
}

/**
 * The changes to the drawing; null when different stations are shown than before, or so many changed that all must be drawn again.
 */
export function updatesOf(
  before: ReadonlyMap<string, Station>,
  after: ReadonlyMap<string, Station>,
  chances: Chances = null,
) {
  if (before.size !== after.size || after.size === 0) return null;
  const changed: Station[] = [];
  for (const [id, station] of after) {
    const previous = before.get(id);
    if (previous === undefined || previous.lat !== station.lat || previous.lon !== station.lon) return null;
    if (previous !== station) changed.push(station);
  }
  // Per station, an update costs more than drawing everything again.
  if (changed.length > 0.5 * after.size) return null;
  // A station without a position is not drawn.
  return changed.flatMap((station) => {
    const feature = stationFeature(station, chances);
    if (feature === null) return [];
    const addOrUpdateProperties = Object.entries(feature.properties).map(([key, value]) => ({ key, value }));
    return [{ id: station.station_id, addOrUpdateProperties }];
  });
}
