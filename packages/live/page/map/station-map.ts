import type { GeoJSONSource, MapGeoJSONFeature, Map as MapLibreMap, StyleSpecification } from 'maplibre-gl';
import type { Zones } from '../../src/api/document.ts';
import type { Vehicle } from '../../src/api/vehicle.ts';
import type { Palette } from '../model/palette.ts';
import type { Station } from '../model/station.ts';
import { type BaseMapOptions, drawGraticule, openBaseMap } from './base-map.ts';
import type { Basemap } from './ground/basemap.ts';
import { MapPointer } from './map-pointer.ts';
import { StationDrawing } from './station-drawing.ts';
import type { Bounds, Chances } from './station-features.ts';
import { CLUSTER_LAYER, STATION_LAYER, STATION_SOURCE, stationLayers } from './station-layers.ts';
import { drawIconsOf, VehicleDrawing } from './vehicle-drawing.ts';
import {
  VEHICLE_CLUSTER_LAYER,
  VEHICLE_LAYER,
  VEHICLE_SOURCE,
  vehicleLabels,
  vehicleLayers,
} from './vehicle-layers.ts';
import { ChosenStation } from './view/chosen-station.ts';
import { FirstView } from './view/first-view.ts';
import { ZONE_SOURCE, zoneFeatures, zoneLayers } from './zone-layers.ts';

export type StationMapOptions = BaseMapOptions & {
  basemap: Basemap;
  palette: Palette;
  /** The station data, or the vehicle data, is old. */
  stale: boolean;
  vehiclesStale: boolean;
  onSelect: (stationId: string | null) => void;
  /** The content of the popup over a station. */
  describe: (stationId: string) => HTMLElement | null;
  /** The description of a vehicle under the pointer, with more details once it is chosen. */
  describeVehicle: (vehicle: Vehicle, chosen: boolean) => HTMLElement;
};

type Look = Pick<StationMapOptions, 'basemap' | 'palette' | 'stale' | 'vehiclesStale'>;

const FIT = { padding: 40, maxZoom: 15 };

/** The map of one system. It knows nothing of the page's state. */
export class StationMap {
  readonly map: MapLibreMap;
  readonly #options: StationMapOptions;
  readonly #stations = new StationDrawing();
  readonly #vehicles = new VehicleDrawing();
  readonly #pointer: MapPointer;
  #zones: Zones | null = null;
  #look: Look;
  readonly #firstView: FirstView;
  readonly #chosen: ChosenStation;

  constructor(options: StationMapOptions) {
    this.#options = options;
    this.#look = options;
    this.map = openBaseMap(options, this.#style(options));
    this.#firstView = new FirstView(this.map, FIT, options.camera !== null, options.covered);
    this.#chosen = new ChosenStation({
      map: this.map,
      stations: this.#stations,
      firstView: this.#firstView,
      over: options.over,
      zoomMin: () => 13,
    });
    drawIconsOf(this.map, () => this.#look);
    this.#pointer = new MapPointer(this.map, {
      things: [STATION_LAYER, VEHICLE_LAYER],
      heaps: [CLUSTER_LAYER, VEHICLE_CLUSTER_LAYER],
      describe: (thing) => this.#describe(thing, false),
      choose: (thing) => this.#choose(thing),
    });
    // The event `load` would also wait for the ground.
    this.map.once('style.load', () => {
      this.#stations.drawOn(this.map);
      this.#vehicles.drawOn(this.map);
      this.setZones(this.#zones);
      this.#chosen.mark();
    });
  }

  /**
   * Draws other stations, or other values of them.
   *
   * @param reach the bounds of all stations of the system
   */
  setStations(stations: readonly Station[], reach: Bounds | null): void {
    this.#stations.set(stations);
    this.#firstView.show(stations, reach);
    this.#chosen.reveal();
  }

  /** Colours the stations by the chance of a bike, or by their present state. */
  setChances(chances: Chances): void {
    this.#stations.setChances(chances);
  }

  setVehicles(vehicles: readonly Vehicle[]): void {
    this.#pointer.hide();
    this.#vehicles.set(vehicles);
    this.#firstView.showOnce(vehicles);
  }

  setZones(zones: Zones | null): void {
    this.#zones = zones;
    void this.map.getSource<GeoJSONSource>(ZONE_SOURCE)?.setData(zoneFeatures(zones));
  }

  /** Changes colours and ground, but not the view. */
  setStyle(look: Look): void {
    this.#look = look;
    this.map.setStyle(this.#style(look), { diff: true });
    drawGraticule(this.map);
    this.#chosen.mark();
  }

  select(stationId: string | null): void {
    this.#chosen.choose(stationId);
  }

  destroy(): void {
    this.#chosen.stop();
    this.map.remove();
  }

  #style({ basemap, palette, stale, vehiclesStale }: Look): StyleSpecification {
    return {
      version: 8,
      sources: {
        ...basemap.sources,
        [ZONE_SOURCE]: { type: 'geojson', data: zoneFeatures(this.#zones) },
        [VEHICLE_SOURCE]: this.#vehicles.source(),
        [STATION_SOURCE]: this.#stations.source(),
      },
      layers: [
        ...basemap.layers,
        ...zoneLayers(palette),
        ...vehicleLayers(palette, vehiclesStale),
        ...stationLayers(palette, stale),
        ...vehicleLabels(palette, vehiclesStale),
      ],
    };
  }

  #choose(thing: MapGeoJSONFeature | null): HTMLElement | null {
    if (thing?.layer.id === VEHICLE_LAYER) return this.#describe(thing, true);
    this.#options.onSelect(thing === null ? null : `${thing.properties.station_id}`);
    return null;
  }

  #describe({ layer, properties }: MapGeoJSONFeature, chosen: boolean): HTMLElement | null {
    if (layer.id !== VEHICLE_LAYER) return this.#options.describe(`${properties.station_id}`);
    const vehicle = this.#vehicles.shown[Number(properties.vehicle)];
    return vehicle === undefined ? null : this.#options.describeVehicle(vehicle, chosen);
  }
}
