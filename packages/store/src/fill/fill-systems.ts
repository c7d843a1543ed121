import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { COMMITS_CHANNEL } from '@velolog/worker/commits-channel';
import { OWNER_PATH, sessionUrl } from '@velolog/worker/session-url';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { openDatabase } from '../tables/database.ts';
import { makeMonthsOf, noMonths } from '../tables/month-partitions.ts';
import type { HistorySource, MonthOfHistory } from './history-source.ts';
import {
  FILL_HOURS,
  FILL_LAST_CHANGE,
  FILL_MONTH,
  FILL_REVISION,
  FILL_STATEMENTS,
  FILL_STATES,
  FILL_SUMMARIES,
  MONTH_CHECKSUM,
  SEAL_BEFORE,
  STAGED,
  type StagedTable,
  stagedColumns,
} from './staged-tables.ts';

/**
 * The database already has history of these systems. The content of a file cannot be merged with it: nobody knows which of the
 * two is right.
 */
export class SystemsAreKnown extends Error {
  override name = 'SystemsAreKnown';
  readonly system_ids: string[];
  constructor(system_ids: string[], options?: ErrorOptions) {
    super(`The database has history of ${system_ids.join(', ')} already`, options);
    this.system_ids = system_ids;
  }
}

/** The content of the files is inconsistent or cannot be stored. */
export class HistoryDoesNotFit extends Error {
  override name = 'HistoryDoesNotFit';
}

export type FillOptions = {
  onProgress?: (progress: { done: number; total: number; rows: number }) => void;
  signal?: AbortSignal;
};

/**
 * Fills the tables with the history of systems that they do not know, in one transaction: all of it or nothing
 * (docs/adr/0009). A worker that stores the first record of one of these systems at the same time runs into its row or
 * its feed, discards its memory, and reads it again; whichever commits first is what the other finds.
 */
export async function fillSystems(
  databaseUrl: string,
  source: HistorySource,
  options: FillOptions = {},
): Promise<void> {
  await makeMonths(databaseUrl, source.months);
  const client = new pg.Client({
    connectionString: sessionUrl(databaseUrl, { ...OWNER_PATH, lock_timeout: '10s' }),
    application_name: 'velolog import',
  });
  // Errors show up at the next query.
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query('begin');
    await fill(client, source, options);
    options.signal?.throwIfAborted();
    await client.query('commit');
  } catch (error) {
    throw await explain(error, source);
  } finally {
    // Ends the transaction, however far it got.
    await client.end();
  }
}

async function makeMonths(databaseUrl: string, months: MonthOfHistory[]): Promise<void> {
  const pool = await openDatabase(databaseUrl, { connectionsMax: 1 });
  try {
    const times = months.flatMap(({ rowMonths }) =>
      rowMonths.map((month) => Date.parse(`${month}-01T00:00:00Z`)),
    );
    await makeMonthsOf(pool, noMonths(), 'station_status', times);
  } finally {
    await pool.end();
  }
}

async function fill(
  client: pg.Client,
  source: HistorySource,
  { onProgress, signal }: FillOptions,
): Promise<void> {
  await refuseKnown(client, source.system_ids);
  for (const table of ['system', 'station', 'coverage', 'observed_range', 'station_absence'] as const)
    await stage(client, table, await source.read(table, stagedColumns(table)), signal);
  for (const statement of FILL_STATEMENTS) await client.query(statement);
  let rows = 0;
  for (const [done, month] of source.months.entries()) {
    signal?.throwIfAborted();
    onProgress?.({ done, total: source.months.length, rows });
    await fillMonth(client, month, signal);
    rows += month.rows;
  }
  onProgress?.({ done: source.months.length, total: source.months.length, rows });
  for (const [system_id, from] of source.wholeFrom) await client.query(SEAL_BEFORE, [system_id, from]);
  for (const { system_id, path } of source.hours) {
    await stage(client, 'station_hour', await path(stagedColumns('station_hour')), signal);
    await client.query(FILL_HOURS, [system_id, source.wholeFrom.get(system_id)]);
  }
  await client.query(FILL_STATES);
  await client.query(FILL_SUMMARIES);
  await client.query(FILL_LAST_CHANGE);
  // Tells programs that show the present to look again.
  await client.query(`select pg_notify($1, '')`, [COMMITS_CHANNEL]);
}

/**
 * Checked before anything is read, so that the error comes at once; the unique system_id catches a system that is added
 * in between.
 */
async function refuseKnown(client: pg.Client, system_ids: string[]): Promise<void> {
  const { rows } = await client.query<{ system_id: string }>(
    'select system_id from velolog.system where system_id = any($1::text[]) order by system_id',
    [system_ids],
  );
  if (rows.length > 0) throw new SystemsAreKnown(rows.map(({ system_id }) => system_id));
}

async function fillMonth(
  client: pg.Client,
  month: MonthOfHistory,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { system_id } = month;
  if (month.revision > 0) await client.query(FILL_REVISION, [system_id, month.month, month.revision]);
  if (month.rows === 0) return;
  await stage(client, 'station_status', await month.path(stagedColumns('station_status')), signal);
  const { rowCount } = await client.query(FILL_MONTH, [system_id]);
  if (rowCount !== month.rows) throw doesNotFit(month, `${rowCount} rows`);
  if (month.checksum === null) return;
  const { rows } = await client.query<{ rows: string; checksum: string }>(MONTH_CHECKSUM, [
    system_id,
    month.month,
  ]);
  if (Number(rows[0]?.rows) !== month.rows || rows[0]?.checksum !== month.checksum)
    throw doesNotFit(month, `rows with the checksum ${rows[0]?.checksum}`);
}

function doesNotFit({ system_id, month, rows, checksum }: MonthOfHistory, found: string): HistoryDoesNotFit {
  return new HistoryDoesNotFit(
    `The rows of ${system_id} in ${month} do not match its manifest: ${found} instead of ${rows} rows with the checksum ${checksum}`,
  );
}

async function stage(
  client: pg.Client,
  table: StagedTable,
  path: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  await client.query(`drop table if exists pg_temp.${table}`);
  await client.query(`create temporary table ${table} (${STAGED[table]}) on commit drop`);
  const copy = copyFrom(`copy pg_temp.${table} (${stagedColumns(table).join(', ')}) from stdin (format csv)`);
  await pipeline(createReadStream(path), client.query(copy), { signal });
  await rm(path);
  await client.query(`analyze pg_temp.${table}`);
}

const UNIQUE_VIOLATION = '23505';
/** A value that no column accepts, or rows that contradict each other. */
const BAD_VALUES = /^(22|23)/;

async function explain(error: unknown, { system_ids }: HistorySource): Promise<unknown> {
  const { code, constraint, message } = error as { code?: string; constraint?: string; message?: string };
  if (code === UNIQUE_VIOLATION && /^system_/.test(constraint ?? '')) {
    return new SystemsAreKnown(system_ids, { cause: error });
  }
  if (code !== undefined && BAD_VALUES.test(code)) {
    return new HistoryDoesNotFit(`What it holds cannot be stored: ${message}`, { cause: error });
  }
  return error;
}
