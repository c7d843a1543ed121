import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { feedHealth } from './dashboards/feed-health.ts';
import { fleet } from './dashboards/fleet/fleet.ts';
import { operators } from './dashboards/operators.ts';
import { overview } from './dashboards/overview/overview.ts';
import { pipeline } from './dashboards/pipeline.ts';
import { quality } from './dashboards/quality/quality.ts';
import { station } from './dashboards/station.ts';
import { system } from './dashboards/system.ts';

/** All dashboards, by file name in grafana/dashboards. */
export function dashboards(): Record<string, Dashboard> {
  return {
    'overview.json': overview(),
    'system.json': system(),
    'station.json': station(),
    'fleet.json': fleet(),
    'feed-health.json': feedHealth(),
    'operators.json': operators(),
    'quality.json': quality(),
    'pipeline.json': pipeline(),
  };
}

export const jsonOf = (dashboard: Dashboard): string => `${JSON.stringify(dashboard, null, 2)}\n`;
