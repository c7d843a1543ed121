import { sql } from 'slonik';

/**
 * The first steps of every check. `polled`: feeds whose newest record was our own poll; imported history is never
 * judged. All times are those of records: a finding depends on the newest observation (`seen_at`), never on the time of
 * the check.
 */
export const POLLED = sql.fragment`
  polled as materialized (
    select feed.feed_key, feed.system_key, feed.feed, feed.last_success_at as seen_at, feed.last_fetched_at, feed.last_updated, feed.ttl_seconds,
      feed.last_changed_at, feed.last_error, body.facts, system.timezone
    from velolog.feed
    join velolog.system using (system_key)
    left join velolog.feed_body as body using (feed_key)
    where feed.last_polled_at = feed.last_fetched_at
  )`;

/** The newest run of observation of the feed `polled`, if it contains the feed's newest success. */
export const NEWEST_SPAN = sql.fragment`
  (
    select newest.from_at
    from api.newest_observation as newest
    where newest.feed_key = polled.feed_key and newest.observed_at = polled.seen_at
  )`;

/** A station in the newest list. An absence from imported history is older than the state. */
export const IS_PRESENT = sql.fragment`
  not exists (
    select from velolog.station_absence as absence
    where absence.station_key = state.station_key and absence.to_at is null and absence.from_at > state.observed_at
  )`;

/** A station that the newest station_information lists. One that is in station_status alone has no name, no place and no capacity. */
export const IS_LISTED = sql.fragment`
  (station.delisted_at is null and (station.name is not null or station.lat is not null or station.capacity is not null))`;
