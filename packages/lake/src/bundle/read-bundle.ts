import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Slice } from '@velolog/worker/lake-manifest';
import { UserError } from '@velolog/worker/user-error';
import { type DuckDBConnection, openDuckDb, quoteText } from '../duckdb-session.ts';
import type { OpenLake } from '../folder/lake-folder.ts';
import { type LakeTableName, lakeTable } from '../lake-tables.ts';
import { rowsOfFiles } from '../views/rows-of-files.ts';
import { checkBundle, damaged } from './check-bundle.ts';

/**
 * The history of an export, in the form in which packages/store fills its tables (fill/history-source.ts). Disposing it
 * removes its temporary files.
 */
export type BundleReader = AsyncDisposable & {
  system_ids: string[];
  read(table: LakeTableName, columns: string[]): Promise<string>;
  months: BundleMonth[];
  hours: { system_id: string; path(columns: string[]): Promise<string> }[];
  wholeFrom: Map<string, string>;
  /** Feeds for which an export contains when they were polled, but not their content. */
  leftOut: string[];
};

export type BundleMonth = {
  system_id: string;
  month: string;
  rowMonths: string[];
  revision: number;
  rows: number;
  checksum: string | null;
  path(columns: string[]): Promise<string>;
};

/** Coverage of other feeds is not imported: it would mean that there were no vehicles and no documents. */
const FEEDS_IN_BUNDLE = [
  'gbfs',
  'gbfs_versions',
  'manifest',
  'system_information',
  'station_information',
  'station_status',
];

/**
 * Checks a bundle and reads what it contains about these systems, or about all when none is named. @throws UserError when it
 * cannot be used
 */
