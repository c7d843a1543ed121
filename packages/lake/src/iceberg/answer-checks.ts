import { catalogueName } from '@velolog/worker/lake-name';
import { openLakeSession } from '../database/lake-session.ts';
import type { DuckDBConnection } from '../duckdb-session.ts';
import { openCatalogue } from './attach-catalogue.ts';
import type { CatalogueSettings } from './catalogue-settings.ts';
import { type HeldMonth, readMonth } from './check-catalogue.ts';
import { describeLakeError } from './describe-lake-error.ts';
import { readCatalogue } from './iceberg-sink.ts';
import { readEnd } from './iceberg-tables.ts';

/**
 * Before retention drops a month from the database, the store asks, through velolog.lake_check, what the catalogue
 * holds of it, because only this package can read a catalogue. The answer is computed from the rows themselves, never
 * from what the tables state about themselves.
 * @returns how many checks were answered
 */
export async function answerChecks(
  databaseUrl: string,
  settings: CatalogueSettings,
  signal?: AbortSignal,
): Promise<number> {
  const client = await openLakeSession(databaseUrl);
  try {
    const lake = catalogueName(settings);
    const { rows } = await client.query<{ month: string }>(
      `select to_char(month_at at time zone 'UTC', 'YYYY-MM') as month from velolog.lake_check
       where lake = $1 and (answered_at is null or answered_at < asked_at) order by month_at`,
      [lake],
    );
    if (rows.length === 0) return 0;
    using duckdb = await openCatalogue(settings, { threads: 1, memoryMaxMb: 250 });
    for (const { month } of rows) {
      signal?.throwIfAborted();
      const answer = await answerOf(duckdb.connection, settings, month).catch((error: unknown) => {
        throw describeLakeError(error, settings);
      });
      await client.query(
        `update velolog.lake_check set answered_at = now(), problem = $3, held = $4
         where lake = $1 and month_at = $2::timestamptz`,
        [lake, `${month}-01T00:00:00Z`, answer.problem, JSON.stringify(answer.held)],
      );
    }
    return rows.length;
  } finally {
    await client.end().catch(() => {});
  }
}

type Answer = { problem: string | null; held: HeldMonth[] };

async function answerOf(
  connection: DuckDBConnection,
  settings: CatalogueSettings,
  month: string,
): Promise<Answer> {
  const none = (problem: string): Answer => ({ problem, held: [] });
  const { commits, manifests } = await readCatalogue(connection, settings);
  if (Object.keys(manifests).length === 0) return none('the catalogue holds nothing yet');
  if (commits.size > 1) return none('its last commit did not reach all tables of the catalogue');
  // Trino and Spark read everything after the end from the database.
  if ((await readEnd(connection)).slice(0, 7) <= month) return none('the lake ends before it');
  const held = await readMonth(connection, settings, month);
  return held === null ? none('its files in the catalogue cannot be read') : { problem: null, held };
}
