import type { ExpressionSpecification, LayerSpecification } from 'maplibre-gl';
import type { Zones } from '../../src/api/document.ts';
import type { Palette } from '../model/palette.ts';

export const ZONE_SOURCE = 'zones';
const ZONE_LAYER = 'zone-areas';

/** What a zone means to a rider, the strictest first. */
const MEANINGS = [
  { name: 'no_ride', text: 'no riding' },
  { name: 'no_parking', text: 'no parking' },
  { name: 'slow', text: 'slow' },
  { name: 'other', text: 'zone' },
] as const;
type Meaning = (typeof MEANINGS)[number]['name'];

type Rule = Zones['features'][number]['properties']['rules'][number];

function meaningOf(rules: readonly Rule[]): Meaning {
  if (rules.some(({ ride_through_allowed }) => ride_through_allowed === false)) return 'no_ride';
  if (rules.some(({ ride_end_allowed }) => ride_end_allowed === false)) return 'no_parking';
  return rules.some(({ maximum_speed_kph }) => maximum_speed_kph !== null) ? 'slow' : 'other';
}

/** With the text of each zone: its name, and what is not allowed there. */
export function zoneFeatures(zones: Zones | null): GeoJSON.FeatureCollection {
  const features = (zones?.features ?? []).flatMap(({ geometry, properties: { name, rules } }) => {
    if (geometry === null) return [];
    const meaning = meaningOf(rules);
    const speed = rules.find(({ maximum_speed_kph }) => maximum_speed_kph !== null)?.maximum_speed_kph;
    const rule =
      meaning === 'slow' ? `at most ${speed} km/h` : MEANINGS.find(({ name }) => name === meaning)?.text;
    return [
      {
        type: 'Feature' as const,
        geometry,
        properties: { meaning, label: name === null ? rule : `${name}: ${rule}` },
      },
    ];
  });
  return { type: 'FeatureCollection', features };
}

/** Drawn under everything else. Zones differ by text and lines, not by colour alone. */
export function zoneLayers(palette: Palette): LayerSpecification[] {
  const colour: ExpressionSpecification = [
    'match',
    ['get', 'meaning'],
    'no_ride', palette.ramp[0],
    'no_parking', palette.ramp[1],
    'slow', palette.ramp[4],
    palette.muted,
  ]; // biome-ignore format: pairs of a meaning and a colour
  return [
    {
      id: ZONE_LAYER,
      type: 'fill',
      source: ZONE_SOURCE,
      paint: { 'fill-color': colour, 'fill-opacity': 0.14 },
    },
    {
      id: 'zone-edges',
      type: 'line',
      source: ZONE_SOURCE,
      paint: { 'line-color': colour, 'line-width': 1.5, 'line-dasharray': [3, 2] },
    },
    {
      id: 'zone-labels',
      type: 'symbol',
      source: ZONE_SOURCE,
      minzoom: 12,
      layout: {
        'text-field': ['get', 'label'],
        'text-font': ['Inter Variable'],
        'text-size': 11.5,
        'text-max-width': 9,
      },
      paint: { 'text-color': palette.ink, 'text-halo-color': palette.land, 'text-halo-width': 1.5 },
    },
  ];
}