export async function openBundle(
  dir: string,
  options: { systems: string[]; signal?: AbortSignal },
): Promise<BundleReader> {
  const bundle = await checkBundle(dir, options.signal);
  const folder = await mkdtemp(join(tmpdir(), 'velolog-import-'));
  const duckdb = await openDuckDb({ threads: 1, memoryMaxMb: 250, temporaryFolder: join(folder, 'sort') });
  const dispose = async () => {
    duckdb[Symbol.dispose]();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const reader = new TableReader(bundle, duckdb.connection, folder);
    return { ...(await describe(bundle, reader, options.systems)), [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function describe(
  bundle: OpenLake,
  reader: TableReader,
  wanted: string[],
): Promise<Omit<BundleReader, keyof AsyncDisposable>> {
  const inBundle = await reader.texts('system', 'system_id', 'true');
  const absent = wanted.filter((id) => !inBundle.includes(id));
  if (absent.length > 0)
    throw new UserError(
      `The export in ${bundle.dir} contains nothing about ${absent.join(', ')}; it contains ${inBundle.join(', ')}`,
    );
  const system_ids = wanted.length > 0 ? wanted : inBundle;
  if (system_ids.length === 0) throw new UserError(`The export in ${bundle.dir} contains no system`);
  const ofSystems = `system_id in (${system_ids.map(quoteText).join(', ')})`;
  const feeds = `feed in (${FEEDS_IN_BUNDLE.map(quoteText).join(', ')})`;
  const slicesOf = (table: LakeTableName) =>
    (bundle.manifests[table] ?? []).filter(
      ({ system_id }) => system_id !== null && system_ids.includes(system_id),
    );
  const status = slicesOf('station_status');
  const wholeFrom = wholeFromOf(status);
  const hours = slicesOf('station_hour').filter(
    ({ system_id, file }) => file !== null && wholeFrom.has(system_id ?? ''),
  );
  return {
    system_ids,
    read: (table, columns) =>
      reader.write(
        table,
        columns,
        null,
        table === 'coverage' || table === 'observed_range' ? `${ofSystems} and ${feeds}` : ofSystems,
      ),
    months: await Promise.all(status.map((slice) => monthOf(reader, slice))),
    hours: hours.map((slice) => ({
      system_id: slice.system_id ?? '',
      path: (columns) => reader.write('station_hour', columns, slice, 'true'),
    })),
    wholeFrom,
    leftOut: await reader.texts('observed_range', 'feed', `${ofSystems} and not (${feeds})`),
  };
}

/**
 * Since when all rows of a system are present, if not from the beginning: the export began at a given day, or retention
 * had dropped months before.
 */
function wholeFromOf(slices: Slice[]): Map<string, string> {
  const from = new Map<string, string>();
  const note = (system_id: string, at: string) => {
    if (at > (from.get(system_id) ?? '')) from.set(system_id, at);
  };
  for (const { system_id, month, window, generation } of slices) {
    if (system_id === null || month === null) continue;
    const isFirst = !slices.some((other) => other.system_id === system_id && (other.month ?? '') < month);
    if (isFirst && window !== null) note(system_id, window.split('/')[0] as string);
    if (generation > 0) note(system_id, startOfNext(month));
  }
  return from;
}

function startOfNext(month: string): string {
  const [year, number] = month.split('-').map(Number) as [number, number];
  return new Date(Date.UTC(year, number, 1)).toISOString();
}

async function monthOf(reader: TableReader, slice: Slice): Promise<BundleMonth> {
  const { system_id, month, revision, rows, checksum, window } = slice;
  if (system_id === null || month === null) throw damaged(reader.bundle.dir, 'a month has no name');
  const older =
    window === null || rows === 0
      ? []
      : await reader.texts('station_status', `strftime(observed_at, '%Y-%m')`, 'true', slice);
  return {
    system_id,
    month,
    rowMonths: rows === 0 ? [] : [...new Set([month, ...older])],
    revision,
    rows,
    // If a month is cut, its checksum covers only a part of it, or also rows from before.
    checksum: window === null ? checksum : null,
    path: (columns) => reader.write('station_status', columns, slice, 'true'),
  };
}

class TableReader {
  readonly bundle: OpenLake;
  readonly #connection: DuckDBConnection;
  readonly #folder: string;
  #files = 0;

  constructor(bundle: OpenLake, connection: DuckDBConnection, folder: string) {
    this.bundle = bundle;
    this.#connection = connection;
    this.#folder = folder;
  }

  /** Writes rows as CSV: of one slice, or of the whole table if it is one file. */
  async write(table: LakeTableName, columns: string[], slice: Slice | null, where: string): Promise<string> {
    const path = join(this.#folder, `${table}-${++this.#files}.csv`);
    const known = lakeTable(table).columns.filter(({ name }) => columns.includes(name));
    const texts = known.filter(({ type }) => type === 'VARCHAR').map(({ name }) => name);
    const typed = new Map(known.map(({ name, type }) => [name, `${name}::${type} as ${name}`]));
    await this.#run(
      table,
      `copy (select ${columns.map((name) => typed.get(name)).join(', ')} from ${await this.#rowsOf(table, slice)} where ${where})
       to ${quoteText(path)} (format csv, header false, nullstr ''${texts.length > 0 ? `, force_quote (${texts.join(', ')})` : ''})`,
    );
    return path;
  }

  async texts(
    table: LakeTableName,
    expression: string,
    where: string,
    slice: Slice | null = null,
  ): Promise<string[]> {
    const rows = await this.#run(
      table,
      `select distinct (${expression})::varchar as text from ${await this.#rowsOf(table, slice)} where ${where} order by text`,
    );
    return rows.map(([text]) => String(text));
  }

  async #rowsOf(table: LakeTableName, slice: Slice | null): Promise<string> {
    const slices = slice === null ? (this.bundle.manifests[table] ?? []) : [slice];
    const files = slices.flatMap(({ file }) => (file === null ? [] : [join(this.bundle.dir, file)]));
    return this.#orDamaged(table, rowsOfFiles(this.#connection, lakeTable(table), files));
  }

  async #run(table: LakeTableName, sql: string): Promise<unknown[][]> {
    return (await this.#orDamaged(table, this.#connection.runAndReadAll(sql))).getRowsJson();
  }

  async #orDamaged<T>(table: LakeTableName, work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (cause) {
      throw damaged(this.bundle.dir, `${table} cannot be read (${(cause as Error).message})`, cause);
    }
  }
}
