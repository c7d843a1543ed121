import { type CommonQueryMethods, sql } from 'slonik';

/**
 * Stations whose lane has time after `to`, with the beginning of that lane. The newest lane always may: a feed that was silent
 * for longer than retention goes on where it was, and its stations are compared with what they were.
 */
export function stationsGoingOn(to: string) {
  return sql.fragment`
    select station.station_key, system_key, lane.from_at, lane.is_newest
    from velolog.station
    join (${lanesBefore(to)}) as lane using (system_key)
    where lane.goes_on`;
}

/**
 * Deletes what earlier months left of lanes that have now ended: after the rows of a month that is gone, older values would
 * count as those of its time.
 */
export async function removeOfEnded(
  transaction: CommonQueryMethods,
  table: 'station_status_before' | 'station_type_status_before',
  to: string,
): Promise<void> {
  await transaction.query(sql.unsafe`
    delete from ${sql.identifier(['velolog', table])} as kept
    using velolog.station
    join (${lanesBefore(to)}) as lane using (system_key)
    where kept.station_key = station.station_key and kept.observed_at between lane.from_at and lane.to_at and not lane.goes_on`);
}

function lanesBefore(to: string) {
  return sql.fragment`
    select feed.system_key, lane.from_at, lane.to_at, newest.is_newest, newest.is_newest or lane.to_at >= ${to}::timestamptz as goes_on
    from velolog.observed_range as lane
    join velolog.feed using (feed_key)
    cross join lateral (
      select not exists (
        select from velolog.observed_range as later where later.feed_key = lane.feed_key and later.from_at > lane.from_at
      ) as is_newest
    ) as newest
    where feed.feed = 'station_status' and lane.from_at < ${to}::timestamptz`;
}
