-- station_spell over the files of a lake: the rows and columns of api.station_spell (sql/views/outage), whose header says what they mean.
-- Grain: one row per spell: a stretch of observation without a pause in which the state of a station stayed the same.
-- LAG runs per station and stretch of records (files.observed_range), in order of our fetch time; a row that repeats the state begins
-- nothing, the first row of a stretch has no state before it. A spell is cut where observation pauses: by its system's runs of
-- observation, less the station's own absences.
-- Reads: files.station_status, files.station, files.coverage, files.observed_range, files.station_absence. Runs in PostgreSQL and DuckDB.
with lane as (
  select
    stretch.system_id, stretch.from_at, stretch.to_at, stretch.is_live,
    max(span.to_at) as last_observed_at
  from files.observed_range as stretch
  left join files.coverage as span
    on span.system_id = stretch.system_id and span.feed = stretch.feed and span.outcome = 'observed'
    and span.from_at between stretch.from_at and stretch.to_at
  where stretch.feed = 'station_status'
  group by stretch.system_id, stretch.from_at, stretch.to_at, stretch.is_live
),
system_run as (
  select lane.system_id, lane.from_at as lane_from_at, span.from_at, span.to_at
  from lane
  join files.coverage as span
    on span.system_id = lane.system_id and span.from_at between lane.from_at and lane.to_at
  where span.feed = 'station_status' and span.outcome = 'observed'
),
pause as (
  select
    absent.system_id, absent.station_id, lane.from_at as lane_from_at, absent.last_seen_at,
    coalesce(absent.to_at, timestamp with time zone '9999-01-01 00:00:00+00') as to_at
  from files.station_absence as absent
  join lane on lane.system_id = absent.system_id and absent.from_at between lane.from_at and lane.to_at
),
paused as (
  select system_id, station_id, lane_from_at from pause group by system_id, station_id, lane_from_at
),
-- Of a station that was absent: what lies before each pause, and what lies after the last.
own_run as (
  select
    run.system_id, pause.station_id, run.lane_from_at,
    coalesce(
      lag(pause.to_at) over (
        partition by run.system_id, pause.station_id, run.lane_from_at, run.from_at order by pause.last_seen_at
      ),
      run.from_at
    ) as from_at,
    pause.last_seen_at as to_at
  from system_run as run
  join pause
    on pause.system_id = run.system_id and pause.lane_from_at = run.lane_from_at
    and pause.last_seen_at <= run.to_at and pause.to_at >= run.from_at
  union all
  select
    run.system_id, paused.station_id, run.lane_from_at,
    coalesce(max(pause.to_at), run.from_at),
    run.to_at
  from system_run as run
  join paused on paused.system_id = run.system_id and paused.lane_from_at = run.lane_from_at
  left join pause
    on pause.system_id = paused.system_id and pause.station_id = paused.station_id and pause.lane_from_at = run.lane_from_at
    and pause.last_seen_at <= run.to_at and pause.to_at >= run.from_at
  group by run.system_id, paused.station_id, run.lane_from_at, run.from_at, run.to_at
),
report as (
  select
    status.system_id, status.station_id, status.observed_at,
    lane.from_at as lane_from_at, lane.is_live, lane.last_observed_at,
    case
      when not is_installed or (not is_renting and not is_returning) then 'closed'
      when num_bikes_available = 0 or not is_renting then 'empty'
      when num_docks_available = 0 or not is_returning then 'full'
      when num_bikes_available is null and num_docks_available is null then 'unknown'
      else 'ok'
    end as state
  from files.station_status as status
  join lane on lane.system_id = status.system_id and status.observed_at between lane.from_at and lane.to_at
),
compared as (
  select
    *,
    lag(state) over (partition by system_id, station_id, lane_from_at order by observed_at) as previous_state
  from report
),
change as (
  select
    *,
    lead(observed_at, 1, timestamp with time zone '9999-01-01 00:00:00+00')
      over (partition by system_id, station_id, lane_from_at order by observed_at) as next_at
  from compared
  where previous_state is distinct from state
),
observed as (
  select change.*, run.from_at as run_from_at, run.to_at as run_to_at
  from change
  join system_run as run
    on run.system_id = change.system_id and run.lane_from_at = change.lane_from_at
    and run.to_at >= change.observed_at and run.from_at <= change.next_at
  left join paused
    on paused.system_id = change.system_id and paused.station_id = change.station_id and paused.lane_from_at = change.lane_from_at
  where paused.station_id is null
  union all
  select change.*, run.from_at, run.to_at
  from change
  join own_run as run
    on run.system_id = change.system_id and run.station_id = change.station_id and run.lane_from_at = change.lane_from_at
    and run.to_at >= change.observed_at and run.from_at <= change.next_at
  where run.from_at <= run.to_at
),
cut as (
  select
    *,
    greatest(observed_at, run_from_at) as from_at,
    least(next_at, run_to_at) as seen_to_at
  from observed
),
spell as (
  select
    *,
    from_at > run_from_at and previous_state is not null as start_observed,
    seen_to_at = next_at as end_observed,
    is_live and seen_to_at <> next_at and seen_to_at = last_observed_at as is_open
  from cut
  where from_at <= seen_to_at and from_at < next_at
)
select
  spell.system_id,
  spell.station_id,
  station.name,
  station.lat,
  station.lon,
  spell.state,
  spell.from_at,
  case when not spell.is_open then spell.seen_to_at end as to_at,
  spell.is_open,
  cast(extract(epoch from (spell.seen_to_at - spell.from_at)) as double precision) as duration_seconds,
  spell.start_observed,
  spell.end_observed
from spell
join files.station as station on station.system_id = spell.system_id and station.station_id = spell.station_id
