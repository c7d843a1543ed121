import {
  type GeoJSONSource,
  type MapGeoJSONFeature,
  type Map as MapLibreMap,
  Marker,
  type StyleSpecification,
} from 'maplibre-gl';
import type { System } from '../../../src/api/system.ts';
import type { Vehicle } from '../../../src/api/vehicle.ts';
import type { Palette } from '../../model/palette.ts';
import type { Station } from '../../model/station.ts';
import type { Camera } from '../../model/url-state.ts';
import { middleOf } from '../../model/world/system-place.ts';
import type { ViewBox } from '../../model/world/view-box.ts';
import { type BaseMapOptions, cameraOf, drawGraticule, openBaseMap } from '../base-map.ts';
import type { Basemap } from '../ground/basemap.ts';
import { MapPointer } from '../map-pointer.ts';
import { StationDrawing, type StationHeap } from '../station-drawing.ts';
import { type Bounds, boundsOf } from '../station-features.ts';
import { CLUSTER_LAYER, STATION_LAYER, STATION_SOURCE, stationLayers } from '../station-layers.ts';
import { drawIconsOf, VehicleDrawing, type VehicleHeap } from '../vehicle-drawing.ts';
import {
  VEHICLE_CLUSTER_LAYER,
  VEHICLE_LAYER,
  VEHICLE_SOURCE,
  vehicleLabels,
  vehicleLayers,
} from '../vehicle-layers.ts';
import { ChosenStation } from '../view/chosen-station.ts';
import { FirstView } from '../view/first-view.ts';
import { SYSTEM_LAYER, SYSTEM_SOURCE, systemFeatures, systemLayers } from './system-layers.ts';

export type WorldMapOptions = BaseMapOptions & {
  groundOf: (place: readonly [number, number, number, number] | null, palette: Palette) => Basemap;
  palette: Palette;
  systems: readonly System[];
  /** From this zoom on places are shown, below it systems. */
  placeZoom: number;
  onView: (view: ViewBox & { zoom: number }) => void;
  onSelectSystem: (systemId: string) => void;
  /** Called with the key of a station, or null when the ground was chosen. */
  onSelectStation: (key: string | null) => void;
  describeSystem: (systemId: string) => HTMLElement | null;
  describeStation: (key: string) => HTMLElement | null;
  /** By index among the drawn vehicles, because a vehicle has no id. */
  describeVehicle: (index: number, chosen: boolean) => HTMLElement | null;
};

/** The map of all systems: far away one circle per system, near by the stations and vehicles of every operator. */
export class WorldMap {
  readonly map: MapLibreMap;
  readonly #options: WorldMapOptions;
  readonly #stations = new StationDrawing();
  readonly #vehicles = new VehicleDrawing();
  readonly #pointer: MapPointer;
  readonly #firstView: FirstView;
  readonly #chosen: ChosenStation;
  #palette: Palette;
  #systems: readonly System[];
  #ground: string | null = null;
  #me: Marker | null = null;

