-- stored_report: the rows of station_status with at least one of the two counts known.
-- Grain: one row per stored row of a station with num_bikes_available or num_docks_available.
-- A building block for the row before a time: in known_report PostgreSQL would look into each month for it.
-- Reads: station_status. Read by: known_report, last_known_report, station_change_between, station_change_since.
create view api.stored_report as
select station_key, observed_at, num_bikes_available, num_docks_available
from velolog.station_status
where num_bikes_available is not null or num_docks_available is not null;
