-- kept_report: what a station last reported in the months that retention has dropped, as far as one of the two counts is known.
-- Grain: one row per kept row of a station of which a count is known; its time is that of the last row that told one.
-- A building block: a station that is unchanged since has no other row to compare its next change with.
-- Reads: station_status_before. Read by: known_report, station_change_between, station_change_since.
create view api.kept_report as
select
  station_key,
  greatest(bikes_known_at, docks_known_at) as observed_at,
  case when bikes_known_at >= docks_known_at or docks_known_at is null then bikes_known end as num_bikes_available,
  case when docks_known_at >= bikes_known_at or bikes_known_at is null then docks_known end as num_docks_available
from velolog.station_status_before
where bikes_known_at is not null or docks_known_at is not null;
