import type { Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';

export const POSTGRES: DataSourceRef = { type: 'grafana-postgresql-datasource', uid: 'velolog-postgres' };

/** A query for Grafana's PostgreSQL plugin; the foundation SDK has no type for it. */
export interface SqlQuery extends Dataquery {
  refId: string;
  datasource: DataSourceRef;
  rawSql: string;
  rawQuery: true;
  editorMode: 'code';
  /** `time_series` needs a sorted column `time`, and its text columns become labels. `table` keeps everything as it is. */
  format: 'table' | 'time_series';
}

/** Returns rows unchanged, for tables, maps and single values. */
export function sqlTable(rawSql: string): SqlQuery {
  return sqlQuery(rawSql, 'table');
}

/** One line for each numeric column, or for each value of a text column. */
export function sqlSeries(rawSql: string): SqlQuery {
  return sqlQuery(rawSql, 'time_series');
}

function sqlQuery(rawSql: string, format: SqlQuery['format']): SqlQuery {
  return {
    refId: 'A',
    datasource: POSTGRES,
    rawSql: trimmed(rawSql),
    rawQuery: true,
    editorMode: 'code',
    format,
    ...marker,
  };
}

/** Removes the indentation of the source, so that the query looks tidy in Grafana's editor. */
export function trimmed(sql: string): string {
  const lines = sql.replace(/^\s*\n|\s+$/g, '').split('\n');
  const indent = Math.min(...lines.filter((line) => line.trim()).map((line) => line.search(/\S/)));
  return lines.map((line) => line.slice(indent)).join('\n');
}

// The SDK marks queries with this function. JSON leaves it out.
const marker = { _implementsDataqueryVariant() {} };

/**
 * The value of a variable as quoted SQL text; several values are separated by commas. Without `:sqlstring`, Grafana quotes only
 * variables that allow several values.
 */
export const sqlString = (variable: string): string => `\${${variable}:sqlstring}`;

/** The values of a variable as an array. It also works without any value, where `in ()` would be an error. */
export const sqlArray = (variable: string): string => `array[${sqlString(variable)}]::text[]`;

/** The time range on screen, as arguments of the functions `…_between`. */
export const WINDOW = '$__timeFrom(), $__timeTo()';

/** The end of the time range on screen, or the present if the range reaches into the future ("today"). */
export const END = 'least($__timeTo()::timestamptz, now())';

/** Whether the time range ends now, with a tolerance of a minute. */
export const ENDS_NOW = `$__timeTo()::timestamptz > now() - interval '1 minute'`;

/**
 * The rows of api.station_current as they were at the end of the time range.
 * @param system SQL text; default all systems
 * @param ofEach SQL text: at most this many stations of each system, and only those with coordinates; default all stations
 */
export const stationsAtEnd = (system = 'null', ofEach?: string): string =>
  `api.station_at(${END}, ${[system, ...(ofEach === undefined ? [] : [ofEach])].join(', ')})`;

/** The duration of one point on screen. */
export const STEP_SECONDS = '$__interval_ms / 1000.0';
