-- station_report_between(from, to, system_id, station_id): what one station offered over a window of time, as reported.
-- Grain: one row per time at which its values changed; they are valid until the next row. The first row has the values at
-- `from`, with the time at which they began; it is missing if nothing was known then. The other rows are later than `from`, up to and including `to`.
-- While the list lacks the station, its state is `absent` and its values are null; when it returns there is a row even if
-- its values are the same as before. Unobserved time gives no row (see feed_coverage). For a chart whose line should break
-- there, use station_step_between; this function only reads the rows, and costs no more than that.
-- Values are valid within their lane only (see observed_lane): when the next lane begins without the station, it is absent.
-- An absence of imported history that has no end ends with the next row of the station.
-- Reads: feed, flag, observed_range, station, station_absence, station_state_of, station_status, station_status_before, system. Read by: packages/live.
create function api.station_report_between("from" timestamptz, "to" timestamptz, system_id text, station_id text)
returns table (
  observed_at timestamptz, num_bikes_available smallint, num_docks_available smallint,
  num_bikes_disabled smallint, num_docks_disabled smallint,
  is_installed boolean, is_renting boolean, is_returning boolean, state text
)
language sql stable parallel safe
security definer set search_path = pg_catalog -- the reader may call it without rights on the tables
as $$
  with target as materialized (
    select station.station_key, system.system_key
    from velolog.system
    join velolog.station using (system_key)
    where system.system_id = $3 and station.station_id = $4
  ),
  lane as materialized (
    select lane.from_at
    from target
    join velolog.feed on feed.system_key = target.system_key and feed.feed = 'station_status'
    join velolog.observed_range as lane using (feed_key)
  ),
  start as materialized (
    select coalesce(greatest(
      (
        select max(report.observed_at)
        from velolog.station_status as report
        where report.station_key = (select station_key from target)
          and report.observed_at >= (select coalesce(max(from_at), '-infinity') from lane where from_at <= $1) and report.observed_at <= $1
      ),
      (
        select max(kept.observed_at)
        from velolog.station_status_before as kept
        where kept.station_key = (select station_key from target)
          and kept.observed_at >= (select coalesce(max(from_at), '-infinity') from lane where from_at <= $1) and kept.observed_at <= $1
      )
    ), $1) as at
  ),
  report as materialized (
    select
      status.observed_at, status.num_bikes_available, status.num_docks_available,
      status.num_bikes_disabled, status.num_docks_disabled, status.flags
    from velolog.station_status as status
    where status.station_key = (select station_key from target)
      and status.observed_at >= (select at from start) and status.observed_at <= $2
    union all
    select
      kept.observed_at, kept.num_bikes_available, kept.num_docks_available,
      kept.num_bikes_disabled, kept.num_docks_disabled, kept.flags
    from velolog.station_status_before as kept
    where kept.station_key = (select station_key from target)
      and kept.observed_at >= (select at from start) and kept.observed_at <= $2
  ),
  absence as materialized (
    select
      gone.from_at,
      coalesce(gone.to_at, (select min(report.observed_at) from report where report.observed_at > gone.from_at)) as to_at
    from velolog.station_absence as gone
    where gone.station_key = (select station_key from target)
      and gone.from_at > (select at from start) and gone.from_at <= $2
  ),
  step as (
    select
      report.observed_at, report.num_bikes_available, report.num_docks_available,
      report.num_bikes_disabled, report.num_docks_disabled, report.flags,
      velolog.station_state_of(report.num_bikes_available, report.num_docks_available, report.flags) as state
    from report
    union all
    select absence.from_at, null, null, null, null, 0::smallint, 'absent'
    from absence
    union all
    select lane.from_at, null, null, null, null, 0::smallint, 'absent'
    from lane
    where lane.from_at > $1 and lane.from_at <= $2
      and exists (
        select from report
        where report.observed_at < lane.from_at
          and report.observed_at >= (select max(earlier.from_at) from lane as earlier where earlier.from_at < lane.from_at)
      )
      and not exists (select from report where report.observed_at = lane.from_at)
    union all
    select
      absence.to_at, before.num_bikes_available, before.num_docks_available,
      before.num_bikes_disabled, before.num_docks_disabled, before.flags,
      velolog.station_state_of(before.num_bikes_available, before.num_docks_available, before.flags)
    from absence
    cross join lateral (
      select report.* from report where report.observed_at < absence.to_at order by report.observed_at desc limit 1
    ) as before
    where absence.to_at <= $2
      and not exists (select from report where report.observed_at = absence.to_at)
  )
  select
    step.observed_at, step.num_bikes_available, step.num_docks_available,
    step.num_bikes_disabled, step.num_docks_disabled,
    velolog.flag(step.flags, 0), velolog.flag(step.flags, 1), velolog.flag(step.flags, 2),
    step.state
  from step
  where step.observed_at > $1
    or step.observed_at = (select max(earlier.observed_at) from step as earlier where earlier.observed_at <= $1)
  order by step.observed_at
$$;
