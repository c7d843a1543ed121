import { sql } from 'slonik';
import type { Check } from './check.ts';
import { observedSeconds } from './observed-time.ts';
import { IS_LISTED, IS_PRESENT, POLLED } from './polled-feeds.ts';

/** More bikes and docks than the station has room for, as the newest station_information says. */
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
    where polled.feed = 'station_status' and station.capacity > 0 and ${IS_LISTED}
      and state.num_bikes_available + state.num_docks_available + coalesce(state.num_bikes_disabled, 0) + coalesce(state.num_docks_disabled, 0)
        > station.capacity
      and ${IS_PRESENT}`,
};

/** Out of the 16 hours of a service day. */
const OBSERVED_SECONDS_MIN = 15 * 3600;

/**
 * A station with bikes and docks of which nothing changed for a whole observed service day (06 to 22 local time), on
 * which the median station of the system changed five times or more. The last complete service day is judged; once
 * begun, the issue lasts until the station changes. A zombie has, in addition, not reported for 72 h.
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
        state.num_bikes_available, state.num_docks_available, issue.issue_key is not null as is_known,
        greatest(state.observed_at, away.returned_at) as since, away.seconds as away_seconds
      from service
      join velolog.station using (system_key)
      join velolog.station_state as state using (station_key)
      left join velolog.data_quality_issue as issue
        on issue.system_key = service.system_key and issue.flag = 'station_frozen' and issue.feed = service.feed
        and issue.station_id = station.station_id and issue.ended_at is null and issue.since >= state.observed_at
      cross join lateral (
        -- Where the list lacked it, nobody saw the station.
        select max(absence.to_at) as returned_at,
          coalesce(sum(extract(epoch from least(absence.to_at, service.closes_at) - greatest(absence.from_at, service.opens_at)))
            filter (where absence.to_at > service.opens_at and absence.from_at < service.closes_at), 0) as seconds
        from velolog.station_absence as absence
        where absence.station_key = state.station_key and absence.to_at > state.observed_at
      ) as away
      where state.num_bikes_available > 0 and state.num_docks_available > 0
        and state.observed_at <= service.opens_at
        and velolog.station_state_of(state.num_bikes_available, state.num_docks_available, state.flags) = 'ok'
        and ${IS_PRESENT}
    ), observed as materialized (
      select candidate.*,
        ${observedSeconds([sql.fragment`array[candidate.feed_key]`], sql.fragment`tstzrange(candidate.opens_at, candidate.closes_at)`)} as seconds
      from (select distinct system_key, feed_key, opens_at, closes_at from unchanged where not is_known) as candidate
    ), lively as materialized (
      select observed.system_key, observed.seconds
      from observed
      where observed.seconds >= ${OBSERVED_SECONDS_MIN}
        and (
          select percentile_disc(0.5) within group (order by moves)
          from (
            -- Of the stations that were there: each has hours, also one that nobody used. Others left the list for good, or have another id now.
            select sum(hour.arrivals + hour.departures) as moves
            from velolog.station
            join velolog.station_hour as hour using (station_key)
            where station.system_key = observed.system_key and hour.hour_at >= observed.opens_at and hour.hour_at < observed.closes_at
            group by station.station_key
          ) as day
        ) >= 5
    )
    select unchanged.system_key, unchanged.feed, unchanged.station_id, judged.flag, unchanged.since, unchanged.seen_at,
      jsonb_build_object('bikes', unchanged.num_bikes_available, 'docks', unchanged.num_docks_available, 'unchanged_since', unchanged.since) as evidence
    from unchanged
    cross join lateral (values
      ('station_frozen', true),
      ('station_zombie', unchanged.facts -> 'reported_long_ago' ? unchanged.station_id)
    ) as judged (flag, is_found)
    where judged.is_found and (
        unchanged.is_known
        or exists (
          select from lively
          where lively.system_key = unchanged.system_key and lively.seconds - unchanged.away_seconds >= ${OBSERVED_SECONDS_MIN}
        )
      )`,
};
