-- station_change over the files of a lake: the rows and columns of api.station_change (sql/views/change), whose header says what they mean.
-- Grain: one row per change of (num_bikes_available, num_docks_available) of a station against its previous known values.
-- LAG runs per station in order of our fetch time, over the rows that know a count; the first has none before it and is no change.
-- Not every engine has LAG that ignores nulls. The last known value of a count is therefore the greatest of the earlier rows that tell it, of the time in
-- milliseconds with the count (at most 2^15 either way) in its last 16 bits; with time, what was unobserved before it only grows as well.
-- How much time had gone unobserved before a row is summed over the ends of a system's gaps alone, which are few, and looked up by the
-- hour, so that engines find it by a key and not by comparing times. What a station was absent is a running sum over its own rows.
-- Reads: files.station_status, files.station, files.coverage, files.station_absence. Runs in PostgreSQL and DuckDB.
with run as (
  select
    system_id,
    from_at,
    lag(to_at) over (partition by system_id order by from_at) as previous_to_at
  from files.coverage
  where feed = 'station_status' and outcome = 'observed'
),
gap as (
  select system_id, from_at as ended_at, cast(round(extract(epoch from (from_at - previous_to_at)) * 1000) as bigint) as ms
  from run
  where previous_to_at is not null
),
absence as (
  select
    absent.system_id,
    absent.station_id,
    absent.to_at as ended_at,
    cast(round(extract(epoch from (absent.to_at - absent.last_seen_at)) * 1000) - coalesce(sum(gap.ms), 0) as bigint) as ms
  from files.station_absence as absent
  left join gap
    on gap.system_id = absent.system_id and gap.ended_at > absent.last_seen_at and gap.ended_at <= absent.to_at
  where absent.to_at is not null
  group by absent.system_id, absent.station_id, absent.last_seen_at, absent.from_at, absent.to_at
),
known_report as (
  select
    system_id, station_id, observed_at, num_bikes_available, num_docks_available,
    cast(floor(extract(epoch from observed_at) / 3600) as bigint) as hour
  from files.station_status
  where num_bikes_available is not null or num_docks_available is not null
),
breakpoint as (
  select system_id, ended_at as begins_at, cast(floor(extract(epoch from ended_at) / 3600) as bigint) as hour, ms from gap
  union all
  select system_id, min(observed_at), hour, 0 from known_report group by system_id, hour
),
stretch as (
  select
    system_id, hour, begins_at,
    lead(begins_at) over (partition by system_id, hour order by begins_at) as next_at,
    sum(sum(ms)) over (partition by system_id order by begins_at) as unobserved_ms
  from breakpoint
  group by system_id, hour, begins_at
),
moment as (
  select
    report.system_id, report.station_id, report.observed_at, report.num_bikes_available, report.num_docks_available,
    true as is_report, stretch.unobserved_ms, cast(0 as bigint) as absent_ms
  from known_report as report
  join stretch
    on stretch.system_id = report.system_id and stretch.hour = report.hour
    and stretch.begins_at <= report.observed_at and (stretch.next_at is null or stretch.next_at > report.observed_at)
  union all
  select system_id, station_id, ended_at, null, null, false, null, ms from absence
),
summed as (
  select *, sum(absent_ms) over (partition by system_id, station_id order by observed_at) as station_absent_ms
  from moment
),
timed as (
  select
    system_id, station_id, observed_at, num_bikes_available, num_docks_available,
    unobserved_ms + station_absent_ms as unobserved_ms,
    cast(round(extract(epoch from observed_at) * 1000) as bigint) * 65536 + 32768 as at_key
  from summed
  where is_report
),
told as (
  select
    system_id, station_id, observed_at, num_bikes_available, num_docks_available, unobserved_ms,
    lag(num_bikes_available) over per_station as bikes_before,
    lag(num_docks_available) over per_station as docks_before,
    max(case when num_bikes_available is not null then at_key + num_bikes_available end) over earlier as bikes_key,
    max(case when num_docks_available is not null then at_key + num_docks_available end) over earlier as docks_key,
    max(case when num_bikes_available is not null then observed_at end) over earlier as bikes_at,
    max(case when num_docks_available is not null then observed_at end) over earlier as docks_at,
    max(case when num_bikes_available is not null then unobserved_ms end) over earlier as bikes_unobserved_ms,
    max(case when num_docks_available is not null then unobserved_ms end) over earlier as docks_unobserved_ms
  from timed
  window
    per_station as (partition by system_id, station_id order by observed_at),
    earlier as (partition by system_id, station_id order by observed_at rows between unbounded preceding and 1 preceding)
),
known as (
  select
    system_id, station_id, observed_at, num_bikes_available, num_docks_available, unobserved_ms,
    case
      when num_bikes_available is null or bikes_at is null then docks_at
      when num_docks_available is null or docks_at is null or bikes_at < docks_at then bikes_at
      else docks_at
    end as prev_observed_at,
    case
      when num_bikes_available is null or bikes_at is null then docks_unobserved_ms
      when num_docks_available is null or docks_at is null or bikes_at < docks_at then bikes_unobserved_ms
      else docks_unobserved_ms
    end as prev_unobserved_ms,
    case
      when num_bikes_available is null then bikes_before
      else cast(mod(bikes_key, 65536) - 32768 as smallint)
    end as prev_num_bikes_available,
    case
      when num_docks_available is null then docks_before
      else cast(mod(docks_key, 65536) - 32768 as smallint)
    end as prev_num_docks_available
  from told
)
select
  known.system_id,
  known.station_id,
  station.name,
  station.lat,
  station.lon,
  known.observed_at,
  known.prev_observed_at,
  known.num_bikes_available,
  known.prev_num_bikes_available,
  known.num_bikes_available - known.prev_num_bikes_available as bikes_delta,
  known.num_docks_available,
  known.prev_num_docks_available,
  known.num_docks_available - known.prev_num_docks_available as docks_delta,
  cast(known.unobserved_ms - known.prev_unobserved_ms as double precision) / 1000 as gap_seconds
from known
join files.station as station on station.system_id = known.system_id and station.station_id = known.station_id
where known.num_bikes_available <> known.prev_num_bikes_available
  or known.num_docks_available <> known.prev_num_docks_available
