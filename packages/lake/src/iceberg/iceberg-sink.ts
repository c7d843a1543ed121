import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { LAKE_VERSION, type Position, type Slice } from '@velolog/worker/lake-manifest';
import { catalogueName } from '@velolog/worker/lake-name';
import { type DuckDBConnection, quotePath, quoteText } from '../duckdb-session.ts';
import type { Manifests, OpenLake } from '../folder/lake-folder.ts';
import { LakeConflict, type LakeSink, type MayBegin } from '../lake-sink.ts';
import { LAKE_TABLES, type LakeTable } from '../lake-tables.ts';
import { CATALOGUE, NAMESPACE, openCatalogue } from './attach-catalogue.ts';
import type { CatalogueSettings } from './catalogue-settings.ts';
import { describeLakeError } from './describe-lake-error.ts';
import { type Properties, readMarkers, writeMarkers } from './iceberg-markers.ts';
import {
  addMissingColumns,
  createTable,
  deletedSlices,
  END_TABLE,
  insertStatements,
  tableName,
} from './iceberg-tables.ts';
import { openWritingFolder } from './writing-folder.ts';

/**
 * Tables of an Iceberg catalogue. Slices are first written into a folder of this machine; the commit deletes what they
 * replace, inserts them and sets the markers, in one transaction. If the catalogue can commit several tables at once,
 * that is one commit. If not, each table is committed with its own marker, in the order of LAKE_TABLES. All markers
 * contain the id of the commit, so the next run sees that some tables lack it and writes the rest.
 * @param lockName the name on which this process holds a lock
 */
export async function openIcebergSink(
  settings: CatalogueSettings,
  { lockName, mayBegin }: { lockName: string; mayBegin: MayBegin },
): Promise<LakeSink> {
  await using opening = new AsyncDisposableStack();
  const { folder: writeDir } = opening.use(await openWritingFolder(lockName));
  try {
    const catalogue = await openCatalogue(settings, {
      threads: 1,
      memoryMaxMb: 250,
      temporaryFolder: join(writeDir, 'spill'),
    });
    opening.use(catalogue);
    const { connection } = catalogue;
    const found = await readCatalogue(connection, settings);
    if (Object.keys(found.manifests).length === 0) await mayBegin();
    const held = opening.move();
    return {
      found,
      isWhole: found.commits.size <= 1,
      writeDir,
      has: async () => true,
      commit: async (next) => {
        await commit(connection, { settings, found, writeDir, next }).catch((error: unknown) => {
          throw describeLakeError(error, settings);
        });
        return [];
      },
      [Symbol.asyncDispose]: () => held.disposeAsync(),
    };
  } catch (error) {
    throw describeLakeError(error, settings);
  }
}

export type CatalogueLake = OpenLake & {
  /** The ids of the last commit of each table: more than one if it did not reach all of them. */
  commits: ReadonlySet<string>;
};

/** What the tables state about their content. */
export async function readCatalogue(
  connection: DuckDBConnection,
  settings: CatalogueSettings,
): Promise<CatalogueLake> {
  const names = await tablesOf(connection);
  const manifests: Manifests = {};
  const commits = new Set<string>();
  let position: Position[] = [];
  for (const { name } of [...LAKE_TABLES, { name: END_TABLE }]) {
    if (!names.has(name)) continue;
    const properties = await propertiesOf(connection, name);
    commits.add(properties['velolog.commit'] ?? '');
    if (name === END_TABLE) continue;
    manifests[name] = readMarkers(name, properties);
    if (name === 'station_status')
      position = JSON.parse(properties['velolog.position'] ?? '[]') as Position[];
  }
  const tables = Object.fromEntries(Object.keys(manifests).map((name) => [name, name]));
  return {
    dir: catalogueName(settings),
    file: { format: 'velolog-lake', version: LAKE_VERSION, kind: 'lake', position, tables },
    manifests,
    commits,
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
  found: CatalogueLake;
  writeDir: string;
  next: { position: Position[]; manifests: Manifests; until: string | null };
};

async function commit(
  connection: DuckDBConnection,
  { settings, found, writeDir, next }: Commit,
): Promise<void> {
  for (const table of LAKE_TABLES)
    if (found.manifests[table.name] === undefined) await createTable(connection, table);
    else await addMissingColumns(connection, table);
  await connection.run(`create table if not exists ${tableName(END_TABLE)} (until_at timestamptz)`);
  const id = randomUUID();
  await connection.run('begin');
  try {
    // From here on the catalogue answers 409 to later commits of others; this check finds earlier ones.
    const now = await readCatalogue(connection, settings);
    if (slicesAsText(now) !== slicesAsText(found))
      throw new LakeConflict(
        'Another commit came first: the tables hold other slices than when they were read',
      );
    for (const table of LAKE_TABLES) await changeTable(connection, table, { id, found, writeDir, next });
    // Written last: a reader that reads it first, and then the rows, misses none.
    await connection.run(`delete from ${tableName(END_TABLE)}`);
    await connection.run(
      `insert into ${tableName(END_TABLE)} values (timestamptz ${quoteText(next.until ?? '9999-01-01 00:00:00+00')})`,
    );
    await setProperties(connection, END_TABLE, { 'velolog.commit': id });
    await connection.run('commit');
  } catch (error) {
    await connection.run('rollback').catch(() => {});
    throw error;
  }
}

async function changeTable(
  connection: DuckDBConnection,
  table: LakeTable,
  { id, found, writeDir, next }: Omit<Commit, 'settings'> & { id: string },
): Promise<void> {
  const slices = next.manifests[table.name] ?? [];
  const old = found.manifests[table.name] ?? [];
  const added = slices.filter((slice) => !old.includes(slice));
  const gone = old.filter((slice) => !slices.includes(slice));
  for (const statement of deletedSlices(table, gone)) await connection.run(statement);
  for (const statement of insertStatements(table, added, (file) => quotePath(join(writeDir, file))))
    await connection.run(statement);
  await setProperties(connection, table.name, {
    ...writeMarkers(slices, monthsOf([...added, ...gone])),
    'velolog.position': JSON.stringify(next.position),
    'velolog.commit': id,
  });
}

async function setProperties(
  connection: DuckDBConnection,
  table: string,
  properties: Properties,
): Promise<void> {
  await connection.run(
    `call set_iceberg_table_properties(${tableName(table)}, {${Object.entries(properties)
      .map(([name, value]) => `${quoteText(name)}: ${quoteText(value)}`)
      .join(', ')}})`,
  );
}

function monthsOf(slices: Slice[]): (string | null)[] {
  return [...new Set(slices.map(({ month }) => month))];
}

function slicesAsText({ manifests, commits }: CatalogueLake): string {
  return JSON.stringify([LAKE_TABLES.map(({ name }) => manifests[name] ?? []), [...commits]]);
}
