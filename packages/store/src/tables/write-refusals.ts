import { type DatabaseTransactionConnection, sql } from 'slonik';
import { numberArray, textArray } from './sql-arrays.ts';

/**
 * The polls of one feed that were refused since a poll of it was last stored, with the reason of the newest one. Times in epoch milliseconds, by the
 * broker's clock.
 */
export type Refusals = {
  system_id: string;
  feed: string;
  polls: number;
  reason: string;
  since: number;
  at: number;
  /** Whether the feed gets a row if it has none. */
  begins: boolean;
};

/**
 * Adds to what each feed says about its refused polls. When a poll is stored, they begin again (write-coverage.ts). Memory is not asked: a record
 * may be refused because its system cannot be loaded, and one in the wrong topic is about a feed of another partition.
 */
export async function writeRefusals(
  transaction: DatabaseTransactionConnection,
  refusals: readonly Refusals[],
): Promise<void> {
  if (refusals.length === 0) return;
  await beginFeeds(
    transaction,
    refusals.filter(({ begins }) => begins),
  );
  await transaction.query(sql.unsafe`
    update velolog.feed set
      refused_polls = feed.refused_polls + new.polls,
      refused_reason = new.reason,
      refused_since = coalesce(feed.refused_since, 'epoch'::timestamptz + new.since * interval '1 ms'),
      refused_at = 'epoch'::timestamptz + new.at * interval '1 ms',
      -- As beginFeeds has it, where imported history made the row: which of the two came first makes no difference.
      last_polled_at = case when new.begins then coalesce(feed.last_polled_at, 'epoch') else feed.last_polled_at end
    from unnest(
      ${systemsOf(refusals)}::text[],
      ${feedsOf(refusals)}::text[],
      ${numberArray(refusals.map(({ polls }) => polls))}::int4[],
      ${textArray(refusals.map(({ reason }) => reason))}::text[],
      ${numberArray(refusals.map(({ since }) => since))}::int8[],
      ${numberArray(refusals.map(({ at }) => at))}::int8[],
      ${textArray(refusals.map(({ begins }) => String(begins)))}::boolean[]
    ) as new (system_id, feed, polls, reason, since, at, begins)
    join velolog.system using (system_id)
    where feed.system_key = system.system_key and feed.feed = new.feed`);
}

/**
 * The rows of feeds of which no poll was ever stored. Equal times of the newest record and the newest poll, as for any feed that is polled:
 * it is no archive.
 */
async function beginFeeds(
  transaction: DatabaseTransactionConnection,
  refusals: readonly Refusals[],
): Promise<void> {
  if (refusals.length === 0) return;
  const systems = systemsOf(refusals);
  await transaction.query(sql.unsafe`
    insert into velolog.system (system_id)
    select distinct new.system_id from unnest(${systems}::text[]) as new (system_id)
    where not exists (select from velolog.system where system.system_id = new.system_id)
    order by 1
    on conflict do nothing`);
  await transaction.query(sql.unsafe`
    insert into velolog.feed (system_key, feed, last_fetched_at, last_polled_at)
    select system.system_key, new.feed, 'epoch', 'epoch'
    from unnest(${systems}::text[], ${feedsOf(refusals)}::text[]) as new (system_id, feed)
    join velolog.system using (system_id)
    where not exists (
      select from velolog.feed as known where known.system_key = system.system_key and known.feed = new.feed
    )
    order by system.system_key, new.feed
    on conflict do nothing`);
}

const systemsOf = (refusals: readonly Refusals[]) => textArray(refusals.map(({ system_id }) => system_id));
const feedsOf = (refusals: readonly Refusals[]) => textArray(refusals.map(({ feed }) => feed));
