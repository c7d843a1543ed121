import { forever } from '@velolog/worker/forever';
import type { Log } from '@velolog/worker/log';
import type { DatabasePool } from 'slonik';
import { type MonthPartitions, makeMonthsAhead } from '../tables/month-partitions.ts';
import { type Lake, lakeOf } from './check-lake.ts';
import { dropMonthsBefore } from './drop-months.ts';
import { forgetIdleIds } from './forget-ids.ts';
import { dropEndedIssues } from './quality/drop-issues.ts';
import { rollUpAll } from './roll-up.ts';
import { dropStaysBefore, rollUpVehicles } from './vehicle-hours.ts';

export type ChoreOptions = {
  pool: DatabasePool;
  months: MonthPartitions;
  /** Days of history to keep; undefined keeps all. */
  retentionDays: number | undefined;
  /** If there is a lake, a month is dropped only when the lake holds it. */
  lake?: Lake | undefined;
  /** Days to keep exact stays of vehicles; 0, the default here, keeps all. */
  vehicleStayDays?: number | undefined;
  log: Pick<Log, 'info' | 'warn'>;
};

const CHORES_SECONDS = 3600;
const MS_PER_DAY = 24 * 3600 * 1000;

/**
 * Once an hour, creates the coming months, and drops months past retention, together with ended issues, old exact stays and idle
 * vehicle ids.
 */
export function doChoresForever(options: ChoreOptions & { signal: AbortSignal }): Promise<void> {
  const { signal, log } = options;
  return forever(CHORES_SECONDS, () => doChoresOnce(options, new Date()), {
    what: 'do the chores',
    signal,
    log,
  });
}

export async function doChoresOnce(
  {
    pool,
    months,
    retentionDays,
    lake,
    vehicleStayDays = 0,
    log,
    signal,
  }: ChoreOptions & { signal?: AbortSignal },
  now: Date,
): Promise<void> {
  await makeMonthsAhead(pool, months, now);
  await forgetIdleIds(pool);
  if (vehicleStayDays > 0) {
    await rollUpVehicles(pool, signal);
    if (signal?.aborted) return;
    await dropStaysBefore(pool, new Date(now.getTime() - vehicleStayDays * MS_PER_DAY));
  }
  const before = retentionDays === undefined ? null : new Date(now.getTime() - retentionDays * MS_PER_DAY);
  const lakeThere = await lakeOf(pool, lake);
  // No lake holds issues.
  await dropEndedIssues(pool, before === null || lakeThere !== undefined ? null : monthOf(before));
  if (before === null) return;
  // Spells and hours are kept, so they are computed before their rows are dropped. If another worker is doing that right now, the
  // months wait.
  await rollUpAll(pool, signal);
  // Rows that are not rolled up must be kept.
  if (signal?.aborted) return;
  const { dropped, kept } = await dropMonthsBefore(pool, months, before, lakeThere);
  if (dropped.length > 0)
    log.info(
      { event: 'months_dropped', dropped },
      `Dropped months older than RETENTION_DAYS=${retentionDays}`,
    );
  if (kept !== null)
    log.warn(
      { event: 'month_kept', ...kept },
      `Kept a month older than RETENTION_DAYS=${retentionDays}, trying again in an hour: ${kept.reason}`,
    );
}

/** The beginning of the month of a time, in UTC: what ended before lies in months that are dropped. */
function monthOf(at: Date): Date {
  return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), 1));
}
