import { sql } from 'slonik';
import type { Check } from './check.ts';
import { IS_PRESENT, POLLED } from './polled-feeds.ts';

/** More bikes and docks than the station has room for. */
export const capacityCheck: Check = {
  flags: ['over_capacity'],
  found: sql.fragment`
    with ${POLLED}
    select station.system_key, polled.feed, station.station_id, 'over_capacity' as flag, state.observed_at as since, polled.seen_at,
      jsonb_build_object('capacity', station.capacity, 'bikes', state.num_bikes_available, 'docks', state.num_docks_available,
        'bikes_disabled', coalesce(state.num_bikes_disabled, 0), 'docks_disabled', coalesce(state.num_docks_disabled, 0)) as evidence
    from polled
    join velolog.station using (system_key)
    join velolog.station_state as state using (station_key)
    where polled.feed = 'station_status' and station.capacity > 0
      and state.num_bikes_available + state.num_docks_available + coalesce(state.num_bikes_disabled, 0) + coalesce(state.num_docks_disabled, 0)
        > station.capacity
      and ${IS_PRESENT}`,
};

/**
 * Bikes and docks, and nothing changed for a whole service day (06 to 22 local time) that was observed, on which the median station of the system changed
 * five times or more. The last service day that is over is judged; what has begun so goes on until the station changes.
 * A zombie has not reported for 72 h either.
 */
export const frozenStationCheck: Check = {
  flags: ['station_frozen', 'station_zombie'],
  found: sql.fragment`
    with ${POLLED}, zoned as materialized (
      select polled.*, api.timezone_or_utc(timezone) as zone from polled where feed = 'station_status' and seen_at is not null
    ), service as materialized (
      select zoned.*, (day + interval '6 hours') at time zone zone as opens_at, (day + interval '22 hours') at time zone zone as closes_at
      from zoned
      cross join lateral (select date_trunc('day', (zoned.seen_at at time zone zone) - interval '22 hours') as day) as last_day
    ), unchanged as materialized (
      select service.system_key, service.feed, service.feed_key, service.seen_at, service.opens_at, service.closes_at, service.facts, station.station_id,
        state.station_key, state.observed_at, state.num_bikes_available, state.num_docks_available, issue.issue_key is not null as is_known
      from service
      join velolog.station using (system_key)
      join velolog.station_state as state using (station_key)
      left join velolog.data_quality_issue as issue
        on issue.system_key = service.system_key and issue.flag = 'station_frozen' and issue.feed = service.feed
        and issue.station_id = station.station_id and issue.ended_at is null and issue.since >= state.observed_at
      where state.num_bikes_available > 0 and state.num_docks_available > 0
        and state.observed_at <= service.opens_at
        and velolog.station_state_of(state.num_bikes_available, state.num_docks_available, state.flags) = 'ok'
        and ${IS_PRESENT}
    ), lively as materialized (
      select candidate.system_key
      from (select distinct system_key, feed_key, opens_at, closes_at from unchanged where not is_known) as candidate
      where (
          select coalesce(sum(extract(epoch from least(span.to_at, candidate.closes_at) - greatest(span.from_at, candidate.opens_at))), 0)
          from velolog.coverage as span
          where span.feed_key = candidate.feed_key and span.outcome = 'observed'
            and span.to_at > candidate.opens_at and span.from_at < candidate.closes_at
        ) >= 15 * 3600
        and (
          select percentile_disc(0.5) within group (order by moves)
          from (
            select coalesce(sum(hour.arrivals + hour.departures), 0) as moves
            from velolog.station
            left join velolog.station_hour as hour
              on hour.station_key = station.station_key and hour.hour_at >= candidate.opens_at and hour.hour_at < candidate.closes_at
            where station.system_key = candidate.system_key and station.first_observed_at is not null
            group by station.station_key
          ) as day
        ) >= 5
    )
    select unchanged.system_key, unchanged.feed, unchanged.station_id, judged.flag, unchanged.observed_at as since, unchanged.seen_at,
      jsonb_build_object('bikes', unchanged.num_bikes_available, 'docks', unchanged.num_docks_available, 'unchanged_since', unchanged.observed_at) as evidence
    from unchanged
    cross join lateral (values
      ('station_frozen', true),
      ('station_zombie', unchanged.facts -> 'reported_long_ago' ? unchanged.station_id)
    ) as judged (flag, is_found)
    where judged.is_found and (unchanged.is_known or unchanged.system_key in (select system_key from lively))`,
};
