import {
  type AnnotationQuery,
  type Dashboard,
  DashboardCursorSync,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { arrange, type Section } from './layout.ts';
import { navigation } from './links.ts';
import { VEHICLE_FEEDS } from './questions/coverage-spans.ts';
import { END, POSTGRES, sqlTable } from './questions/sql-query.ts';
import { pageAddress } from './questions/variables.ts';

/** The classic schema. Grafana 10 to 13 load it from files; newer versions migrate it on load. */
const SCHEMA_VERSION = 42;

export function dashboard(of: {
  uid: string;
  title: string;
  description: string;
  /** Start of the default time range, in Grafana's notation: `now-6h`. */
  from: string;
  variables?: VariableModel[];
  annotations?: AnnotationQuery[];
  sections: Section[];
  tags?: string[];
}): Dashboard {
  return {
    uid: of.uid,
    title: of.title,
    description: of.description,
    tags: ['velolog', ...(of.tags ?? [])],
    schemaVersion: SCHEMA_VERSION,
    editable: false,
    graphTooltip: DashboardCursorSync.Crosshair,
    time: { from: of.from, to: 'now' },
    timezone: 'browser',
    refresh: '30s',
    timepicker: { refresh_intervals: ['10s', '30s', '1m', '5m', '15m', '1h'] },
    templating: { list: [...(of.variables ?? []), pageAddress()] },
    annotations: { list: of.annotations ?? [] },
    links: navigation(of.uid),
    panels: arrange(of.sections),
  };
}

/**
 * Marks the time in which a system's stations, or its vehicles, were not observed, on every chart of a dashboard with the variable `system`.
 * This includes the time before the first poll and after the last one.
 */
export function unobservedTime(
  systemSql: string,
  what: 'stations' | 'vehicles' = 'stations',
): AnnotationQuery {
  const spans = what === 'stations' ? 'api.seen_span where' : `api.held_span where ${VEHICLE_FEEDS} and`;
  const feed = what === 'stations' ? 'station_status' : 'vehicles';
  return {
    name: 'Not observed',
    enable: true,
    hide: false,
    iconColor: '#8A8A8A',
    datasource: POSTGRES,
    target: sqlTable(`
      select from_at as time, to_at as timeend, 'Not observed: no successful poll of ${feed}' as text, ${systemSql}::text as tags
      from (
        select
          greatest(coalesce(max(seen_to) over earlier, '-infinity'), $__timeFrom()::timestamptz) as from_at,
          least(from_at, ${END}) as to_at
        from (
          select from_at, to_at as seen_to from ${spans} system_id = ${systemSql}
          union all
          select 'infinity', null
        ) as run
        window earlier as (order by from_at rows between unbounded preceding and 1 preceding)
      ) as hole
      where from_at < to_at
      order by 1
      limit 200`),
  };
}
