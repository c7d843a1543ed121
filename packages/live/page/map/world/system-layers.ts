import type { ExpressionSpecification, LayerSpecification } from 'maplibre-gl';
import type { System } from '../../../src/api/system.ts';
import type { Palette } from '../../model/palette.ts';
import { middleOf, SIGNS, shareOf, sizeOf, standingOf, systemName } from '../../model/world/system-place.ts';
import { colourBy, SHARE_OF_BIKES } from '../colour-scale.ts';

export const SYSTEM_SOURCE = 'systems';
export const SYSTEM_LAYER = 'system-circles';

export function systemFeatures(systems: readonly System[]): GeoJSON.FeatureCollection<GeoJSON.Point> {
  const features = systems.flatMap((system) => {
    const middle = middleOf(system);
    if (middle === null) return [];
    const standing = standingOf(system);
    return [
      {
        type: 'Feature' as const,
        geometry: { type: 'Point' as const, coordinates: [middle.lon, middle.lat] },
        properties: {
          system_id: system.system_id,
          name: systemName(system),
          size: Math.sqrt(sizeOf(system)),
          share: shareOf(system) ?? -1,
          standing,
          sign: SIGNS[standing],
          of_vehicles: system.stations === 0,
        },
      },
    ];
  });
  return { type: 'FeatureCollection', features };
}

/**
 * One circle per system: its area is its stations and vehicles, its colour the share of bikes or, without stations, the
 * colour of vehicles. A late system is hollow with a sign, an archive is hollow.
 */
export function systemLayers(palette: Palette, zoomMax: number): LayerSpecification[] {
  const isCurrent: ExpressionSpecification = ['==', ['get', 'standing'], 'current'];
  const smallFirst: ExpressionSpecification = ['-', 0, ['get', 'size']];
  return [
    {
      id: SYSTEM_LAYER,
      type: 'circle',
      source: SYSTEM_SOURCE,
      maxzoom: zoomMax,
      layout: { 'circle-sort-key': smallFirst },
      paint: {
        'circle-radius': [
          ...['interpolate', ['linear'], ['zoom']],
          ...[1, ['+', 2.5, ['*', 0.14, ['get', 'size']]]],
          ...[zoomMax, ['+', 5, ['*', 0.4, ['get', 'size']]]],
        ] as ExpressionSpecification,
        'circle-color': [
          'case',
          ['!', isCurrent], palette.surface,
          ['get', 'of_vehicles'], palette.vehicle,
          colourBy(SHARE_OF_BIKES, palette, false),
        ], // biome-ignore format: pairs of a condition and a colour
        'circle-opacity': 0.88,
        'circle-stroke-color': ['case', isCurrent, palette.surface, palette.muted],
        'circle-stroke-width': ['case', isCurrent, 1, 1.5],
      },
    },
    {
      id: 'system-signs',
      type: 'symbol',
      source: SYSTEM_SOURCE,
      maxzoom: zoomMax,
      filter: ['!=', ['get', 'sign'], ''],
      layout: {
        'text-field': ['get', 'sign'],
        'text-font': ['Inter Variable'],
        'text-size': 11,
        'text-allow-overlap': true,
        'text-ignore-placement': true,
      },
      paint: { 'text-color': palette.ink },
    },
    {
      id: 'system-names',
      type: 'symbol',
      source: SYSTEM_SOURCE,
      minzoom: 3.5,
      maxzoom: zoomMax,
      layout: {
        'text-field': ['get', 'name'],
        'text-font': ['Inter Variable'],
        'text-size': 11.5,
        'text-variable-anchor': ['top', 'bottom', 'left', 'right'],
        'text-radial-offset': 0.9,
        'text-max-width': 9,
        'symbol-sort-key': smallFirst,
      },
      paint: { 'text-color': palette.ink, 'text-halo-color': palette.land, 'text-halo-width': 1.5 },
    },
  ];
}
