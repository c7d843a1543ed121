import type { MapLayerOptions } from '@grafana/grafana-foundation-sdk/common';
import { GROUND_FILE, type GroundKind } from './ground.ts';

/**
 * Land and water from Grafana itself, so that a map has ground without internet. Colours are those of the theme: land is the panel's own.
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

/** Blue let through: on a light panel and on a dark one it is water. */
const SEA = '#1F6FD02E';
const LAND = 'panel-bg';

const fill = (fixed: string) => ({
  color: { fixed },
  opacity: 1,
  lineWidth: 1,
  symbol: { mode: 'fixed', fixed: 'img/icons/marker/circle.svg' },
});
