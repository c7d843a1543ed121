import {
  AttributionControl,
  type GeoJSONSource,
  type LayerSpecification,
  type MapGeoJSONFeature,
  Map as MapLibreMap,
  NavigationControl,
  Popup,
  ScaleControl,
  type StyleSpecification,
} from 'maplibre-gl';
import type { Palette } from '../model/palette.ts';
import type { Station } from '../model/station.ts';
import type { Camera } from '../model/url-state.ts';
import { type Basemap, GRATICULE_SOURCE } from './basemap.ts';
import { graticule } from './graticule.ts';
import { boundsOf, type StationFeature, stationFeature, stationFeatures } from './station-features.ts';
import { CLUSTER_LAYER, STATION_LAYER, STATION_SOURCE, stationLayers } from './station-layers.ts';

export type StationMapOptions = {
  container: HTMLElement;
  camera: Camera | null;
  basemap: Basemap;
  palette: Palette;
  stale: boolean;
  onSelect: (stationId: string | null) => void;
  onCamera: (camera: Camera) => void;
  /** A file of the ground could not be had. */
  onMissingFile: () => void;
  /** What a pointer over a station shows. */
  describe: (stationId: string) => HTMLElement | null;
};

/** From so many on, stations that would lie on each other are drawn as one. */
const CLUSTERED_FROM = 1500;
const CLUSTER_ZOOM_MAX = 12;
const FIT = { padding: 40, maxZoom: 15 };

/** The map and what it shows; nothing of the page's state is known here. */
export class StationMap {
  readonly map: MapLibreMap;
  readonly #options: StationMapOptions;
  readonly #hover = new Popup({ closeButton: false, closeOnClick: false, offset: 14, className: 'hover' });
  #shown: ReadonlyMap<string, Station> = new Map();
  #selected: string | null = null;
  #fitted: boolean;

