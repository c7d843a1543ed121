import { type CommonQueryMethods, type DatabasePool, sql } from 'slonik';

/**
 * station_status is partitioned by month of observation, in UTC. Months are made ahead of time, months of imported history
 * when the first row for them comes. They are made apart and then attached: that waits for no reader and no writer, where
 * `create table … partition of` would wait for all, and whoever comes next for it. The pool's lock_timeout bounds the rest.
 */
export type MonthPartitions = { known: Set<string> };

const MONTHS_AHEAD = 2;
const PARTITION_LOCK = 0x7e_10_10_69;

export function noMonths(): MonthPartitions {
  return { known: new Set() };
}

export async function makeMonthsAhead(pool: DatabasePool, months: MonthPartitions, now: Date): Promise<void> {
  for (let ahead = 0; ahead <= MONTHS_AHEAD; ahead++) {
    await makeMonth(pool, months, Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead, 1));
  }
}

/** Makes the months in which these rows lie, where they are missing. Times in epoch milliseconds. */
export async function makeMonthsOf(
  pool: DatabasePool,
  months: MonthPartitions,
  times: Iterable<number>,
): Promise<void> {
  let previous = Number.NaN;
  for (const at of times) {
    if (at === previous) continue;
    previous = at;
    if (!months.known.has(monthOf(at))) await makeMonth(pool, months, at);
  }
}

async function makeMonth(pool: DatabasePool, months: MonthPartitions, at: number): Promise<void> {
  const month = monthOf(at);
  const [year, number] = month.split('-').map(Number) as [number, number];
  const table = `station_status_${month.replace('-', '_')}`;
  const name = sql.identifier(['velolog', table]);
  const from = sql.literalValue(`${month}-01 00:00:00+00`);
  const to = sql.literalValue(`${monthOf(Date.UTC(year, number, 1))}-01 00:00:00+00`);
  if (!(await isThere(pool, table))) {
    await pool.transaction(async (transaction) => {
      await transaction.query(sql.unsafe`select pg_advisory_xact_lock(${PARTITION_LOCK})`);
      if (await isThere(transaction, table)) return;
      await transaction.query(sql.unsafe`create table ${name} (like velolog.station_status including all)`);
      await transaction.query(
        sql.unsafe`alter table velolog.station_status attach partition ${name} for values from (${from}) to (${to})`,
      );
    });
  }
  months.known.add(month);
}

/** Asked before any lock is: a worker that starts beside a long question needs none for the months that are there. */
async function isThere(db: CommonQueryMethods, table: string): Promise<boolean> {
  return await db.exists(sql.unsafe`
    select from pg_inherits join pg_class on pg_class.oid = inhrelid
    where inhparent = 'velolog.station_status'::regclass and relname = ${table}`);
}

/** `2026-11` */
function monthOf(at: number): string {
  return new Date(at).toISOString().slice(0, 7);
}
