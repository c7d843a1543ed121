import { readdirSync, readFileSync } from 'node:fs';
import type { Dashboard, FieldConfig, Panel, RowPanel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Dataquery } from '@grafana/grafana-foundation-sdk/prometheus';
import { PROMETHEUS } from '../src/questions/prometheus-query.ts';
import { POSTGRES, type SqlQuery } from '../src/questions/sql-query.ts';

export type Target = SqlQuery | Dataquery;

const folder = new URL('../dashboards/', import.meta.url);

/** The committed dashboards, as Grafana reads them. */
export function readDashboards(): { file: string; dashboard: Dashboard }[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => ({ file, dashboard: JSON.parse(readFileSync(new URL(file, folder), 'utf8')) }));
}

/** How long the window is that a dashboard opens with. @throws Error when it does not end now and begin whole hours or days before */
export function openingMs({ time, title }: Dashboard): number {
  const [, count, unit] = /^now-([1-9]\d*)([hd])$/.exec(time?.from ?? '') ?? [];
  if (count === undefined || time?.to !== 'now')
    throw new Error(`${title} opens from ${time?.from} to ${time?.to}`);
  return Number(count) * (unit === 'd' ? 24 : 1) * 3_600_000;
}

export function panelsOf(dashboard: Dashboard): Panel[] {
  return (dashboard.panels ?? []).filter((panel): panel is Panel => panel.type !== 'row');
}

export function allOf(dashboard: Dashboard): (Panel | RowPanel)[] {
  return dashboard.panels ?? [];
}

export const targetsOf = (panel: Panel): Target[] => (panel.targets ?? []) as unknown as Target[];

export function isSql(target: Target): target is SqlQuery {
  return target.datasource?.uid === POSTGRES.uid;
}

export function isProm(target: Target): target is Dataquery {
  return target.datasource?.uid === PROMETHEUS.uid;
}

/** What a panel sets for some of its fields only, by property. */
export function overridesOf(panel: Panel): FieldConfig[] {
  return (panel.fieldConfig?.overrides ?? []).map(({ properties }) =>
    Object.fromEntries(properties.map(({ id, value }) => [id, value])),
  );
}