  constructor(options: StationMapOptions) {
    this.#options = options;
    this.#fitted = options.camera !== null;
    const { camera } = options;
    this.map = new MapLibreMap({
      container: options.container,
      style: this.#style(options, 0),
      ...(camera === null
        ? { center: [10, 50], zoom: 3 }
        : { center: [camera.lon, camera.lat], zoom: camera.zoom }),
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      maxPitch: 0,
      fadeDuration: 100,
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.addControl(new NavigationControl({ showCompass: false }), 'top-right');
    this.map.addControl(new ScaleControl({ unit: 'metric' }), 'bottom-right');
    this.map.addControl(new AttributionControl({ compact: true }), 'bottom-right');
    this.#listen();
  }

  /** Draws other stations or other values of them; of a few that changed, only these are sent to the worker. */
  setStations(stations: readonly Station[]): void {
    const before = this.#shown;
    this.#shown = new Map(stations.map((station) => [station.station_id, station]));
    const changed = changedStations(before, this.#shown);
    if (changed === null) this.#drawAll(before.size);
    else if (changed.length > 0) void this.#source?.updateData({ update: changed.map(asUpdate) });
    this.#fitOnce();
  }

  /** The source of the stations; none before the map's style has been read. */
  get #source(): GeoJSONSource | undefined {
    return this.map.getSource<GeoJSONSource>(STATION_SOURCE);
  }

  #drawAll(countBefore: number): void {
    const isMany = this.#shown.size >= CLUSTERED_FROM;
    if (countBefore >= CLUSTERED_FROM !== isMany) void this.#source?.setClusterOptions({ cluster: isMany });
    void this.#source?.setData(stationFeatures([...this.#shown.values()]));
  }

  /** Other colours, another ground; where the map looks stays. */
  setStyle(look: Pick<StationMapOptions, 'basemap' | 'palette' | 'stale'>): void {
    this.map.setStyle(this.#style(look, this.#shown.size), { diff: true });
    this.#drawGraticule();
    this.#markSelected();
  }

  select(stationId: string | null, { centre }: { centre: boolean }): void {
    this.#selected = stationId;
    this.#markSelected();
    const station = stationId === null ? undefined : this.#shown.get(stationId);
    if (!centre || station?.lat == null || station.lon == null) return;
    const place: [number, number] = [station.lon, station.lat];
    if (this.map.getBounds().contains(place)) return;
    this.map.easeTo({ center: place, zoom: Math.max(this.map.getZoom(), 13) });
  }

  fit(): void {
    const bounds = boundsOf(this.#shown.values());
    if (bounds !== null) this.map.fitBounds(bounds, { ...FIT, animate: false });
  }

  destroy(): void {
    this.map.remove();
  }

  #fitOnce(): void {
    if (this.#fitted || this.#shown.size === 0) return;
    this.#fitted = true;
    this.fit();
  }

  #style(look: Pick<StationMapOptions, 'basemap' | 'palette' | 'stale'>, count: number): StyleSpecification {
    const layers: LayerSpecification[] = [...look.basemap.layers, ...stationLayers(look.palette, look.stale)];
    return {
      version: 8,
      sources: {
        ...look.basemap.sources,
        [STATION_SOURCE]: {
          type: 'geojson',
          data: stationFeatures([...this.#shown.values()]),
          promoteId: 'station_id',
          cluster: count >= CLUSTERED_FROM,
          clusterMaxZoom: CLUSTER_ZOOM_MAX,
          clusterRadius: 42,
          clusterProperties: { bikes: ['+', ['get', 'bikes']], places: ['+', ['get', 'places']] },
        },
      },
      layers,
    };
  }

  #listen(): void {
    const { map } = this;
    const { onSelect, onCamera, onMissingFile } = this.#options;
    map.once('style.load', () => {
      // What came before there was a source to draw it with. The event `load` waits for the ground too.
      this.#drawAll(0);
      this.#drawGraticule();
      this.#markSelected();
    });
    map.on('error', ({ error }) => {
      if ((error as { status?: number }).status === 404) onMissingFile();
      else console.warn('The map:', error);
    });
    map.on('moveend', (event) => {
      this.#drawGraticule();
      // Moves of ours are no wish of a person: the address keeps them out.
      if (!event.originalEvent) return;
      const { lat, lng } = map.getCenter();
      onCamera({ lat, lon: lng, zoom: map.getZoom() });
    });
    map.on('click', (event) => {
      const [hit] = map.queryRenderedFeatures(event.point, { layers: [STATION_LAYER, CLUSTER_LAYER] });
      if (hit === undefined) return onSelect(null);
      if (hit.layer.id === CLUSTER_LAYER) return void this.#openCluster(hit);
      onSelect(`${hit.properties.station_id}`);
    });
    map.on('mousemove', STATION_LAYER, (event) => this.#showHover(event.features?.[0]));
    map.on('mouseleave', STATION_LAYER, () => this.#showHover(undefined));
    map.on('mouseenter', CLUSTER_LAYER, () => this.#pointer(true));
    map.on('mouseleave', CLUSTER_LAYER, () => this.#pointer(false));
  }

  async #openCluster(cluster: MapGeoJSONFeature): Promise<void> {
    const source = this.#source;
    if (source === undefined || cluster.geometry.type !== 'Point') return;
    const zoom = await source.getClusterExpansionZoom(Number(cluster.properties.cluster_id));
    this.map.easeTo({ center: cluster.geometry.coordinates as [number, number], zoom });
  }

  #showHover(feature: MapGeoJSONFeature | undefined): void {
    this.#pointer(feature !== undefined);
    const content = feature && this.#options.describe(`${feature.properties.station_id}`);
    if (!content || feature.geometry.type !== 'Point') return void this.#hover.remove();
    this.#hover
      .setLngLat(feature.geometry.coordinates as [number, number])
      .setDOMContent(content)
      .addTo(this.map);
  }

  #pointer(over: boolean): void {
    this.map.getCanvas().style.cursor = over ? 'pointer' : '';
  }

  #markSelected(): void {
    if (this.map.getLayer('station-halo') === undefined) return;
    this.map.setFilter('station-halo', ['==', ['get', 'station_id'], this.#selected ?? '']);
  }

  #drawGraticule(): void {
    const bounds = this.map.getBounds();
    const source = this.map.getSource<GeoJSONSource>(GRATICULE_SOURCE);
    void source?.setData(
      graticule({
        west: bounds.getWest(),
        south: bounds.getSouth(),
        east: bounds.getEast(),
        north: bounds.getNorth(),
      }),
    );
  }
}

/** Null when other stations are shown than before, so that all have to be drawn anew. */
function changedStations(
  before: ReadonlyMap<string, Station>,
  after: ReadonlyMap<string, Station>,
): Station[] | null {
  if (before.size !== after.size || after.size === 0) return null;
  const changed: Station[] = [];
  for (const [id, station] of after) {
    const previous = before.get(id);
    if (previous === undefined || previous.lat !== station.lat || previous.lon !== station.lon) return null;
    if (previous !== station) changed.push(station);
  }
  // An update costs more per station than drawing anew does.
  return changed.length > 0.5 * after.size ? null : changed;
}

function asUpdate(station: Station) {
  const { properties } = stationFeature(station) as StationFeature;
  return {
    id: station.station_id,
    addOrUpdateProperties: Object.entries(properties).map(([key, value]) => ({ key, value })),
  };
}
