import type { GeoJSONSource, GeoJSONSourceSpecification, Map as MapLibreMap } from 'maplibre-gl';
import type { Station } from '../model/station.ts';
import { type Chances, stationFeature, stationFeatures } from './station-features.ts';
import { STATION_SOURCE } from './station-layers.ts';

/** From so many on, stations that would lie on each other are drawn as one. */
const CLUSTERED_FROM = 1500;
const CLUSTER_ZOOM_MAX = 12;

/** A heap that was added up before it came here: drawn as one that the map has made. */
export type StationHeap = { lat: number; lon: number; stations: number; bikes: number; places: number };

/** The stations on a map: of a few that changed, only these are sent to its worker. */
export class StationDrawing {
  #map: MapLibreMap | null = null;
  #shown: ReadonlyMap<string, Station> = new Map();
  #heaps: readonly StationHeap[] = [];
  #chances: Chances = null;

  get shown(): ReadonlyMap<string, Station> {
    return this.#shown;
  }

  /** What a style begins with. */
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

  /** Once the map's style has been read: what came before had nothing to be drawn with. */
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

  /** Colours them by how likely a bike is, or by what is there. */
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

/** As the map writes the sizes of its own clusters: `1.2k`. */
export function abbreviated(count: number): string {
  if (count < 1000) return `${count}`;
  return count < 10_000 ? `${Math.round(count / 100) / 10}k` : `${Math.round(count / 1000)}k`;
}

/** What of the drawing has changed; null when other stations are shown than before, or many, so that all have to be drawn again. */
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
  // An update costs more per station than drawing again does.
  if (changed.length > 0.5 * after.size) return null;
  // One without a place is not drawn.
  return changed.flatMap((station) => {
    const feature = stationFeature(station, chances);
    if (feature === null) return [];
    const addOrUpdateProperties = Object.entries(feature.properties).map(([key, value]) => ({ key, value }));
    return [{ id: station.station_id, addOrUpdateProperties }];
  });
}
