-- station_step_between(from, to, system_id, station_id): what one station offered in a window, as steps to draw. There is a row
-- for each change. Where observation stops, there is a row for the last observation and, a millisecond later, a row of
-- nulls, so that a line goes on until then and breaks.
-- Grain: one row per time at which the station's counts or state changed, an absence or a gap of observation began or
-- ended, and one each at the window's start and at the last poll in it.
-- state is `ok empty full closed unknown` as in station_current, `absent` while the newest non-empty list lacks the station,
-- and `unseen` while the feed was not observed (it did not answer or was not polled, see seen_span),
-- or where retention has dropped the rows of that time. Counts are null in both.
-- Values are valid within their lane only (see observed_lane): a lane says nothing about later time.
-- No LAG: the steps are the rows themselves; the values at the window's start come from the one row before it.
-- Reads: absence_span, lane_starts, seen_span, station, station_state_of, station_status, station_status_before. Read by: docs, dashboards.
create function api.station_step_between("from" timestamptz, "to" timestamptz, system_id text, station_id text)
returns table (
  at timestamptz, num_bikes_available smallint, num_docks_available smallint,
  num_bikes_disabled smallint, num_docks_disabled smallint, state text
)
language sql stable parallel safe
security definer set search_path = pg_catalog -- the reader may call it without rights on the tables
as $$
  with wanted as materialized (
    select lane.system_key, station.station_key, lane.starts as lane_starts
    from api.lane_starts as lane
    join velolog.station using (system_key)
    where lane.system_id = $3 and station.station_id = $4
  ),
  span as materialized (
    select seen_span.from_at, seen_span.polled_at, seen_span.to_at
    from wanted
    join api.seen_span using (system_key)
    where seen_span.from_at <= $2 and seen_span.polled_at >= $1
  ),
  absence as materialized (
    select absence.last_seen_at, absence.from_at, absence.to_at
    from wanted
    join api.absence_span as absence using (station_key)
    where absence.from_at <= $2 and absence.to_at > $1
  ),
  moment as (
    select $1 as at from wanted
    union select observed_at from wanted join velolog.station_status using (station_key) where observed_at between $1 and $2
    union select observed_at from wanted join velolog.station_status_before using (station_key) where observed_at between $1 and $2
    union select from_at from span where from_at > $1
    union select to_at + gone.after from span, (values (interval '0'), (interval '1 ms')) as gone (after) where to_at + gone.after <= $2
    union select least($2, max(polled_at)) from span having count(*) > 0
    union select last_seen_at from absence where last_seen_at > $1
    union select from_at from absence where from_at > $1
    union select to_at from absence where to_at <= $2
  ),
  judged as (
    select
      at,
      exists (select from span where moment.at between span.from_at and span.to_at) as seen,
      exists (select from absence where moment.at >= absence.from_at and moment.at < absence.to_at) as absent
    from moment
  )
  select
    judged.at,
    report.num_bikes_available,
    report.num_docks_available,
    report.num_bikes_disabled,
    report.num_docks_disabled,
    case
      when judged.seen and judged.absent then 'absent'
      when report.station_key is null then 'unseen'
      else velolog.station_state_of(report.num_bikes_available, report.num_docks_available, report.flags)
    end
  from wanted
  cross join judged
  left join lateral (
    select *
    from (
      (
        select
          status.station_key, status.observed_at, status.num_bikes_available, status.num_docks_available,
          status.num_bikes_disabled, status.num_docks_disabled, status.flags
        from velolog.station_status as status
        where judged.seen and not judged.absent
          and status.station_key = wanted.station_key
          and status.observed_at >= wanted.lane_starts[width_bucket(judged.at, wanted.lane_starts)]
          and status.observed_at <= judged.at
        order by status.observed_at desc
        limit 1
      )
      union all
      select
        kept.station_key, kept.observed_at, kept.num_bikes_available, kept.num_docks_available,
        kept.num_bikes_disabled, kept.num_docks_disabled, kept.flags
      from velolog.station_status_before as kept
      where judged.seen and not judged.absent
        and kept.station_key = wanted.station_key
        and kept.observed_at >= wanted.lane_starts[width_bucket(judged.at, wanted.lane_starts)]
        and kept.observed_at <= judged.at
    ) as stored_or_kept
    order by observed_at desc
    limit 1
  ) as report on true
$$;
