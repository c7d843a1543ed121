-- The schema files for Trino: the tables of the lake joined with what PostgreSQL has since, under the names that the views of sql/lake read.
-- Catalogues: `lake` is Iceberg, `hot` is PostgreSQL, as a role that may read the schema velolog.
-- Rows of station_status before the end of the lake (lake_end) come from the lake, the others from PostgreSQL, so no row comes twice.
-- lake_end is named first and written last: who reads between two commits sees too early an end, which PostgreSQL still has.
-- What is small (stations, coverage, absences) PostgreSQL has for good, and says it of now.
create schema if not exists lake.files;
create schema if not exists lake.api;
create or replace view lake.files.station_status as
with cut as (select max(until_at) as at from lake.velolog.lake_end)
select
  system_id, station_id, observed_at, last_reported,
  num_bikes_available, num_docks_available, num_bikes_disabled, num_docks_disabled,
  is_installed, is_renting, is_returning
from lake.velolog.station_status
where observed_at < (select at from cut)
union all
select
  system.system_id, station.station_id,
  cast(status.observed_at as timestamp(6) with time zone), cast(status.last_reported as timestamp(6) with time zone),
  cast(status.num_bikes_available as integer), cast(status.num_docks_available as integer),
  cast(status.num_bikes_disabled as integer), cast(status.num_docks_disabled as integer),
  case when bitwise_and(status.flags, 1) = 1 then bitwise_and(status.flags, 2) = 2 end,
  case when bitwise_and(status.flags, 4) = 4 then bitwise_and(status.flags, 8) = 8 end,
  case when bitwise_and(status.flags, 16) = 16 then bitwise_and(status.flags, 32) = 32 end
from hot.velolog.station_status as status
join hot.velolog.station as station on station.station_key = status.station_key
join hot.velolog.system as system on system.system_key = station.system_key
where status.observed_at >= (select at from cut);
create or replace view lake.files.system as select * from hot.api.system;
create or replace view lake.files.station as
select system_id, station_id, name, lat, lon, cast(capacity as integer) as capacity, first_observed_at, last_observed_at
from hot.api.station;
create or replace view lake.files.coverage as select system_id, feed, from_at, to_at, polls, outcome from hot.api.feed_coverage;
create or replace view lake.files.observed_range as
select stretch.system_id, stretch.feed, stretch.from_at, stretch.to_at, coalesce(lane.is_polled, false) as is_live
from hot.api.observed_range as stretch
left join hot.api.observed_lane as lane
  on stretch.feed = 'station_status' and lane.system_id = stretch.system_id and lane.from_at = stretch.from_at;
create or replace view lake.files.station_absence as
select system.system_id, station.station_id, absence.last_seen_at, absence.from_at, absence.to_at
from hot.velolog.station_absence as absence
join hot.velolog.station as station on station.station_key = absence.station_key
join hot.velolog.system as system on system.system_key = station.system_key;
create or replace view lake.files.station_hour as
with cut as (select max(until_at) as at from lake.velolog.lake_end)
select
  system_id, station_id, hour_at, bikes_min, bikes_mean, bikes_max, docks_min, docks_mean, docks_max,
  empty_share, full_share, closed_share, observed_share, arrivals, departures, largest_step, unknown_share
from lake.velolog.station_hour
where hour_at < (select at from cut)
union all
select
  system_id, station_id, hour_at, cast(bikes_min as integer), bikes_mean, cast(bikes_max as integer),
  cast(docks_min as integer), docks_mean, cast(docks_max as integer),
  empty_share, full_share, closed_share, observed_share, cast(arrivals as integer), cast(departures as integer),
  cast(largest_step as integer), unknown_share
from hot.api.station_hour
where hour_at >= (select at from cut)
