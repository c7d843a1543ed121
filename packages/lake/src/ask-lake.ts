import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type DuckDBPreparedStatement, StatementType } from '@duckdb/node-api';
import { UserError } from '@velolog/worker/user-error';
import { type DuckDBConnection, openDuckDb, quoteText } from './duckdb-session.ts';
import { plainValue } from './duckdb-values.ts';
import { type OpenLake, readLake } from './folder/lake-folder.ts';
import { openCatalogue } from './iceberg/attach-catalogue.ts';
import type { CatalogueSettings } from './iceberg/catalogue-settings.ts';
import { describeLakeError } from './iceberg/describe-lake-error.ts';
import { readCatalogue } from './iceberg/iceberg-sink.ts';
import { tableName } from './iceberg/iceberg-tables.ts';
import { LAKE_TABLES, type LakeTable } from './lake-tables.ts';
import { LAKE_VIEWS, lakeViewText } from './views/lake-views.ts';
import { columnsOf, rowsOfFiles, withMissing } from './views/rows-of-files.ts';
import { sortedChangesText } from './views/sorted-changes.ts';

export type Answer = { columns: string[]; rows: unknown[][] };

/** Runs one query on a lake or an export. The query sees the files of this lake and nothing else on the machine. */
export async function askLake(dir: string, query: string): Promise<Answer> {
  const lake = await readLake(dir);
  if (lake === null) {
    throw new UserError(
      `There is no lake at ${dir}: \`npx velolog lake update\` writes one, or name the folder of an export with --lake or LAKE_DIR`,
    );
  }
  using duckdb = await openDuckDb();
  await openLakeViews(duckdb.connection, lake, { question: query });
  await duckdb.connection.run(`set allowed_directories = [${quoteText(dir)}]`);
  await duckdb.connection.run('set enable_external_access = false');
  // Awaited, because the connection is closed at the end of this function.
  return await ask(duckdb.connection, lake, query);
}

/** Runs one query on the tables of a catalogue. */
export async function askCatalogue(settings: CatalogueSettings, query: string): Promise<Answer> {
  using duckdb = await openCatalogue(settings);
  try {
    await openCatalogueViews(duckdb.connection, settings);
    // The query sees these tables and no file of this machine.
    await duckdb.connection.run(`set disabled_filesystems = 'LocalFileSystem'`);
    return await ask(duckdb.connection, null, query);
  } catch (error) {
    throw describeLakeError(error, settings);
  }
}

/** @throws UserError when nothing has been written into the catalogue yet */
export async function openCatalogueViews(
  connection: DuckDBConnection,
  settings: CatalogueSettings,
): Promise<void> {
  const { dir, manifests } = await readCatalogue(connection, settings);
  if (LAKE_TABLES.some(({ name }) => manifests[name] === undefined))
    throw new UserError(`There is no lake in ${dir} yet: \`npx velolog lake update\` writes one`);
  await openViews(connection, async ({ name, columns, monthOf }) => {
    const system = monthOf === null ? '' : `system_id, strftime(${monthOf}, '%Y-%m') as month, `;
    const known = await columnsOf(connection, tableName(name));
    return `(select ${system}${withMissing(columns, known).join(', ')} from ${tableName(name)})`;
  });
}

/**
 * Puts the tables of the lake into the schema files, and the views into the schema api, which unqualified names refer
 * to. The query decides which systems are read in the order of their files (sorted-changes.ts), but not what the rows
 * are.
 */
export async function openLakeViews(
  connection: DuckDBConnection,
  lake: OpenLake,
  { question = 'station_change', filesMax }: { question?: string; filesMax?: number } = {},
): Promise<void> {
  await openViews(
    connection,
    (table) => {
      const files = (lake.manifests[table.name] ?? []).flatMap(({ file }) =>
        file === null ? [] : [join(lake.dir, file)],
      );
      return rowsOfFiles(connection, table, files);
    },
    () => sortedChangesText(connection, lake, question, filesMax),
  );
}

async function openViews(
  connection: DuckDBConnection,
  rowsOf: (table: LakeTable) => Promise<string>,
  changesText: () => Promise<string> = async () => lakeViewText('station_change'),
): Promise<void> {
  await connection.run('create schema files; create schema api');
  for (const table of LAKE_TABLES)
    await connection.run(`create view files.${table.name} as from ${await rowsOf(table)}`);
  for (const view of LAKE_VIEWS) {
    const text = view === 'station_change' ? withExactGaps(await changesText()) : lakeViewText(view);
    await connection.run(`create view api.${view} as ${text}`);
  }
  await connection.run(`set search_path = 'api,files'`);
}

/**
 * DuckDB runs the files of a lake one after the other, on one core, when a question adds up doubles of them, because
 * their sum depends on the order. Gaps are whole milliseconds, so a decimal has them exactly, for 300 years.
 */
function withExactGaps(text: string): string {
  return `select * replace (cast(gap_seconds as decimal(13, 3)) as gap_seconds) from (${text})`;
}

async function ask(connection: DuckDBConnection, lake: OpenLake | null, query: string): Promise<Answer> {
  try {
    const statement = await prepareOne(connection, query);
    const result = await statement.runAndReadAll();
    return { columns: result.columnNames(), rows: result.getRows().map((row) => row.map(plainValue)) };
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    const lost = lake === null ? null : firstMissing(lake);
    if (lost !== null) {
      throw new UserError(
        `${lost} is missing: write the lake again, or ask once more if it was just being written`,
        { cause },
      );
    }
    throw new UserError((cause as Error).message, { cause });
  }
}

/** Accepts only queries that read: COPY would write among the files of the lake. */
async function prepareOne(connection: DuckDBConnection, query: string): Promise<DuckDBPreparedStatement> {
  const statements = await connection.extractStatements(query);
  if (statements.count !== 1) throw new UserError('Run one statement at a time', { exitCode: 2 });
  const statement = await statements.prepare(0).catch((cause: Error) => {
    // What changes something may name what is not there: that it changes something matters more.
    if (
      /^\W*(--.*\n\s*)*(insert|update|delete|merge|create|drop|alter|truncate|copy|attach|detach|install|load|set|reset|call|vacuum|pragma)\b/i.test(
        query,
      )
    )
      throw readOnly(cause);
    throw cause;
  });
  if (statement.statementType !== StatementType.SELECT && statement.statementType !== StatementType.EXPLAIN)
    throw readOnly();
  return statement;
}

function readOnly(cause?: Error): UserError {
  return new UserError('A lake is only read: use a select statement', { exitCode: 2, cause });
}

function firstMissing({ dir, manifests }: OpenLake): string | null {
  const files = Object.values(manifests).flatMap((slices) => slices.flatMap(({ file }) => file ?? []));
  return files.find((file) => !existsSync(join(dir, file))) ?? null;
}
