import {
  AttributionControl,
  type GeoJSONSource,
  type LayerSpecification,
  type MapGeoJSONFeature,
  Map as MapLibreMap,
  type MapMouseEvent,
  NavigationControl,
  Popup,
  ScaleControl,
  type StyleSpecification,
} from 'maplibre-gl';
import type { Zones } from '../../src/api/document.ts';
import type { Vehicle } from '../../src/api/vehicle.ts';
import type { Palette } from '../model/palette.ts';
import type { Station } from '../model/station.ts';
import type { Camera } from '../model/url-state.ts';
import { type Basemap, GRATICULE_SOURCE } from './basemap.ts';
import { graticule } from './graticule.ts';
import {
  boundsOf,
  type Chances,
  type StationFeature,
  stationFeature,
  stationFeatures,
} from './station-features.ts';
import { CLUSTER_LAYER, STATION_LAYER, STATION_SOURCE, stationLayers } from './station-layers.ts';
import { drawIcon, ICON_PIXEL_RATIO, readIconName } from './vehicle-icon.ts';
import {
  iconPrefix,
  VEHICLE_CLUSTER_LAYER,
  VEHICLE_LAYER,
  VEHICLE_SOURCE,
  vehicleFeatures,
  vehicleLabels,
  vehicleLayers,
  vehicleSource,
} from './vehicle-layers.ts';
import { ZONE_SOURCE, zoneFeatures, zoneLayers } from './zone-layers.ts';

export type StationMapOptions = {
  container: HTMLElement;
  camera: Camera | null;
  basemap: Basemap;
  palette: Palette;
  /** The stations, or the vehicles, are of long ago. */
  stale: boolean;
  vehiclesStale: boolean;
  onSelect: (stationId: string | null) => void;
  onCamera: (camera: Camera) => void;
  /** A file of the ground could not be had. */
  onMissingFile: () => void;
  /** What a pointer over a station shows. */
  describe: (stationId: string) => HTMLElement | null;
  /** What a vehicle says of itself when it is pointed at, and more when it is chosen. */
  describeVehicle: (vehicle: Vehicle, chosen: boolean) => HTMLElement;
};

