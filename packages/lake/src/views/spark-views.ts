import { LAKE_TABLES } from '../lake-tables.ts';
import { LAKE_VIEWS, lakeViewText } from './lake-views.ts';

/**
 * The statements that create the views in a Spark session, in order: the tables of the catalogue `lake`, then the views
 * of sql/lake. The views are temporary, because the catalogue may have a view of the same name that Trino created. A
 * temporary view has no schema, so `files.station` becomes `files_station`, and `api.station_change` becomes
 * `station_change`.
 */
export function sparkStatements(): string[] {
  return [
    // The results of extract(), casts and literals on times must not depend on the machine.
    `set time zone 'UTC'`,
    ...LAKE_TABLES.map(
      ({ name }) => `create or replace temporary view files_${name} as select * from lake.velolog.${name}`,
    ),
    ...LAKE_VIEWS.map(
      (view) => `create or replace temporary view ${view} as\n${forSpark(lakeViewText(view))}`,
    ),
  ];
}

/** A text of sql/lake in Spark's dialect: it has no epoch to extract, and other type names. */
function forSpark(text: string): string {
  return text
    .replaceAll(
      /extract\(epoch from \(([\w.]+) - ([\w.]+)\)\)/g,
      (_, later: string, earlier: string) => `((unix_micros(${later}) - unix_micros(${earlier})) / 1e6)`,
    )
    .replaceAll(/extract\(epoch from ([\w.]+)\)/g, (_, at: string) => `(unix_micros(${at}) / 1e6)`)
    .replaceAll(/timestamp with time zone '([^']+)\+00'/g, (_, at: string) => `timestamp '${at}Z'`)
    .replaceAll('double precision', 'double')
    .replaceAll(/\bfiles\./g, 'files_')
    .replaceAll(/\bapi\./g, '');
}
