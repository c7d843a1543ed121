import { type DatabaseTransactionConnection, sql } from 'slonik';
import type { PendingWrites } from '../memory/pending-writes.ts';
import { numberArray, textArray } from './sql-arrays.ts';

/** Writes the state of each feed, the spans of coverage and the ranges of processed records. The feeds must have their keys. */
export async function writeCoverage(
  transaction: DatabaseTransactionConnection,
  writes: PendingWrites,
): Promise<void> {
  await updateFeeds(transaction, writes);
  await upsertBodies(transaction, writes);
  await upsertSpans(transaction, writes);
  await upsertRanges(transaction, writes);
}

/**
 * The newest poll of our own. Refused polls may have begun the row (write-refusals.ts) without telling memory, which then knows of none: what the
 * table says stays.
 */
const POLLED_AT = sql.fragment`coalesce('epoch'::timestamptz + new.polled * interval '1 ms', feed.last_polled_at)`;

/** Whether a poll of our own was stored, and not only imported history: then the refused polls before it are over. */
const IS_POLLED = sql.fragment`${POLLED_AT} is distinct from feed.last_polled_at`;

async function updateFeeds(transaction: DatabaseTransactionConnection, writes: PendingWrites): Promise<void> {
  const feeds = [...writes.feeds];
  if (feeds.length === 0) return;
  await transaction.query(sql.unsafe`
    update velolog.feed set
      last_fetched_at = 'epoch'::timestamptz + new.fetched * interval '1 ms',
      last_success_at = 'epoch'::timestamptz + new.success * interval '1 ms',
      success_interval_seconds = new.success_interval,
      last_updated = 'epoch'::timestamptz + new.updated * interval '1 ms',
      last_polled_at = ${POLLED_AT},
      last_changed_at = 'epoch'::timestamptz + new.changed * interval '1 ms',
      ttl_seconds = new.ttl,
      consecutive_failures = new.failures,
      last_error = new.error,
      stations_skipped = new.skipped,
      refused_polls = case when ${IS_POLLED} then 0 else feed.refused_polls end,
      refused_reason = case when ${IS_POLLED} then null else feed.refused_reason end,
      refused_since = case when ${IS_POLLED} then null else feed.refused_since end,
      refused_at = case when ${IS_POLLED} then null else feed.refused_at end
    from unnest(
      ${numberArray(feeds.map((feed) => feed.feed_key))}::int4[],
      ${numberArray(feeds.map((feed) => feed.live?.lane.to_at ?? 0))}::int8[],
      ${numberArray(feeds.map((feed) => feed.last_success_at))}::int8[],
      ${numberArray(feeds.map((feed) => feed.success_interval_seconds))}::int4[],
      ${numberArray(feeds.map((feed) => feed.last_updated))}::int8[],
      ${numberArray(feeds.map((feed) => feed.last_polled_at))}::int8[],
      ${numberArray(feeds.map((feed) => feed.last_changed_at))}::int8[],
      ${numberArray(feeds.map((feed) => feed.ttl_seconds))}::int4[],
      ${numberArray(feeds.map((feed) => feed.consecutive_failures))}::int4[],
      ${textArray(feeds.map((feed) => feed.last_error))}::text[],
      ${numberArray(feeds.map((feed) => feed.stations_skipped))}::int4[]
    ) as new (feed_key, fetched, success, success_interval, updated, polled, changed, ttl, failures, error, skipped)
    where feed.feed_key = new.feed_key`);
}

async function upsertBodies(
  transaction: DatabaseTransactionConnection,
  { bodies }: PendingWrites,
): Promise<void> {
  if (bodies.size === 0) return;
  const feeds = [...bodies];
  await transaction.query(sql.unsafe`
    insert into velolog.feed_body (feed_key, facts)
    select feed_key, facts::jsonb
    from unnest(
      ${numberArray(feeds.map((feed) => feed.feed_key))}::int4[],
      ${textArray(feeds.map((feed) => JSON.stringify(feed.facts)))}::text[]
    ) as new (feed_key, facts)
    on conflict (feed_key) do update set facts = excluded.facts`);
}

