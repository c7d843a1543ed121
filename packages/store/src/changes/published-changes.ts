import type { StationChange } from '@velolog/stream/change-record';
import { type CommonQueryMethods, type DatabasePool, sql } from 'slonik';
import { z } from 'zod';
import { timeOf } from '../sql-time.ts';
import { numberArray } from '../tables/sql-arrays.ts';

/** The newest lane of each system's station_status, which is the live one. */
const LIVE_LANE = sql.fragment`
  velolog.feed
  cross join lateral (
    select lane.from_at, lane.to_at from velolog.observed_range as lane
    where lane.feed_key = feed.feed_key order by lane.from_at desc limit 1
  ) as lane`;

/** Starts publishing from now on, unless it has started before: what was recorded until now is not published. */
export async function beginPublishing(pool: DatabasePool, topic: string): Promise<void> {
  await pool.query(sql.unsafe`
    with begun as (
      insert into velolog.changes_topic (topic, begun_at) values (${topic}, now()) on conflict do nothing returning topic
    )
    insert into velolog.published_change (system_key, published_to)
    select feed.system_key, lane.to_at from begun cross join ${LIVE_LANE} where feed.feed = 'station_status'
    on conflict (system_key) do nothing`);
}

/**
 * The setting is off. When it is turned on again, publishing starts from that moment instead of with everything that
 * happened in between.
 */
export async function endPublishing(pool: DatabasePool): Promise<void> {
  await pool.query(sql.unsafe`
    with ended as (delete from velolog.changes_topic returning topic)
    delete from velolog.published_change where exists (select from ended)`);
}

/** Adds systems that are new since then. They start at their first poll, which changes nothing. */
export async function addSystems(pool: DatabasePool): Promise<void> {
  await pool.query(sql.unsafe`
    insert into velolog.published_change (system_key, published_to)
    select feed.system_key, lane.from_at from ${LIVE_LANE}
    where feed.feed = 'station_status' and not exists (
      select from velolog.published_change as known where known.system_key = feed.system_key)
    on conflict (system_key) do nothing`);
}

/**
 * Lock key, used with the key of a system: a store is publishing it. It belongs to the session, so that no transaction is open
 * while it waits for Kafka.
 */
const LOCK = 0x63686e67;

const BEHIND = sql.fragment`
  velolog.published_change as published
  join ${LIVE_LANE} on feed.system_key = published.system_key and feed.feed = 'station_status'
    and lane.to_at > published.published_to`;

/** Whether changes of that time are still to be published. If the setting is off, none are. */
export async function isUnpublished(
  connection: CommonQueryMethods,
  { from, to }: { from: string; to: string },
): Promise<boolean> {
  return await connection.oneFirst(sql.type(z.object({ is_unpublished: z.boolean() }))`
    select exists (
      select from ${BEHIND} where published.published_to < ${to}::timestamptz and lane.to_at >= ${from}::timestamptz
    ) as is_unpublished`);
}

/**
 * Systems with polls that have not been published, oldest first. Systems that another worker is publishing are skipped.
 * They are sorted before the locks are tried, so that no lock beyond the limit is taken.
 * @returns keys, to be unlocked on the same connection
 */
export async function lockBehind(connection: CommonQueryMethods, limit: number): Promise<readonly number[]> {
  return await connection.anyFirst(sql.type(z.object({ system_key: z.number() }))`
    select system_key from (
      select published.system_key from ${BEHIND} order by published.published_to offset 0
    ) as behind
    where pg_try_advisory_lock(${LOCK}, system_key)
    limit ${limit}`);
}

export async function unlock(connection: CommonQueryMethods, systemKeys: readonly number[]): Promise<void> {
  await connection.query(sql.unsafe`
    select pg_advisory_unlock(${LOCK}, system_key) from unnest(${numberArray(systemKeys)}::int4[]) as system_key`);
}

const BehindRow = z.object({
  system_id: z.string(),
  system_key: z.number(),
  published_to: z.number(),
  /** What is published next lies after it: the same as published_to, or just before the next poll that was answered. */
  next_after: z.number(),
  stored_to: z.number(),
  /** Null: it was imported and never polled. */
  polled_to: z.number().nullable(),
  is_archive: z.boolean(),
});
export type SystemBehind = z.infer<typeof BehindRow>;

