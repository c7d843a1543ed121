import { LAKE_VERSION, type Slice } from '@velolog/worker/lake-manifest';
import { type DuckDBConnection, quoteText } from '../duckdb-session.ts';
import type { LakeTable } from '../lake-tables.ts';
import { columnsOf } from '../views/rows-of-files.ts';
import { CATALOGUE, NAMESPACE } from './attach-catalogue.ts';

/** Holds one row: the time up to which the lake has all rows. Hot and cold rows are split there. */
export const END_TABLE = 'lake_end';

/** That time in UTC, as ISO 8601; the earliest one if there is none. */
export async function readEnd(connection: DuckDBConnection): Promise<string> {
  const rows = await connection.runAndReadAll(
    `select strftime(max(until_at), '%Y-%m-%dT%H:%M:%SZ') from ${tableName(END_TABLE)}`,
  );
  return String(rows.getRowsJson()[0]?.[0] ?? '0000');
}

/** Buckets instead of a folder for each system: an engine that reads all systems opens 16 files per month, not 1,500. */
const BUCKETS = 16;

export function tableName(name: string): string {
  return `${CATALOGUE}.${NAMESPACE}.${name}`;
}

/** The columns of a table in Iceberg; in a folder the system is part of the path. */
function icebergColumns(table: LakeTable): { name: string; type: string }[] {
  const own = table.columns.map(({ name, type }) => ({ name, type }));
  return [
    ...(table.monthOf === null ? [] : [{ name: 'system_id', type: 'VARCHAR' }]),
    ...own,
    // Keeps rows that retention has dropped from the database when history is added to their month later.
    ...(hasGeneration(table) ? [{ name: 'generation', type: 'INTEGER' }] : []),
  ];
}

function hasGeneration({ name }: LakeTable): boolean {
  return name === 'station_status';
}

export async function createTable(connection: DuckDBConnection, table: LakeTable): Promise<void> {
  const columns = icebergColumns(table).map(({ name, type }) => `${name} ${type}`);
  const partitions =
    table.monthOf === null ? '' : `partitioned by (month(${table.monthOf}), bucket(${BUCKETS}, system_id))`;
  await connection.run(
    `create table if not exists ${tableName(table.name)} (${columns.join(', ')}) ${partitions}
     with ('format-version' = '2', 'write.parquet.compression-codec' = 'zstd', 'velolog.version' = '${LAKE_VERSION}')`,
  );
}

/** Adds the newer columns to a table of an older version; rows written before have null there. */
export async function addMissingColumns(connection: DuckDBConnection, table: LakeTable): Promise<void> {
  const known = await columnsOf(connection, tableName(table.name));
  for (const { name, type } of icebergColumns(table))
    if (!known.has(name))
      await connection.run(`alter table ${tableName(table.name)} add column ${name} ${type}`);
}

/** Deletes the rows of slices that are replaced or removed. */
export function deletedSlices(table: LakeTable, gone: Slice[]): string[] {
  const withRows = gone.filter(({ rows }) => rows > 0);
  if (withRows.length === 0) return [];
  if (table.monthOf === null) return [`delete from ${tableName(table.name)}`];
  return byMonthAndGeneration(withRows).map(([month, generation, slices]) => {
    const systems = slices.map(({ system_id }) => quoteText(system_id ?? '')).join(', ');
    const own = hasGeneration(table) ? ` and generation = ${generation}` : '';
    return `delete from ${tableName(table.name)} where ${inMonth(table, month)} and system_id in (${systems})${own}`;
  });
}

/** One statement per month, not per system: each adds a snapshot and a file for each bucket. */
export function insertStatements(
  table: LakeTable,
  added: Slice[],
  quoted: (file: string) => string,
): string[] {
  const withRows = added.filter(({ file }) => file !== null);
  if (withRows.length === 0) return [];
  const names = icebergColumns(table).map(({ name }) => name);
  const insert = (slices: Slice[], generation: number) => {
    const columns = names.map((name) =>
      name === 'generation' ? `${generation}::integer as generation` : name,
    );
    const hive =
      table.monthOf === null
        ? 'hive_partitioning = false'
        : 'hive_partitioning = true, hive_types = {system_id: varchar, month: varchar}';
    const files = slices.map(({ file }) => quoted(file ?? '')).join(', ');
    // By name, because a column that was added to an older table is its last one.
    return `insert into ${tableName(table.name)} by name select ${columns.join(', ')} from read_parquet([${files}], ${hive})`;
  };
  if (table.monthOf === null) return [insert(withRows, 0)];
  return byMonthAndGeneration(withRows).map(([, generation, slices]) => insert(slices, generation));
}

/** The time range of a month, by which engines find its files. */
export function inMonth({ monthOf }: LakeTable, month: string): string {
  const [year, number] = month.split('-').map(Number) as [number, number];
  const at = (time: number) => `timestamptz '${new Date(time).toISOString()}'`;
  return `${monthOf} >= ${at(Date.UTC(year, number - 1))} and ${monthOf} < ${at(Date.UTC(year, number))}`;
}

function byMonthAndGeneration(slices: Slice[]): [string, number, Slice[]][] {
  const groups = Map.groupBy(slices, ({ month, generation }) => `${month} ${generation}`);
  return [...groups.values()].map((group) => [group[0]?.month ?? '', group[0]?.generation ?? 0, group]);
}
