import { openCatalogueViews, openLakeViews } from '@velolog/lake/ask-lake';
import { type DuckDBConnection, openDuckDb } from '@velolog/lake/duckdb-session';
import { plainValue } from '@velolog/lake/duckdb-values';
import { type OpenLake, readLake } from '@velolog/lake/folder/lake-folder';
import { openCatalogue } from '@velolog/lake/iceberg/attach-catalogue';
import type { CatalogueSettings } from '@velolog/lake/iceberg/catalogue-settings';
import { LAKE_TABLES } from '@velolog/lake/lake-tables';
import { LAKE_VIEWS, lakeViewText } from '@velolog/lake/views/lake-views';
import type pg from 'pg';
import { withClient } from '../servers/with-client.ts';

type Row = Record<string, unknown>;

/**
 * Sorted lines, so that two engines can be compared regardless of their order; seconds and shares are rounded to six decimals.
 */
export function linesOf(rows: Row[]): string[] {
  return rows
    .map((row) =>
      JSON.stringify(row, (_, value) => {
        if (typeof value === 'number' && !Number.isInteger(value)) return Number(value.toFixed(6));
        return typeof value === 'string' ? value.replace(/\+00:00$/, 'Z') : value;
      }),
    )
    .sort();
}

/** The rows of each view of a lake, according to DuckDB. */
export async function readLakeViews(dir: string, where = 'true'): Promise<Record<string, string[]>> {
  const lake = await readLake(dir);
  if (lake === null) throw new Error(`There is no lake at ${dir}`);
  return readViewsOf(lake, {}, where);
}

/** The same for an open lake, read as for the given question. */
export async function readViewsOf(
  lake: OpenLake,
  options: Parameters<typeof openLakeViews>[2] = {},
  where = 'true',
): Promise<Record<string, string[]>> {
  using duckdb = await openDuckDb({ threads: 1 });
  await openLakeViews(duckdb.connection, lake, options);
  // Awaited, because the connection is closed at the end of this function.
  return await readViews(duckdb.connection, where);
}

/** The rows of each view over the tables of a catalogue, according to DuckDB. */
export async function readCatalogueViews(
  settings: CatalogueSettings,
  where = 'true',
): Promise<Record<string, string[]>> {
  using duckdb = await openCatalogue(settings, { threads: 1 });
  await openCatalogueViews(duckdb.connection, settings);
  // Awaited, because the connection is closed at the end of this function.
  return await readViews(duckdb.connection, where);
}

async function readViews(connection: DuckDBConnection, where: string): Promise<Record<string, string[]>> {
  const views: Record<string, string[]> = {};
  for (const view of LAKE_VIEWS) {
    const result = await connection.runAndReadAll(`select * from api.${view} where ${where}`);
    const names = result.columnNames();
    views[view] = linesOf(
      result
        .getRows()
        .map((row) =>
          Object.fromEntries(names.map((name, index) => [name, plainValue(row[index] as never)])),
        ),
    );
  }
  return views;
}

/** The rows of the views of the schema api that a lake has too. */
export async function readApiViews(databaseUrl: string, where = 'true'): Promise<Record<string, string[]>> {
  return withClient(inUtc(databaseUrl), async (client) => {
    const views: Record<string, string[]> = {};
    for (const view of LAKE_VIEWS)
      views[view] = await ask(client, `select * from api.${view} where ${where}`);
    return views;
  });
}

/** The rows of one query, in the same form. */
export function readApiRows(databaseUrl: string, query: string): Promise<string[]> {
  return withClient(inUtc(databaseUrl), (client) => ask(client, query));
}

/** The rows that PostgreSQL returns when it runs the lake's views over its own tables. */
export async function readLakeTextsInPostgres(databaseUrl: string): Promise<Record<string, string[]>> {
  return withClient(inUtc(databaseUrl), async (client) => {
    await client.query('begin; create schema files; create schema lake');
    try {
      for (const table of LAKE_TABLES) {
        const bound = (sql: string) =>
          sql
            .replaceAll(':since', `timestamptz '-infinity'`)
            .replaceAll(':to', `timestamptz 'infinity'`)
            .replaceAll(':until', `timestamptz 'infinity'`)
            .replaceAll(':system_id', 'null');
        const columns = table.columns.map(({ name, postgres }) => `${bound(postgres)} as ${name}`);
        if (table.name === 'station_hour') columns.unshift('hour.system_id');
        if (table.name === 'station_status') columns.unshift('system.system_id');
        const join = table.name === 'station_status' ? ' join velolog.system using (system_key)' : '';
        await client.query(
          `create view files.${table.name} as select ${columns.join(', ')} from ${bound(table.postgresFrom)}${join}`,
        );
      }
      const views: Record<string, string[]> = {};
      for (const view of LAKE_VIEWS) {
        await client.query(`create view lake.${view} as ${lakeViewText(view).replaceAll(' api.', ' lake.')}`);
        views[view] = await ask(client, `select * from lake.${view}`);
      }
      return views;
    } finally {
      await client.query('rollback');
    }
  });
}

async function ask(client: pg.Client, query: string): Promise<string[]> {
  const { rows } = await client.query<{ row: Row }>(`select row_to_json(one) as row from (${query}) as one`);
  return linesOf(rows.map(({ row }) => row));
}

const inUtc = (connectionString: string) => ({ connectionString, options: '-c TimeZone=UTC' });
