import type { LayerSpecification } from 'maplibre-gl';
import type { Vehicle } from '../../src/api/vehicle.ts';
import type { Palette } from '../model/palette.ts';
import { lookOf } from '../model/vehicle/vehicle-shape.ts';
import { iconName } from './vehicle-icon.ts';

export const VEHICLE_SOURCE = 'vehicles';
export const VEHICLE_LAYER = 'vehicle-icons';
export const VEHICLE_CLUSTER_LAYER = 'vehicle-clusters';

/** The last zoom with clusters: beyond it each vehicle is drawn. */
const CLUSTER_ZOOM_MAX = 14;
const FONT = ['Inter Variable'];

type VehicleProperties = { vehicle: number; icon: string };

/** `vehicle` is the index in the list, because a vehicle has no id. */
export function vehicleFeatures(
  vehicles: readonly Vehicle[],
): GeoJSON.FeatureCollection<GeoJSON.Point, VehicleProperties> {
  const features = vehicles.flatMap((vehicle, index) => {
    const { lat, lon } = vehicle;
    if (lat === null || lon === null) return [];
    return [
      {
        type: 'Feature' as const,
        geometry: { type: 'Point' as const, coordinates: [lon, lat] },
        properties: { vehicle: index, icon: iconName(lookOf(vehicle)) },
      },
    ];
  });
  return { type: 'FeatureCollection', features };
}

export function vehicleSource(vehicles: readonly Vehicle[]) {
  return {
    type: 'geojson' as const,
    data: vehicleFeatures(vehicles),
    cluster: true,
    clusterMaxZoom: CLUSTER_ZOOM_MAX,
    clusterRadius: 36,
    clusterMinPoints: 3,
  };
}

/** Vehicles are shapes, and clusters of them a ring with their number. No station is a ring of this colour. */
export function vehicleLayers(palette: Palette, stale: boolean): LayerSpecification[] {
  const colour = stale ? palette.unknown : palette.vehicle;
  return [
    {
      id: VEHICLE_LAYER,
      type: 'symbol',
      source: VEHICLE_SOURCE,
      filter: ['!', ['has', 'point_count']],
      layout: {
        'icon-image': ['concat', iconPrefix(palette, stale), ['get', 'icon']],
        'icon-size': ['interpolate', ['linear'], ['zoom'], 10, 0.5, 14, 0.75, 17, 1.1],
        'icon-allow-overlap': true,
        'icon-ignore-placement': true,
      },
    },
    {
      id: VEHICLE_CLUSTER_LAYER,
      type: 'circle',
      source: VEHICLE_SOURCE,
      filter: ['has', 'point_count'],
      paint: {
        'circle-radius': ['interpolate', ['linear'], ['sqrt', ['get', 'point_count']], 1, 9, 10, 17, 60, 34],
        'circle-color': palette.surface,
        'circle-opacity': 0.92,
        'circle-stroke-color': colour,
        'circle-stroke-width': 2,
      },
    },
  ];
}

/** Drawn over the stations: otherwise their circles would hide the numbers. */
export function vehicleLabels(palette: Palette, stale: boolean): LayerSpecification[] {
  return [
    {
      id: 'vehicle-cluster-labels',
      type: 'symbol',
      source: VEHICLE_SOURCE,
      filter: ['has', 'point_count'],
      layout: {
        'text-field': ['get', 'point_count_abbreviated'],
        'text-font': FONT,
        'text-size': 11,
        'text-allow-overlap': true,
      },
      paint: {
        'text-color': stale ? palette.muted : palette.vehicle,
        'text-halo-color': palette.surface,
        'text-halo-width': 2,
      },
    },
  ];
}

/** Each look has an image for each theme, because the colours differ. */
export function iconPrefix(palette: Palette, stale: boolean): string {
  return `${palette.vehicle}${stale ? '-stale' : ''} `;
}