type Look = Pick<StationMapOptions, 'basemap' | 'palette' | 'stale' | 'vehiclesStale'>;

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
  #chances: Chances = null;
  readonly #card = new Popup({ closeButton: true, offset: 14, className: 'card', focusAfterOpen: false });
  #vehicles: readonly Vehicle[] = [];
  #zones: Zones | null = null;
  #drawing: Promise<unknown> | null = null;
  #look: Look;
  #selected: string | null = null;
  #fitted: boolean;

  constructor(options: StationMapOptions) {
    this.#options = options;
    this.#look = options;
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
    else if (changed.length > 0)
      void this.#source?.updateData({ update: changed.map((station) => asUpdate(station, this.#chances)) });
    this.#fitOnce();
  }

  /** Colours the stations by how likely a bike is, or by what is there. */
  setChances(chances: Chances): void {
    if (chances === this.#chances) return;
    this.#chances = chances;
    this.#drawAll(this.#shown.size);
  }

  /** Draws other vehicles. While a list is on its way to the worker the next ones wait, and only the newest of them is drawn. */
  setVehicles(vehicles: readonly Vehicle[]): void {
    this.#vehicles = vehicles;
    this.#hover.remove();
    this.#card.remove();
    this.#fitOnce();
    if (this.#drawing === null) void this.#drawVehicles();
  }

  async #drawVehicles(): Promise<void> {
    const source = this.map.getSource<GeoJSONSource>(VEHICLE_SOURCE);
    if (source === undefined) return;
    const drawn = this.#vehicles;
    this.#drawing = source.setData(vehicleFeatures(drawn));
    await this.#drawing.catch(() => {});
    this.#drawing = null;
    if (drawn !== this.#vehicles) void this.#drawVehicles();
  }

  setZones(zones: Zones | null): void {
    this.#zones = zones;
    void this.map.getSource<GeoJSONSource>(ZONE_SOURCE)?.setData(zoneFeatures(zones));
  }

  /** The source of the stations; none before the map's style has been read. */
  get #source(): GeoJSONSource | undefined {
    return this.map.getSource<GeoJSONSource>(STATION_SOURCE);
  }

  #drawAll(countBefore: number): void {
    const isMany = this.#shown.size >= CLUSTERED_FROM;
    if (countBefore >= CLUSTERED_FROM !== isMany) void this.#source?.setClusterOptions({ cluster: isMany });
    void this.#source?.setData(stationFeatures([...this.#shown.values()], this.#chances));
  }

  /** Other colours, another ground; where the map looks stays. */
  setStyle(look: Look): void {
    this.#look = look;
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
    const bounds = boundsOf(this.#shown.size > 0 ? this.#shown.values() : this.#vehicles);
    if (bounds !== null) this.map.fitBounds(bounds, { ...FIT, animate: false });
  }

  destroy(): void {
    this.map.remove();
  }

  #fitOnce(): void {
    if (this.#fitted || this.#shown.size + this.#vehicles.length === 0) return;
    this.#fitted = true;
    this.fit();
  }

  #style(look: Look, count: number): StyleSpecification {
    const layers: LayerSpecification[] = [
      ...look.basemap.layers,
      ...zoneLayers(look.palette),
      ...vehicleLayers(look.palette, look.vehiclesStale),
      ...stationLayers(look.palette, look.stale),
      ...vehicleLabels(look.palette, look.vehiclesStale),
    ];
    return {
      version: 8,
      sources: {
        ...look.basemap.sources,
        [ZONE_SOURCE]: { type: 'geojson', data: zoneFeatures(this.#zones) },
        [VEHICLE_SOURCE]: vehicleSource(this.#vehicles),
        [STATION_SOURCE]: {
          type: 'geojson',
          data: stationFeatures([...this.#shown.values()], this.#chances),
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
    const { onCamera, onMissingFile } = this.#options;
    map.once('style.load', () => {
      // What came before there was a source to draw it with. The event `load` waits for the ground too.
      this.#drawAll(0);
      void this.#drawVehicles();
      this.setZones(this.#zones);
      this.#drawGraticule();
      this.#markSelected();
    });
    map.setMissingStyleImageResolver((name) => this.#addIcon(name));
    map.on('error', ({ error }) => {
      if ((error as { status?: number }).status === 404) onMissingFile();
      else console.warn('The map:', error);
    });
    map.on('moveend', (event) => {
      this.#drawGraticule();
      // The address leaves out moves that the page makes by itself.
      if (!event.originalEvent) return;
      const { lat, lng } = map.getCenter();
      onCamera({ lat, lon: lng, zoom: map.getZoom() });
    });
    map.on('click', (event) => this.#click(event));
    map.on('mousemove', STATION_LAYER, (event) => this.#showHover(event.features?.[0]));
    map.on('mousemove', VEHICLE_LAYER, (event) => this.#showHover(event.features?.[0]));
    for (const layer of [STATION_LAYER, VEHICLE_LAYER])
      map.on('mouseleave', layer, () => this.#showHover(undefined));
    for (const layer of [CLUSTER_LAYER, VEHICLE_CLUSTER_LAYER]) {
      map.on('mouseenter', layer, () => this.#pointer(true));
      map.on('mouseleave', layer, () => this.#pointer(false));
    }
  }

  #click({ point }: MapMouseEvent): void {
    const layers = [STATION_LAYER, CLUSTER_LAYER, VEHICLE_LAYER, VEHICLE_CLUSTER_LAYER];
    const [hit] = this.map.queryRenderedFeatures(point, { layers });
    const { onSelect } = this.#options;
    if (hit === undefined) onSelect(null);
    else if (hit.layer.id === CLUSTER_LAYER || hit.layer.id === VEHICLE_CLUSTER_LAYER)
      void this.#openCluster(hit);
    else if (hit.layer.id === VEHICLE_LAYER) this.#showCard(hit);
    else onSelect(`${hit.properties.station_id}`);
  }

  #addIcon(name: string): void {
    const { palette, vehiclesStale } = this.#look;
    const prefix = iconPrefix(palette, vehiclesStale);
    const look = name.startsWith(prefix) ? readIconName(name.slice(prefix.length)) : null;
    if (look === null || this.map.hasImage(name)) return;
    this.map.addImage(name, drawIcon(look, palette, vehiclesStale), { pixelRatio: ICON_PIXEL_RATIO });
  }

  #showCard(hit: MapGeoJSONFeature): void {
    const vehicle = this.#vehicles[Number(hit.properties.vehicle)];
    if (vehicle === undefined || hit.geometry.type !== 'Point') return;
    this.#hover.remove();
    this.#card
      .setLngLat(hit.geometry.coordinates as [number, number])
      .setDOMContent(this.#options.describeVehicle(vehicle, true))
      .addTo(this.map);
  }

  async #openCluster(cluster: MapGeoJSONFeature): Promise<void> {
    const source = this.map.getSource<GeoJSONSource>(cluster.source);
    if (source === undefined || cluster.geometry.type !== 'Point') return;
    const zoom = await source.getClusterExpansionZoom(Number(cluster.properties.cluster_id));
    this.map.easeTo({ center: cluster.geometry.coordinates as [number, number], zoom });
  }

  #showHover(feature: MapGeoJSONFeature | undefined): void {
    this.#pointer(feature !== undefined);
    const content = feature && this.#describe(feature);
    if (!content || feature.geometry.type !== 'Point') return void this.#hover.remove();
    this.#hover
      .setLngLat(feature.geometry.coordinates as [number, number])
      .setDOMContent(content)
      .addTo(this.map);
  }

  #describe({ layer, properties }: MapGeoJSONFeature): HTMLElement | null {
    if (layer.id !== VEHICLE_LAYER) return this.#options.describe(`${properties.station_id}`);
    const vehicle = this.#vehicles[Number(properties.vehicle)];
    return vehicle === undefined ? null : this.#options.describeVehicle(vehicle, false);
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

function asUpdate(station: Station, chances: Chances) {
  const { properties } = stationFeature(station, chances) as StationFeature;
  return {
    id: station.station_id,
    addOrUpdateProperties: Object.entries(properties).map(([key, value]) => ({ key, value })),
  };
}
