import type { ExpressionSpecification, LayerSpecification, Map as MapLibreMap } from 'maplibre-gl';
import type { Palette } from '../model/palette.ts';
import { colourBy, SHARE_OF_BIKES, SHARE_OF_CLUSTER, textOn } from './colour-scale.ts';

export const STATION_SOURCE = 'stations';
/** The layers that react to the pointer. */
export const STATION_LAYER = 'station-circles';
export const CLUSTER_LAYER = 'cluster-circles';

/** These states have a sign at every zoom. */
const SIGNED = ['closed', 'absent', 'unknown'];
const FONT = ['Inter Variable'];
const isCluster: ExpressionSpecification = ['has', 'point_count'];
const isStation: ExpressionSpecification = ['!', isCluster];
const state = (...names: string[]): ExpressionSpecification => ['in', ['get', 'state'], ['literal', names]];

/**
 * Circles whose area is the capacity and whose colour is the share of bikes. Empty is an orange ring, full a disc with
 * a dark rim, closed a grey ring with a cross, absent one with a dash, unknown one with a question mark, and not
 * observed one without a sign; old data is always grey.
 */
export function stationLayers(palette: Palette, stale: boolean): LayerSpecification[] {
  return [...clusterLayers(palette, stale), ...circleLayers(palette, stale), ...textLayers(palette, stale)];
}

/** A halo around the selected station. */
export function markStation(map: MapLibreMap, stationId: string | null): void {
  if (map.getLayer('station-halo') === undefined) return;
  map.setFilter('station-halo', ['==', ['get', 'station_id'], stationId ?? '']);
}

function circleLayers(palette: Palette, stale: boolean): LayerSpecification[] {
  const few = stale ? palette.unknown : palette.ramp[0];
  const hollow = state('empty', ...SIGNED, 'unobserved');
  return [
    {
      id: 'station-halo',
      type: 'circle',
      source: STATION_SOURCE,
      filter: ['all', isStation, ['==', ['get', 'station_id'], '']],
      paint: {
        'circle-radius': radius(7),
        'circle-color': palette.accent,
        'circle-opacity': 0.25,
        'circle-stroke-color': palette.accent,
        'circle-stroke-width': 2,
      },
    },
    {
      id: STATION_LAYER,
      type: 'circle',
      source: STATION_SOURCE,
      filter: isStation,
      layout: { 'circle-sort-key': ['-', 0, ['get', 'size']] },
      paint: {
        'circle-radius': radius(0),
        'circle-color': ['case', hollow, palette.surface, colourBy(SHARE_OF_BIKES, palette, stale)],
        'circle-opacity': stale ? 0.75 : 1,
        'circle-stroke-color': [
          'case',
          state('empty'), few,
          state(...SIGNED, 'unobserved'), palette.muted,
          state('full'), palette.ink,
          `${palette.ink}66`,
        ], // biome-ignore format: pairs of a condition and a colour
        'circle-stroke-width': ['case', state('empty', 'full'), 2.5, hollow, 1.5, 1],
      },
    },
  ];
}

function textLayers(palette: Palette, stale: boolean): LayerSpecification[] {
  return [
    {
      id: 'station-labels',
      type: 'symbol',
      source: STATION_SOURCE,
      filter: ['all', isStation, ['any', state(...SIGNED), ['>=', ['zoom'], 13.5]]],
      layout: {
        'text-field': ['get', 'label'],
        'text-font': FONT,
        'text-size': ['interpolate', ['linear'], ['zoom'], 11, 9, 14, 11, 17, 15],
        'text-allow-overlap': true,
        'text-ignore-placement': true,
      },
      paint: {
        'text-color': [
          'case',
          state(...SIGNED), palette.muted,
          state('empty'), palette.ink,
          stale ? palette.surface : textOn(SHARE_OF_BIKES, palette, palette.ink),
        ], // biome-ignore format: pairs of a condition and a colour
      },
    },
    {
      id: 'station-names',
      type: 'symbol',
      source: STATION_SOURCE,
      filter: isStation,
      minzoom: 14.8,
      layout: {
        'text-field': ['get', 'name'],
        'text-font': FONT,
        'text-size': 11.5,
        'text-anchor': 'top',
        'text-offset': [0, 1.5],
        'text-max-width': 9,
        'text-optional': true,
        'symbol-sort-key': ['-', 0, ['get', 'size']],
      },
      paint: { 'text-color': palette.muted, 'text-halo-color': palette.land, 'text-halo-width': 1.5 },
    },
  ];
}

/** For 20,000 stations, a map of a country shows how many there are and how full they are together. */
function clusterLayers(palette: Palette, stale: boolean): LayerSpecification[] {
  return [
    {
      id: CLUSTER_LAYER,
      type: 'circle',
      source: STATION_SOURCE,
      filter: isCluster,
      paint: {
        'circle-radius': ['interpolate', ['linear'], ['sqrt', ['get', 'point_count']], 1, 11, 20, 30, 60, 44],
        'circle-color': colourBy(SHARE_OF_CLUSTER, palette, stale),
        'circle-opacity': 0.9,
        'circle-stroke-color': palette.surface,
        'circle-stroke-width': 3,
      },
    },
    {
      id: 'cluster-labels',
      type: 'symbol',
      source: STATION_SOURCE,
      filter: isCluster,
      layout: {
        'text-field': ['get', 'point_count_abbreviated'],
        'text-font': FONT,
        'text-size': 12,
        'text-allow-overlap': true,
      },
      paint: { 'text-color': stale ? palette.surface : textOn(SHARE_OF_CLUSTER, palette, palette.surface) },
    },
  ];
}

/** Pixels per square root of the capacity; one zoom step doubles a street and enlarges a circle by half. */
function radius(morePixels: number): ExpressionSpecification {
  const pixels = (factor: number, floor: number): ExpressionSpecification => [
    '+',
    morePixels,
    ['max', floor, ['*', factor, ['get', 'size']]],
  ];
  return [
    'interpolate',
    ['exponential', 1.4],
    ['zoom'],
    8,
    pixels(0.5, 1.5),
    11,
    pixels(1.1, 2.5),
    13,
    pixels(2.2, 5),
    15,
    pixels(3.4, 9),
    18,
    pixels(5, 12),
  ];
}
