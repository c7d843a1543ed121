import { type CommonQueryMethods, type DatabasePool, sql } from 'slonik';

/**
 * station_status is partitioned by month of observation, in UTC. Months are made ahead of time, because making one
 * locks the whole table for a moment; months of imported history when the first row for them comes.
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
  const name = sql.identifier(['velolog', `station_status_${month.replace('-', '_')}`]);
  const from = sql.literalValue(`${month}-01 00:00:00+00`);
  const to = sql.literalValue(`${monthOf(Date.UTC(year, number, 1))}-01 00:00:00+00`);
  await pool.transaction(async (transaction) => {
    await transaction.query(sql.unsafe`select pg_advisory_xact_lock(${PARTITION_LOCK})`);
    await makePartition(transaction);
  });
  months.known.add(month);

  async function makePartition(transaction: CommonQueryMethods): Promise<void> {
    await transaction.query(sql.unsafe`
      create table if not exists ${name} partition of velolog.station_status for values from (${from}) to (${to})`);
  }
}

/** `2026-11` */
function monthOf(at: number): string {
  return new Date(at).toISOString().slice(0, 7);
}
