import { TopicTooSmall } from '@velolog/stream/topics';
import { describeError } from '@velolog/worker/describe-error';
import type { Logger } from '@velolog/worker/logger';
import { untilDone } from '@velolog/worker/until-done';
import type { DatabasePool } from 'slonik';
import type { StoreSettings } from './config.ts';
import { causeOf } from './intake/failure-cause.ts';
import { migrate } from './migrate/migrate.ts';
import { type Migration, writerVersionOf } from './migrate/migrations.ts';
import { UnusableDatabase } from './migrate/unusable-database.ts';
import { openDatabase } from './tables/database.ts';
import { type MonthPartitions, makeMonthsAhead, noMonths } from './tables/month-partitions.ts';

export type PreparedDatabase = { pool: DatabasePool; months: MonthPartitions };

/** Opening the pool queries the database for its types, so that must also wait until the database is available. */
export async function prepareDatabase(
  settings: StoreSettings,
  options: { log: Logger; signal: AbortSignal; statementTimeoutMs?: number; migrations: Migration[] },
): Promise<PreparedDatabase> {
  const { log, signal, statementTimeoutMs, migrations } = options;
  const prepareOnce = async () => {
    const remarks = await migrate(settings.DATABASE_URL, {
      readerPassword: settings.READER_PASSWORD,
      grafanaPassword: settings.GRAFANA_READER_PASSWORD,
      livePassword: settings.LIVE_READER_PASSWORD,
      migrations,
      signal,
    });
    for (const { event, text } of remarks) log.warn({ event }, text);
    const pool = await openDatabase(settings.DATABASE_URL, {
      connectionsMax: 6,
      writerVersion: writerVersionOf(migrations),
      ...(statementTimeoutMs && { statementTimeoutMs }),
    });
    return { pool, months: await monthsOf(pool, log) };
  };
  return await untilDone('prepare the database', prepareOnce, { log, signal, check: throwIfHopeless });
}

async function monthsOf(pool: DatabasePool, log: Logger): Promise<MonthPartitions> {
  const months = noMonths();
  try {
    await makeMonthsAhead(pool, months, new Date());
  } catch (error) {
    // A session that holds a lock for long (a vacuum, an index build) delays only the records that need these months.
    if (causeOf(error) !== 'lock_timeout') {
      await pool.end();
      throw error;
    }
    log.warn(
      { event: 'no_months_ahead', ...describeError(error) },
      'Cannot create the months ahead yet: they are created when records need them',
    );
  }
  return months;
}

/** Rethrows errors that waiting cannot fix. */
export function throwIfHopeless(error: unknown, what: string): void {
  if (error instanceof UnusableDatabase || error instanceof TopicTooSmall) throw error;
  if (isMisconfigured(error)) {
    throw new UnusableDatabase(`Cannot ${what} of DATABASE_URL: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Wrong password or user (28), no such database (3D000), or not allowed (42501), by PostgreSQL's own codes. */
function isMisconfigured(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^(28...|3D000|42501)$/.test(code);
}
