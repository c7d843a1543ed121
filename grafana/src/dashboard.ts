import {
  type AnnotationQuery,
  type Dashboard,
  DashboardCursorSync,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { arrange, type Section } from './layout.ts';
import { navigation } from './links.ts';
import { POSTGRES, sqlTable } from './sql-query.ts';

/** The classic schema, which Grafana 10 to 13 load from files; newer ones migrate it when they do. */
const SCHEMA_VERSION = 42;

export function dashboard(of: {
  uid: string;
  title: string;
  description: string;
  /** The window at first, as Grafana writes it: `now-6h`. */
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
    templating: { list: of.variables ?? [] },
    annotations: { list: of.annotations ?? [] },
    links: navigation(of.uid),
    panels: arrange(of.sections),
  };
}

/**
 * Marks time in which a system's station_status was not observed, on every chart of a dashboard with the variable `system`.
 */
export function unobservedTime(systemSql: string): AnnotationQuery {
  return {
    name: 'Not observed',
    enable: true,
    hide: false,
    iconColor: '#8A8A8A',
    datasource: POSTGRES,
    target: sqlTable(`
      select from_at as time, to_at as timeend, 'Not observed: no successful poll of station_status' as text, system_id as tags
      from (
        select
          system_id,
          to_at as from_at,
          lead(from_at, 1, now()) over per_system as to_at,
          greatest(interval '2 minutes', 3 * (to_at - from_at) / nullif(polls - 1, 0)) as pause
        from api.feed_coverage
        where system_id = ${systemSql} and feed = 'station_status' and outcome = 'observed'
        window per_system as (partition by system_id order by from_at)
      ) as gap
      where to_at - from_at > pause
        and to_at >= $__timeFrom()::timestamptz and from_at <= $__timeTo()::timestamptz
      order by 1
      limit 200`),
  };
}
