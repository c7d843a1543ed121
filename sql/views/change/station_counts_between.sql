-- station_counts_between(from, to, system_id, step_seconds): the bikes, docks and states of all stations of a system over a window of time,
-- for a program that replays it.
-- Grain: one row per station and time at which its (num_bikes_available, num_docks_available, state) changed. The first row
-- of a station has its values at `from`, with `from` as its time. A count is null while it is not known. state is as in
-- station_current; it is `absent`, without counts, while the list lacks the station. If step_seconds is
-- above 0, only the last row of each station in each step of that many seconds since `from` is returned.
-- Values are valid within their lane only (see observed_lane): when the next lane begins, a station that it does not list is absent.
-- Reads: feed, observed_range, station, station_absence, station_state, station_state_of, station_status, station_status_before, system. Read by: packages/live.
create function api.station_counts_between("from" timestamptz, "to" timestamptz, system_id text, step_seconds integer default 0)
returns table (station_id text, observed_at timestamptz, num_bikes_available smallint, num_docks_available smallint, state text)
language sql stable parallel safe
security definer set search_path = pg_catalog -- the reader may call it without rights on the tables
as $$
  with lane as materialized (
    select lane.from_at
    from velolog.system
    join velolog.feed using (system_key)
    join velolog.observed_range as lane using (feed_key)
    where system.system_id = $3 and feed.feed = 'station_status'
  ),
  first_lane as materialized (
    select coalesce(max(from_at), '-infinity') as from_at from lane where from_at <= $1
  ),
  member as materialized (
    select station.station_key, station.station_id
    from velolog.system
    join velolog.station using (system_key)
    join velolog.station_state using (station_key)
    where system.system_id = $3
  ),
  report as (
    select member.station_key, status.*
    from member
    cross join lateral (
      (
        select observed_at, num_bikes_available, num_docks_available, flags
        from velolog.station_status
        where station_status.station_key = member.station_key
          and observed_at >= (select from_at from first_lane) and observed_at <= $1
        order by observed_at desc
        limit 1
      )
      union all
      (
        select observed_at, num_bikes_available, num_docks_available, flags
        from velolog.station_status
        where station_status.station_key = member.station_key and observed_at > $1 and observed_at <= $2
      )
      union all
      select observed_at, num_bikes_available, num_docks_available, flags
      from velolog.station_status_before
      where station_status_before.station_key = member.station_key
        and observed_at >= (select from_at from first_lane) and observed_at <= $2
    ) as status
  ),
  absence as (
    select gone.station_key, gone.from_at, gone.to_at
    from velolog.station_absence as gone
    join member using (station_key)
    where gone.from_at <= $2 and (gone.to_at is null or gone.to_at > $1)
  ),
  -- A return is a row without values: those of the last report before it are valid again.
  point as (
    select station_key, observed_at, num_bikes_available, num_docks_available, flags, 0 as kind from report
    union all
    select station_key, from_at, null, null, null, 1 from absence
    union all
    select distinct report.station_key, lane.from_at, null::smallint, null::smallint, null::smallint, 1
    from lane
    join report on report.observed_at < lane.from_at
    where lane.from_at > $1 and lane.from_at <= $2
    union all
    select station_key, to_at, null, null, null, 2 from absence where to_at <= $2
  ),
  numbered as (
    select *, count(*) filter (where kind = 0) over (partition by station_key order by observed_at, kind desc) as report_number
    from point
  ),
  filled as (
    select
      station_key,
      observed_at,
      kind,
      case when kind <> 1 then first_value(num_bikes_available) over same_report end as num_bikes_available,
      case when kind <> 1 then first_value(num_docks_available) over same_report end as num_docks_available,
      first_value(flags) over same_report as flags
    from numbered
    window same_report as (partition by station_key, report_number order by kind)
  ),
  named as (
    select
      *,
      case when kind = 1 then 'absent' else velolog.station_state_of(num_bikes_available, num_docks_available, flags) end as state
    from filled
  ),
  -- The values at `from` belong to one moment; after it, one row a step.
  thinned as (
    select distinct on (station_key, moment)
      station_key, greatest(observed_at, $1) as observed_at, num_bikes_available, num_docks_available, state
    from (
      select
        *,
        case
          when observed_at <= $1 then '-infinity'::timestamptz
          when $4 > 0 then date_bin($4 * interval '1 second', observed_at, $1)
          else observed_at
        end as moment
      from named
    ) as timed
    order by station_key, moment, timed.observed_at desc, kind
  ),
  compared as (
    select
      *,
      lag((num_bikes_available, num_docks_available, state)) over (partition by station_key order by observed_at) as before
    from thinned
  )
  select member.station_id, compared.observed_at, compared.num_bikes_available, compared.num_docks_available, compared.state
  from compared
  join member using (station_key)
  where compared.before is distinct from (compared.num_bikes_available, compared.num_docks_available, compared.state)
  order by compared.observed_at, member.station_id collate "C"
$$;
