import {
  VariableHide,
  type VariableModel,
  VariableRefresh,
  VariableSort,
  VariableType,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PROMETHEUS } from './prometheus-query.ts';
import { POSTGRES, sqlArray, sqlString, trimmed } from './sql-query.ts';

/** Lets the viewer choose one system, by name and id because two systems may have the same name. */
export function oneSystem(): VariableModel {
  return { ...systems(), multi: false, includeAll: false };
}

/** Lets the viewer choose one system. Systems with a list of vehicles come first. */
export function oneFleet(): VariableModel {
  return {
    ...systems(`
      left join api.vehicle_feed using (system_id)
      order by vehicle_feed.system_id is null, 1`),
    multi: false,
    includeAll: false,
  };
}

/** Lets the viewer choose any number of systems; the default is all. */
export function manySystems(): VariableModel {
  return {
    ...systems(),
    multi: true,
    includeAll: true,
    current: { text: ['All'], value: ['$__all'] },
  };
}

/** SQL: whether a row is of a system that was chosen with manySystems. */
export const CHOSEN_SYSTEMS = `system_id = any(${sqlArray('system')})`;

/** The fixed variable of a dashboard for one system. */
export function thisSystem(system_id: string): VariableModel {
  return {
    type: VariableType.Constant,
    name: 'system',
    label: 'System',
    hide: VariableHide.HideVariable,
    skipUrlSync: true,
    query: system_id,
    current: { text: system_id, value: system_id },
  };
}

/** @param order the rest of the SQL query, with its `order by` */
function systems(order = '\n      order by 1'): VariableModel {
  return query({
    name: 'system',
    label: 'System',
    description: 'A bike-share system that is recorded',
    sql: `
      select case when name is null then system_id else name || ' (' || system_id || ')' end as __text, system_id as __value
      from api.system${order}`,
  });
}

/** Lets the viewer choose one station of the system. */
export function oneStation(): VariableModel {
  return {
    ...query({
      name: 'station',
      label: 'Station',
      description: 'A station of the system; type to search',
      sql: `
        select coalesce(name, 'without a name') || ' (' || station_id || ')' as __text, station_id as __value
        from api.station
        where system_id = ${sqlString('system')}
        order by 1
        limit 5000`,
    }),
    multi: false,
    includeAll: false,
  };
}

/**
 * Lets the viewer choose what counts as good service: the hours, and how long an outage is tolerated. Contracts differ (often 6 to 22 h and 10
 * minutes). By default the whole day counts.
 */
export function serviceTarget(): VariableModel[] {
  return [
    choice(
      'sla_days',
      'Service level of the last',
      'How many days, up to the end of the time on screen',
      [30, 7, 90, 365],
    ),
    choice('from_hour', 'Service from', 'Hour at which service begins, local time', [0, 4, 5, 6, 7, 8]),
    choice('to_hour', 'to', 'Hour at which service ends, local time', [24, 20, 21, 22, 23]),
    choice(
      'tolerated_minutes',
      'Outage tolerated',
      'Minutes empty, full or closed in a row that still count as good',
      [10, 0, 5, 15, 30, 60],
    ),
  ];
}

/** The URL of the live page, as its worker reports it to Prometheus: PAGE_URL in .env.example. Not shown; links use it. */
export function pageAddress(): VariableModel {
  return {
    type: VariableType.Query,
    name: 'page',
    hide: VariableHide.HideVariable,
    skipUrlSync: true,
    datasource: PROMETHEUS,
    query: { query: PAGE_ADDRESS, refId: 'page' },
    definition: PAGE_ADDRESS,
    refresh: VariableRefresh.OnDashboardLoad,
    sort: VariableSort.Disabled,
    options: [],
  };
}
const PAGE_ADDRESS = 'label_values(velolog_page_info, url)';

/** @param values the first is the default */
function choice(name: string, label: string, description: string, values: number[]): VariableModel {
  const texts = values.map(String);
  const [first = ''] = texts;
  return {
    type: VariableType.Custom,
    name,
    label,
    description,
    query: texts.join(','),
    current: { text: first, value: first, selected: true },
    options: texts.map((text) => ({ text, value: text, selected: text === first })),
    multi: false,
    includeAll: false,
    hide: VariableHide.DontHide,
  };
}

function query(of: { name: string; label: string; description: string; sql: string }): VariableModel {
  const { name, label, description } = of;
  const rawSql = trimmed(of.sql);
  return {
    type: VariableType.Query,
    name,
    label,
    description,
    datasource: POSTGRES,
    query: rawSql,
    definition: rawSql,
    refresh: VariableRefresh.OnDashboardLoad,
    sort: VariableSort.Disabled,
    hide: VariableHide.DontHide,
    allowCustomValue: false,
    options: [],
  };
}