async function upsertSpans(transaction: DatabaseTransactionConnection, writes: PendingWrites): Promise<void> {
  if (writes.spans.size === 0) return;
  const spans = [...writes.spans.keys()];
  await transaction.query(sql.unsafe`
    insert into velolog.coverage (feed_key, from_at, to_at, polls, outcome)
    select feed_key, 'epoch'::timestamptz + from_at * interval '1 ms', 'epoch'::timestamptz + to_at * interval '1 ms', polls, outcome
    from unnest(
      ${numberArray([...writes.spans.values()].map((feed) => feed.feed_key))}::int4[],
      ${numberArray(spans.map((span) => span.from_at))}::int8[],
      ${numberArray(spans.map((span) => span.to_at))}::int8[],
      ${numberArray(spans.map((span) => span.polls))}::int4[],
      ${textArray(spans.map((span) => span.outcome))}::text[]
    ) as new (feed_key, from_at, to_at, polls, outcome)
    on conflict (feed_key, from_at) do update set to_at = excluded.to_at, polls = excluded.polls`);
}

/** Also notes, in the transaction of their rows, which past months got new rows. */
async function upsertRanges(
  transaction: DatabaseTransactionConnection,
  writes: PendingWrites,
): Promise<void> {
  if (writes.lanes.size === 0) return;
  const lanes = [...writes.lanes.keys()];
  await transaction.query(sql.unsafe`
    with new as materialized (
      select feed_key, 'epoch'::timestamptz + from_at * interval '1 ms' as from_at, 'epoch'::timestamptz + to_at * interval '1 ms' as to_at,
        cadence, body_id, 'epoch'::timestamptz + body_last_updated * interval '1 ms' as body_last_updated,
        'epoch'::timestamptz + older_since * interval '1 ms' as older_since
      from unnest(
        ${numberArray([...writes.lanes.values()].map((feed) => feed.feed_key))}::int4[],
        ${numberArray(lanes.map((lane) => lane.from_at))}::int8[],
        ${numberArray(lanes.map((lane) => lane.to_at))}::int8[],
        ${numberArray(lanes.map((lane) => lane.cadence_ms))}::int4[],
        ${textArray(lanes.map((lane) => lane.body?.id ?? null))}::text[],
        ${numberArray(lanes.map((lane) => lane.body?.last_updated ?? null))}::int8[],
        ${numberArray(lanes.map((lane) => lane.older_since))}::int8[]
      ) as given (feed_key, from_at, to_at, cadence, body_id, body_last_updated, older_since)
    ), revised as (
      -- A lane that grows, or is new, in a month that is over: every copy of the month has to be made again.
      insert into velolog.month_revision as known (system_key, month_at, revision)
      select distinct feed.system_key, month_at, 1
      from new
      join velolog.feed using (feed_key)
      left join velolog.observed_range as before on before.feed_key = new.feed_key and before.from_at = new.from_at
      cross join lateral generate_series(
        date_trunc('month', coalesce(before.to_at, new.from_at), 'UTC'), new.to_at, interval '1 month'
      ) as month_at
      where feed.feed = 'station_status' and month_at < date_trunc('month', now(), 'UTC')
      order by feed.system_key, month_at
      on conflict (system_key, month_at) do update set revision = known.revision + 1
    )
    insert into velolog.observed_range (feed_key, from_at, to_at, cadence_ms, body_id, body_last_updated, older_since)
    select feed_key, from_at, to_at, cadence, body_id, body_last_updated, older_since from new
    on conflict (feed_key, from_at) do update set to_at = excluded.to_at, cadence_ms = excluded.cadence_ms,
      stored_at = now(), body_id = excluded.body_id, body_last_updated = excluded.body_last_updated, older_since = excluded.older_since`);
}