/**
 * The state of the systems now that nobody else publishes them: another worker may have progressed before the lock was
 * taken.
 */
export async function readBehind(
  connection: CommonQueryMethods,
  systemKeys: readonly number[],
): Promise<readonly SystemBehind[]> {
  return await connection.any(sql.type(BehindRow)`
    select system.system_id, published.system_key, published.published_to, lane.to_at as stored_to,
      coalesce(
        (select published.published_to from (
          select to_at from velolog.coverage as run
          where run.feed_key = feed.feed_key and run.outcome = 'observed' and run.from_at <= published.published_to
          order by run.from_at desc limit 1
        ) as run where run.to_at > published.published_to),
        (select run.from_at - interval '1 ms' from velolog.coverage as run
          where run.feed_key = feed.feed_key and run.outcome = 'observed' and run.from_at > published.published_to
          order by run.from_at limit 1),
        published.published_to
      ) as next_after,
      feed.last_polled_at as polled_to, feed.last_polled_at is null or feed.last_polled_at < feed.last_fetched_at as is_archive
    from ${BEHIND}
    join velolog.system on system.system_key = published.system_key
    where published.system_key = any(${numberArray(systemKeys)}::int4[])
    order by published.published_to`);
}

const ChangeRow = z.object({ change: z.custom<StationChange>() });

/** Up to this distance station_change_since is the cheaper query; beyond it, it would return everything at once. */
const SINCE_MS_MAX = 15 * 60_000;
const SLICE_MS = 3_600_000;

/** The next changes of a system, oldest first, and the time they reach to. What was imported after the last poll is not published as news. */
export async function readUnpublished(
  connection: CommonQueryMethods,
  { system_id, published_to, next_after, stored_to, polled_to, is_archive }: SystemBehind,
): Promise<{ changes: StationChange[]; to: number }> {
  const newest = is_archive ? (polled_to ?? published_to) : stored_to;
  if (newest <= published_to) return { changes: [], to: stored_to };
  // Where nobody looked there are no changes: between history that was imported and the first poll may be years.
  const after = Math.min(next_after, newest);
  const isNear = newest - after <= SINCE_MS_MAX;
  const to = isNear ? newest : Math.min(newest, after + SLICE_MS);
  const [from, until] = [timeOf(after), timeOf(to)];
  const source = isNear
    ? sql.fragment`api.station_change_since(${system_id}, ${from})`
    : sql.fragment`api.station_change_between(${from} + interval '1 ms', ${until}, ${system_id})`;
  const rows = await connection.any(sql.type(ChangeRow)`
    select json_build_object(
      'system_id', ${system_id}::text, 'station_id', station_id, 'name', name, 'lat', lat, 'lon', lon,
      'observed_at', ${instant('observed_at')}, 'prev_observed_at', ${instant('prev_observed_at')},
      'num_bikes_available', num_bikes_available, 'prev_num_bikes_available', prev_num_bikes_available, 'bikes_delta', bikes_delta,
      'num_docks_available', num_docks_available, 'prev_num_docks_available', prev_num_docks_available, 'docks_delta', docks_delta,
      'gap_seconds', gap_seconds) as change
    from ${source} where observed_at <= ${until} order by observed_at, station_id collate "C"`);
  return { changes: rows.map(({ change }) => change), to };
}

export type Mark = { system_key: number; from: number; to: number };

/**
 * Does not touch a position that has changed in the meantime: publishing was turned off and on, or the session with the lock ended
 * unnoticed.
 */
export async function markPublished(connection: CommonQueryMethods, marks: readonly Mark[]): Promise<void> {
  await connection.query(sql.unsafe`
    update velolog.published_change as published set published_to = 'epoch'::timestamptz + mark.to_ms * interval '1 ms'
    from unnest(
      ${numberArray(marks.map(({ system_key }) => system_key))}::int4[],
      ${numberArray(marks.map(({ from }) => from))}::int8[],
      ${numberArray(marks.map(({ to }) => to))}::int8[]
    ) as mark (system_key, from_ms, to_ms)
    where published.system_key = mark.system_key
      and published.published_to = 'epoch'::timestamptz + mark.from_ms * interval '1 ms'`);
}

function instant(column: 'observed_at' | 'prev_observed_at') {
  return sql.fragment`to_char(${sql.identifier([column])} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}
