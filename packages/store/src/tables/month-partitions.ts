import { type CommonQueryMethods, type DatabasePool, sql } from 'slonik';

/**
 * These tables are partitioned by month, in UTC: by observation, or by the beginning of a stay. Months are created
 * ahead of time; months of imported history are created with their first row. A partition is created separately and
 * then attached, which waits for no reader or writer, whereas `create table … partition of` would wait for all of them
 * and block everybody after it. The pool's lock_timeout bounds the rest.
 */
const MONTH_TABLES = ['station_status', 'station_type_status', 'vehicle_stay'] as const;
export type MonthTable = (typeof MONTH_TABLES)[number];

/** Elements such as `station_status/2026-11`. */
export type MonthPartitions = { known: Set<string> };

const MONTHS_AHEAD = 2;
const PARTITION_LOCK = 0x7e_10_10_69;

export function noMonths(): MonthPartitions {
  return { known: new Set() };
}

export async function makeMonthsAhead(pool: DatabasePool, months: MonthPartitions, now: Date): Promise<void> {
  for (let ahead = 0; ahead <= MONTHS_AHEAD; ahead++) {
    for (const table of MONTH_TABLES)
      await makeMonth(pool, months, table, Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead, 1));
  }
}

/** Creates the months of these rows if they are missing. Times in epoch milliseconds. */
export async function makeMonthsOf(
  pool: DatabasePool,
  months: MonthPartitions,
  table: MonthTable,
  times: Iterable<number>,
): Promise<void> {
  let previous = Number.NaN;
  for (const at of times) {
    if (at === previous) continue;
    previous = at;
    if (!months.known.has(`${table}/${monthOf(at)}`)) await makeMonth(pool, months, table, at);
  }
}

async function makeMonth(
  pool: DatabasePool,
  months: MonthPartitions,
  parent: MonthTable,
  at: number,
): Promise<void> {
  const month = monthOf(at);
  const [year, number] = month.split('-').map(Number) as [number, number];
  const table = `${parent}_${month.replace('-', '_')}`;
  const name = sql.identifier(['velolog', table]);
  const from = sql.literalValue(`${month}-01 00:00:00+00`);
  const to = sql.literalValue(`${monthOf(Date.UTC(year, number, 1))}-01 00:00:00+00`);
  if (!(await isThere(pool, parent, table))) {
    await pool.transaction(async (transaction) => {
      await transaction.query(sql.unsafe`select pg_advisory_xact_lock(${PARTITION_LOCK})`);
      if (await isThere(transaction, parent, table)) return;
      await transaction.query(
        sql.unsafe`create table ${name} (like ${sql.identifier(['velolog', parent])} including all)`,
      );
      await transaction.query(
        sql.unsafe`alter table ${sql.identifier(['velolog', parent])} attach partition ${name} for values from (${from}) to (${to})`,
      );
    });
  }
  months.known.add(`${parent}/${month}`);
}

/** Checked before any lock is taken: a worker that starts during a long query needs no lock for months that exist. */
async function isThere(db: CommonQueryMethods, parent: MonthTable, table: string): Promise<boolean> {
  return await db.exists(sql.unsafe`
    select from pg_inherits join pg_class on pg_class.oid = inhrelid
    where inhparent = ${`velolog.${parent}`}::regclass and relname = ${table}`);
}

/** Such as `2026-11`. */
function monthOf(at: number): string {
  return new Date(at).toISOString().slice(0, 7);
}
