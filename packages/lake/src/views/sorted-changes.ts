import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Slice } from '@velolog/worker/lake-manifest';
import { type DuckDBConnection, quotePath, quoteText } from '../duckdb-session.ts';
import type { OpenLake } from '../folder/lake-folder.ts';
import { lakeViewText } from './lake-views.ts';

/**
 * Each file adds a third of a millisecond to DuckDB's planning, so this limits the files for a query that names no
 * system.
 */
export const FILES_MAX = 100;
/** The most systems that a query may name. */
const NAMED_MAX = 16;

type SortedSystem = { system_id: string; slices: Slice[] };

/**
 * The text of station_change over the files of a lake. It uses LAG in the order of the files (sql/lake/duckdb) for the
 * systems that a query names, or for all if they are few, if their stations give each count always or never; and LAG
 * over sorted partitions (sql/lake) for the rest. A filter on a system skips the other parts of the union, because the
 * system is a constant in each: no engine pushes such a filter below a window without a partition.
 */
export async function sortedChangesText(
  connection: DuckDBConnection,
  lake: OpenLake,
  question: string,
  filesMax = FILES_MAX,
): Promise<string> {
  const general = lakeViewText('station_change');
  const slices = (lake.manifests.station_status ?? []).filter(({ file }) => file !== null);
  const systems: SortedSystem[] = [];
  for (const system of sortedSystems(slices, question, filesMax))
    if (await tellsCountsThroughout(connection, lake, system)) systems.push(system);
  if (systems.length === 0) return general;
  await connection.run(`create macro sorted_pair(path) as table ${duckDbText('sorted_pair')}`);
  await connection.run(`create macro sorted_edge(path, file_month) as table ${duckDbText('sorted_edge')}`);
  const parts: string[] = [];
  for (const [index, system] of systems.entries())
    parts.push(await changesOf(connection, lake, system, `sorted_${index}`));
  const others = new Set(slices.map(({ system_id }) => system_id));
  for (const { system_id } of systems) others.delete(system_id);
  if (others.size > 0)
    parts.push(
      `from (${general}) where system_id not in (${systems.map(({ system_id }) => quoteText(system_id)).join(', ')})`,
    );
  return parts.map((part) => `(${part})`).join(' union all ');
}

/**
 * The systems for which each month is one whole file. History that came after retention had dropped its month is a
 * second file, with times anywhere in the month; a file that was cut at a day begins with earlier values.
 */
function sortedSystems(slices: Slice[], question: string, filesMax: number): SortedSystem[] {
  if (!/station_change/i.test(question)) return [];
  const systems = [...Map.groupBy(slices, ({ system_id }) => system_id ?? '')]
    .filter(([, own]) => new Set(own.map(({ month }) => month)).size === own.length)
    .filter(([, own]) => own.every(({ window }) => window === null))
    .map(([system_id, own]) => ({
      system_id,
      slices: own.sort((a, b) => ((a.month ?? '') < (b.month ?? '') ? -1 : 1)),
    }));
  if (slices.length <= filesMax) return systems;
  return systems.filter(({ system_id }) => question.includes(quoteText(system_id))).slice(0, NAMED_MAX);
}

/**
 * Whether each station gives a count in all its known reports or in none, so that the row before has the last known
 * values. For most systems the column statistics of the files tell it; the others are read.
 */
async function tellsCountsThroughout(
  connection: DuckDBConnection,
  lake: OpenLake,
  { slices }: SortedSystem,
): Promise<boolean> {
  const files = `[${slices.map(({ file }) => quotePath(join(lake.dir, file ?? ''))).join(', ')}]`;
  const isTrue = async (query: string) => (await connection.runAndReadAll(query)).getRows()[0]?.[0] === true;
  const areColumnsWhole = await isTrue(`
    select bool_and(coalesce(nulls in (0, count), false)) from (
      select sum(stats_null_count) as nulls, sum(num_values) as count from parquet_metadata(${files})
      where path_in_schema in ('num_bikes_available', 'num_docks_available') group by path_in_schema
    )`);
  if (areColumnsWhole) return true;
  return isTrue(`
    select coalesce(bool_and(bikes in (0, reports) and docks in (0, reports)), true) from (
      select count(num_bikes_available) as bikes, count(num_docks_available) as docks, count(*) as reports
      from read_parquet(${files}, hive_partitioning = false)
      where num_bikes_available is not null or num_docks_available is not null
      group by station_id
    )`);
}

async function changesOf(
  connection: DuckDBConnection,
  lake: OpenLake,
  { system_id, slices }: SortedSystem,
  schema: string,
): Promise<string> {
  const each = (call: (path: string, month: string) => string) =>
    slices
      .map(({ file, month }) => `from ${call(quotePath(join(lake.dir, file ?? '')), quoteText(month ?? ''))}`)
      .join(' union all ');
  await connection.run(`create schema ${schema}`);
  await connection.run(`create view ${schema}.pair as ${each((path) => `sorted_pair(${path})`)}`);
  await connection.run(
    `create view ${schema}.edge as ${each((path, month) => `sorted_edge(${path}, ${month})`)}`,
  );
  const months = slices.map(({ month }) => month ?? '');
  return duckDbText('station_change_of')
    .replaceAll('sorted.', `${schema}.`)
    .replaceAll(':first_us', String(microsecondsOf(months[0] ?? '')))
    .replaceAll(':end_us', String(microsecondsOf(months.at(-1) ?? '', 1)))
    .replaceAll(':system_id', () => quoteText(system_id));
}

/** The microsecond, counted from 1970, with which a month begins, or the month `later` months after it. */
function microsecondsOf(month: string, later = 0): number {
  const [year, number] = month.split('-').map(Number) as [number, number];
  return Date.UTC(year, number - 1 + later) * 1000;
}

function duckDbText(name: string): string {
  return readFileSync(new URL(`../../../../sql/lake/duckdb/${name}.sql`, import.meta.url), 'utf8');
}
