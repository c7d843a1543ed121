import { setTimeout as wait } from 'node:timers/promises';
import { type CommonQueryMethods, type DatabasePool, sql } from 'slonik';
import { z } from 'zod';
import { isUnpublished } from '../changes/published-changes.ts';
import type { MonthPartitions } from '../tables/month-partitions.ts';
import { type Lake, leaveToLake, missingInLake } from './check-lake.ts';
import { HISTORY_LOCK } from './history-lock.ts';
import { keepLastRows } from './keep-last-rows.ts';
import { keepLastTypes } from './keep-last-types.ts';
import { sealLanes } from './seal-lanes.ts';

/**
 * Drops the months of station_status that ended before `before`, oldest first, each in one transaction with the roll-up
 * that still needed its rows. The first month that some lane has not rolled up is kept for the next time, together with
 * all later ones. So is a month that the lake, if there is one, does not hold row for row, and, with velolog.changes, a
 * month whose changes are not published yet, or to which an import that is running may still add. `kept` gives the reason. The present, in station_state, is kept, and
 * the last rows of stations whose lane goes on (keep-last-rows.ts). Months of
 * station_type_status are dropped together with them, but for the last counts (keep-last-types.ts); if there is a lake they are kept, because no
 * lake holds that table.
 */
export async function dropMonthsBefore(
  pool: DatabasePool,
  months: MonthPartitions,
  before: Date,
  lake?: Lake,
): Promise<{ dropped: string[]; kept: { month: string; reason: string } | null }> {
  const names = await pool.anyFirst(sql.type(PartitionRow)`
    select relname as name from pg_inherits join pg_class on pg_class.oid = inhrelid
    where inhparent in ('velolog.station_status'::regclass, 'velolog.station_type_status'::regclass)
    order by right(relname, 7), relname`);
  const dropped: string[] = [];
  for (const name of names) {
    const month = monthOfPartition(name);
    if (month === null || Date.parse(month.to) > before.getTime()) continue;
    if (month.table === 'station_type_status' && lake !== undefined) continue;
    const result = await dropMonth(pool, name, month, lake);
    if (result !== 'dropped' && result !== GONE) return { dropped, kept: { month: name, reason: result } };
    months.known.delete(`${month.table}/${month.from.slice(0, 7)}`);
    if (result === 'dropped') dropped.push(name);
  }
  return { dropped, kept: null };
}

const PartitionRow = z.object({ name: z.string() });

type Month = { table: 'station_status' | 'station_type_status'; from: string; to: string };

const BEING_IMPORTED = 'history is being imported';
/** Another store dropped it in the meantime. */
const GONE = 'gone';
const UNDEFINED_TABLE = '42P01';
const ATTEMPTS = 10;
const LOCK_NOT_AVAILABLE = '55P03';
const DEADLOCK_DETECTED = '40P01';

/** Dropping waits for readers, and later readers wait behind it: at most a second, then they are let through. */
async function dropMonth(
  pool: DatabasePool,
  name: string,
  month: Month,
  lake: Lake | undefined,
): Promise<string> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      return await pool.transaction((transaction) => dropRolledUp(transaction, name, month, lake));
    } catch (error) {
      const code = codeOf(error);
      if (code === UNDEFINED_TABLE && !(await isThere(pool, name))) return GONE;
      if (code !== LOCK_NOT_AVAILABLE && code !== DEADLOCK_DETECTED) throw error;
      await wait(200 * attempt, undefined, { ref: false });
    }
  }
  return 'in use';
}

async function dropRolledUp(
  transaction: CommonQueryMethods,
  name: string,
  month: Month,
  lake: Lake | undefined,
): Promise<string> {
  await transaction.query(sql.unsafe`set local statement_timeout = '10min'`);
  await transaction.query(sql.unsafe`set local lock_timeout = '1s'`);
  // From here on no import adds to the month.
  await transaction.query(sql.unsafe`lock table ${sql.identifier(['velolog', name])} in share mode`);
  if (month.table === 'station_status') {
    const reason = await whyKept(transaction, month, lake);
    if (reason !== null) return reason;
    await keepLastRows(transaction, { name, ...month });
  } else {
    if (await isBeingImported(transaction, month)) return BEING_IMPORTED;
    await keepLastTypes(transaction, { name, ...month });
  }
  await transaction.query(sql.unsafe`drop table ${sql.identifier(['velolog', name])}`);
  return 'dropped';
}

/** @returns null when nothing needs the rows of the month any more */
async function whyKept(
  transaction: CommonQueryMethods,
  month: Month,
  lake: Lake | undefined,
): Promise<string | null> {
  const missing = lake === undefined ? null : await missingInLake(transaction, lake, month);
  if (missing !== null) return missing;
  if (await isBeingImported(transaction, month)) return BEING_IMPORTED;
  if (await isUnpublished(transaction, month)) return 'changes not published';
  if ((await sealLanes(transaction, month)) === 'not rolled up') return 'not rolled up';
  await leaveToLake(transaction, month);
  return null;
}

/** Rows that an import adds later are compared with those of the month. */
async function isBeingImported(transaction: CommonQueryMethods, { from, to }: Month): Promise<boolean> {
  return await transaction.oneFirst(sql.type(z.object({ yes: z.boolean() }))`
    select exists (
      select from pg_locks as held
      join velolog.system on held.objid::int8 = hashtext(system.system_id) & x'ffffffff'::int8
      join api.observed_lane as lane using (system_key)
      where held.locktype = 'advisory' and held.objsubid = 2 and held.classid = ${HISTORY_LOCK}::oid and held.granted
        and held.database = (select oid from pg_database where datname = current_database())
        and lane.from_at < ${to}::timestamptz and lane.last_observed_at >= ${from}::timestamptz
    ) as yes`);
}

async function isThere(pool: DatabasePool, name: string): Promise<boolean> {
  return pool.oneFirst(sql.type(z.object({ yes: z.boolean() }))`
    select to_regclass(${`velolog.${name}`}) is not null as yes`);
}

/** `station_status_2026_11` is November 2026 in UTC. Tables with other names are not ours to drop. */
function monthOfPartition(name: string): Month | null {
  const [, table, year, month] = /^(station_status|station_type_status)_(\d{4})_(\d{2})$/.exec(name) ?? [];
  if (table === undefined) return null;
  const from = Date.UTC(Number(year), Number(month) - 1, 1);
  const to = Date.UTC(Number(year), Number(month), 1);
  return {
    table: table as Month['table'],
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
  };
}

/** slonik wraps PostgreSQL's error. */
function codeOf(error: unknown): unknown {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (typeof (at as { code?: unknown }).code === 'string') return (at as { code?: unknown }).code;
  }
  return null;
}
