import type { Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';

export const POSTGRES: DataSourceRef = { type: 'grafana-postgresql-datasource', uid: 'velolog-postgres' };

/** A question of Grafana's PostgreSQL plugin; the foundation SDK has no type for it. */
export interface SqlQuery extends Dataquery {
  refId: string;
  datasource: DataSourceRef;
  rawSql: string;
  rawQuery: true;
  editorMode: 'code';
  /** `time_series` needs a column `time`, sorted; its text columns become labels. `table` keeps everything as it is. */
  format: 'table' | 'time_series';
}

/** Rows as they are: tables, maps, single values. */
export function sqlTable(rawSql: string): SqlQuery {
  return sqlQuery(rawSql, 'table');
}

/** One line a numeric column, or a line for each value of a text column. */
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

/** As it stands in Grafana's editor: without the indentation that the template had in the source. */
export function trimmed(sql: string): string {
  const lines = sql.replace(/^\s*\n|\s+$/g, '').split('\n');
  const indent = Math.min(...lines.filter((line) => line.trim()).map((line) => line.search(/\S/)));
  return lines.map((line) => line.slice(indent)).join('\n');
}

// The SDK's mark for queries; JSON leaves functions out.
const marker = { _implementsDataqueryVariant() {} };

/**
 * The value of a variable as SQL text: quoted, for one value or, with commas, for several. Without it Grafana quotes
 * only variables that allow several.
 */
export const sqlString = (variable: string): string => `\${${variable}:sqlstring}`;

/** The values of a variable as an array; also when there is none to choose, where `in ()` would be an error. */
export const sqlArray = (variable: string): string => `array[${sqlString(variable)}]::text[]`;

/** The window on screen, as arguments of the functions `…_between`. */
export const WINDOW = '$__timeFrom(), $__timeTo()';

/** The end of the window on screen; of one that reaches into the future ("today") the present. */
export const END = 'least($__timeTo()::timestamptz, now())';

/**
 * The rows of api.station_current as they were at the end of the window.
 * @param system SQL text; without it all systems
 * @param ofEach SQL text: at most so many stations of each system, and only those with a place; without it all
 */
export const stationsAtEnd = (system = 'null', ofEach?: string): string =>
  `api.station_at(${END}, ${[system, ...(ofEach === undefined ? [] : [ofEach])].join(', ')})`;

/** The width of a point on screen. */
export const STEP_SECONDS = '$__interval_ms / 1000.0';
