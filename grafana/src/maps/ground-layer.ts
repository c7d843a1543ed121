import type { MapLayerOptions } from '@grafana/grafana-foundation-sdk/common';
import { GROUND_FILE, type GroundKind } from './ground.ts';

/**
 * Land and water that Grafana serves itself, so that maps show ground without internet. The theme gives the colours: land has the panel's colour.
 */
export function groundLayer(): MapLayerOptions {
  const rules: [GroundKind, string][] = [
    ['sea', SEA],
    ['ground', LAND],
    ['water', SEA],
  ];
  return {
    type: 'geojson',
    name: 'Land and water',
    tooltip: false,
    config: {
      src: `public/${GROUND_FILE}`,
      style: fill(LAND),
      rules: rules.map(([kind, colour]) => ({
        check: { property: 'kind', operation: 'eq', value: kind },
        style: fill(colour),
      })),
    },
  };
}

/** Translucent blue, which looks like water on a light and on a dark panel. */
const SEA = '#1F6FD02E';
const LAND = 'panel-bg';

const fill = (fixed: string) => ({
  color: { fixed },
  opacity: 1,
  lineWidth: 1,
  symbol: { mode: 'fixed', fixed: 'img/icons/marker/circle.svg' },
});
