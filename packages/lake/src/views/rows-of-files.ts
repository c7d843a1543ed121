import { type DuckDBConnection, quotePath } from '../duckdb-session.ts';
import type { LakeTable } from '../lake-tables.ts';

/**
 * A relation with the rows of a table's files and all its columns. A column that an older version did not write is
 * null. Only tables that are one file are checked for that: those by month have had the same columns from the
 * beginning, and may be thousands of files.
 */
export async function rowsOfFiles(
  connection: DuckDBConnection,
  table: LakeTable,
  paths: string[],
): Promise<string> {
  const isByMonth = table.monthOf !== null;
  const inPath = isByMonth ? ['system_id', 'month'] : [];
  if (paths.length === 0) {
    const none = [
      ...inPath.map((name) => `null::varchar as ${name}`),
      ...table.columns.map((column) => nullFor(column)),
    ];
    return `(select ${none.join(', ')} where false)`;
  }
  const files = `[${paths.map(quotePath).join(', ')}]`;
  if (isByMonth) {
    const names = [...inPath, ...table.columns.map(({ name }) => name)];
    return `(select ${names.join(', ')} from read_parquet(${files}, hive_partitioning = true, hive_types = {system_id: varchar, month: varchar}))`;
  }
  const relation = `read_parquet(${files}, hive_partitioning = false)`;
  const known = await columnsOf(connection, relation);
  return `(select ${withMissing(table.columns, known).join(', ')} from ${relation})`;
}

/** The columns of a relation, from `describe`. */
export async function columnsOf(connection: DuckDBConnection, relation: string): Promise<Set<string>> {
  const rows = await connection.runAndReadAll(`describe select * from ${relation}`);
  return new Set(rows.getRowsJson().map(([name]) => String(name)));
}

/** Columns to select: null replaces a missing one. */
export function withMissing(
  columns: readonly { name: string; type: string }[],
  known: ReadonlySet<string>,
): string[] {
  return columns.map((column) => (known.has(column.name) ? column.name : nullFor(column)));
}

function nullFor({ name, type }: { name: string; type: string }): string {
  return `null::${type} as ${name}`;
}