  constructor(options: WorldMapOptions) {
    this.#options = options;
    this.#palette = options.palette;
    this.#systems = options.systems;
    this.map = openBaseMap(options, this.#style(options.camera));
    drawIconsOf(this.map, () => ({ palette: this.#palette, vehiclesStale: false }));
    this.#pointer = new MapPointer(this.map, {
      things: [SYSTEM_LAYER, STATION_LAYER, VEHICLE_LAYER],
      heaps: [CLUSTER_LAYER, VEHICLE_CLUSTER_LAYER],
      describe: (thing) => this.#describe(thing, false),
      choose: (thing) => this.#choose(thing),
    });
    this.map.once('style.load', () => {
      this.#stations.drawOn(this.map);
      this.#vehicles.drawOn(this.map);
      this.#chosen.mark();
      this.#tellView();
    });
    this.map.on('moveend', () => this.#tellView());
    // The first view shows whole systems, even if all are in one city: systems without a position are listed beside the
    // map.
    const fit = { padding: 60, maxZoom: options.placeZoom - 0.5 };
    this.#firstView = new FirstView(this.map, fit, options.camera !== null, options.covered);
    this.#chosen = new ChosenStation({
      map: this.map,
      stations: this.#stations,
      firstView: this.#firstView,
      over: options.over,
      zoomMin: () => this.map.getZoom(),
    });
    this.#showSystems();
  }

  setSystems(systems: readonly System[]): void {
    this.#systems = systems;
    this.#showSystems();
    void this.map.getSource<GeoJSONSource>(SYSTEM_SOURCE)?.setData(systemFeatures(systems));
  }

  setPlace(
    place: { stations: readonly Station[]; stationHeaps: readonly StationHeap[] },
    fleet: { vehicles: readonly Vehicle[]; vehicleHeaps: readonly VehicleHeap[] },
  ): void {
    this.#pointer.hide();
    this.#stations.set(place.stations, place.stationHeaps);
    this.#vehicles.set(fleet.vehicles, fleet.vehicleHeaps);
    this.#chosen.reveal();
  }

  setPalette(palette: Palette): void {
    // The first palette is already drawn: setting a style while another loads makes the map load it twice.
    if (palette === this.#palette) return;
    this.#palette = palette;
    this.#restyle();
  }

  select(key: string | null): void {
    this.#chosen.choose(key);
  }

  goTo({ lat, lon, zoom }: Camera): void {
    this.#firstView.take();
    this.map.jumpTo({ center: [lon, lat], zoom });
  }

  /** Shows all systems within these bounds, and those that arrive later, until the user moves the map. */
  show(bounds: Bounds): void {
    this.#firstView.begin(bounds);
  }

  /** Marks the user's position. */
  setMe(place: { lat: number; lon: number } | null): void {
    this.#me?.remove();
    this.#me = null;
    if (place === null) return;
    const element = document.createElement('div');
    element.className = 'me';
    element.title = 'You are here';
    this.#me = new Marker({ element }).setLngLat([place.lon, place.lat]).addTo(this.map);
  }

  destroy(): void {
    this.#chosen.stop();
    this.map.remove();
  }

  #showSystems(): void {
    const middles = this.#systems.flatMap((system) => middleOf(system) ?? []);
    this.#firstView.show(middles, boundsOf(middles));
  }

  #tellView(): void {
    const bounds = this.map.getBounds();
    this.#options.onView({
      west: bounds.getWest(),
      south: Math.max(-90, bounds.getSouth()),
      east: bounds.getEast(),
      north: Math.min(90, bounds.getNorth()),
      zoom: this.map.getZoom(),
    });
    if (this.#groundHere(cameraOf(this.map)).key !== this.#ground) this.#restyle();
  }

  #restyle(): void {
    this.map.setStyle(this.#style(cameraOf(this.map)), { diff: true });
    drawGraticule(this.map);
    this.#chosen.mark();
  }

  /** The water of a city is drawn if the page bundles it. */
  #groundHere(camera: Camera | null): { key: string; basemap: Basemap } {
    const { groundOf, placeZoom } = this.#options;
    const isNear = camera !== null && camera.zoom >= placeZoom;
    const { lat, lon } = camera ?? { lat: 0, lon: 0 };
    const basemap = groundOf(isNear ? [lon, lat, lon, lat] : null, this.#palette);
    return { key: JSON.stringify(basemap.sources['city-water'] ?? null), basemap };
  }

  #style(camera: Camera | null): StyleSpecification {
    const palette = this.#palette;
    const { key, basemap } = this.#groundHere(camera);
    this.#ground = key;
    const { placeZoom } = this.#options;
    return {
      version: 8,
      sources: {
        ...basemap.sources,
        [SYSTEM_SOURCE]: { type: 'geojson', data: systemFeatures(this.#systems) },
        [VEHICLE_SOURCE]: this.#vehicles.source(),
        [STATION_SOURCE]: this.#stations.source(),
      },
      layers: [
        ...basemap.layers,
        ...vehicleLayers(palette, false),
        ...stationLayers(palette, false),
        ...vehicleLabels(palette, false),
        ...systemLayers(palette, placeZoom),
      ],
    };
  }

  #choose(thing: MapGeoJSONFeature | null): HTMLElement | null {
    if (thing?.layer.id === VEHICLE_LAYER) return this.#describe(thing, true);
    if (thing?.layer.id === SYSTEM_LAYER) this.#options.onSelectSystem(`${thing.properties.system_id}`);
    else this.#options.onSelectStation(thing === null ? null : `${thing.properties.station_id}`);
    return null;
  }

  #describe({ layer, properties }: MapGeoJSONFeature, chosen: boolean): HTMLElement | null {
    const { describeSystem, describeStation, describeVehicle } = this.#options;
    if (layer.id === SYSTEM_LAYER) return describeSystem(`${properties.system_id}`);
    if (layer.id === STATION_LAYER) return describeStation(`${properties.station_id}`);
    return describeVehicle(Number(properties.vehicle), chosen);
  }
}
