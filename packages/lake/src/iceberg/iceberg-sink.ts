import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LAKE_VERSION, type Position, type Slice } from '@velolog/worker/lake-manifest';
import { type DuckDBConnection, quotePath, quoteText } from '../duckdb-session.ts';
import type { Manifests, OpenLake } from '../folder/lake-folder.ts';
import { LakeConflict, type LakeSink } from '../lake-sink.ts';
import { LAKE_TABLES, type LakeTable } from '../lake-tables.ts';
import { CATALOGUE, NAMESPACE, openCatalogue } from './attach-catalogue.ts';
import { type CatalogueSettings, catalogueName } from './catalogue-settings.ts';
import { describeLakeError } from './describe-lake-error.ts';
import { type Properties, readMarkers, writeMarkers } from './iceberg-markers.ts';
import { createTable, deletedSlices, END_TABLE, insertStatements, tableName } from './iceberg-tables.ts';

/**
 * Tables of an Iceberg catalogue. Slices are written into a folder of this machine first; the commit deletes what they replace,
 * inserts them and sets the markers, in one transaction. Where a catalogue commits several tables at once that is one commit; where
 * it does not, each table with its own marker is, in the order of LAKE_TABLES, and the next run that writes does what is left.
 */
export async function openIcebergSink(settings: CatalogueSettings): Promise<LakeSink> {
  const writeDir = await mkdtemp(join(tmpdir(), 'velolog-lake-'));
  const close = async () => rm(writeDir, { recursive: true, force: true });
  try {
    const catalogue = await openCatalogue(settings, {
      threads: 1,
      memoryMaxMb: 250,
      temporaryFolder: join(writeDir, 'spill'),
    });
    const { connection } = catalogue;
    const found = await readCatalogue(connection, settings);
    return {
      found,
      writeDir,
      has: async () => true,
      commit: async (next) => {
        await commit(connection, { settings, found, writeDir, next }).catch((error: unknown) => {
          throw describeLakeError(error, settings);
        });
        return [];
      },
      [Symbol.asyncDispose]: async () => {
        catalogue[Symbol.dispose]();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw describeLakeError(error, settings);
  }
}

/** What the tables say that they hold. */
export async function readCatalogue(
  connection: DuckDBConnection,
  settings: CatalogueSettings,
): Promise<OpenLake> {
  const names = await tablesOf(connection);
  const manifests: Manifests = {};
  let position: Position[] = [];
  for (const { name } of LAKE_TABLES) {
    if (!names.has(name)) continue;
    const properties = await propertiesOf(connection, name);
    manifests[name] = readMarkers(name, properties);
    if (name === 'station_status')
      position = JSON.parse(properties['velolog.position'] ?? '[]') as Position[];
  }
  const tables = Object.fromEntries(Object.keys(manifests).map((name) => [name, name]));
  return {
    dir: catalogueName(settings),
    file: { format: 'velolog-lake', version: LAKE_VERSION, kind: 'lake', position, tables },
    manifests,
  };
}

async function tablesOf(connection: DuckDBConnection): Promise<Set<string>> {
  const rows = await connection.runAndReadAll(
    `select table_name from duckdb_tables() where database_name = '${CATALOGUE}' and schema_name = '${NAMESPACE}'`,
  );
  return new Set(rows.getRowsJson().map(([name]) => String(name)));
}

async function propertiesOf(connection: DuckDBConnection, table: string): Promise<Properties> {
  const rows = await connection.runAndReadAll(
    `select key, value from iceberg_table_properties(${tableName(table)})`,
  );
  return Object.fromEntries(rows.getRowsJson().map(([key, value]) => [String(key), String(value)]));
}

type Commit = {
  settings: CatalogueSettings;
  found: OpenLake;
  writeDir: string;
  next: { position: Position[]; manifests: Manifests; until: string | null };
};

async function commit(
  connection: DuckDBConnection,
  { settings, found, writeDir, next }: Commit,
): Promise<void> {
  for (const table of LAKE_TABLES)
    if (found.manifests[table.name] === undefined) await createTable(connection, table);
  if (Object.keys(found.manifests).length === 0)
    await connection.run(`create table if not exists ${tableName(END_TABLE)} (until_at timestamptz)`);
  await connection.run('begin');
  try {
    // The catalogue answers 409 to who is late from here on; who came before would not be seen.
    const now = await readCatalogue(connection, settings);
    if (slicesAsText(now) !== slicesAsText(found))
      throw new LakeConflict(
        'Another commit came first: the tables hold other slices than when they were read',
      );
    for (const table of LAKE_TABLES) await changeTable(connection, table, { found, writeDir, next });
    // Last: who reads it first and the rows after it never misses one.
    await connection.run(`delete from ${tableName(END_TABLE)}`);
    await connection.run(
      `insert into ${tableName(END_TABLE)} values (timestamptz ${quoteText(next.until ?? '9999-01-01 00:00:00+00')})`,
    );
    await connection.run('commit');
  } catch (error) {
    await connection.run('rollback').catch(() => {});
    throw error;
  }
}

async function changeTable(
  connection: DuckDBConnection,
  table: LakeTable,
  { found, writeDir, next }: Omit<Commit, 'settings'>,
): Promise<void> {
  const slices = next.manifests[table.name] ?? [];
  const old = found.manifests[table.name] ?? [];
  const added = slices.filter((slice) => !old.includes(slice));
  const gone = old.filter((slice) => !slices.includes(slice));
  if (added.length === 0 && gone.length === 0) return;
  for (const statement of deletedSlices(table, gone)) await connection.run(statement);
  for (const statement of insertStatements(table, added, (file) => quotePath(join(writeDir, file))))
    await connection.run(statement);
  const properties: Properties = {
    ...writeMarkers(slices, monthsOf([...added, ...gone])),
    'velolog.position': JSON.stringify(next.position),
  };
  await connection.run(
    `call set_iceberg_table_properties(${tableName(table.name)}, {${Object.entries(properties)
      .map(([name, value]) => `${quoteText(name)}: ${quoteText(value)}`)
      .join(', ')}})`,
  );
}

function monthsOf(slices: Slice[]): (string | null)[] {
  return [...new Set(slices.map(({ month }) => month))];
}

function slicesAsText({ manifests }: OpenLake): string {
  return JSON.stringify(LAKE_TABLES.map(({ name }) => manifests[name] ?? []));
}
