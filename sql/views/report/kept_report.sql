-- kept_report: what retention leaves of the months that it drops, as far as one of the two counts is known: the last rows of each station.
-- Grain: one row per kept row of a station with num_bikes_available or num_docks_available; at most three a station and lane.
-- A building block: a station that is unchanged since has no other row to compare its next change with.
-- Reads: station_status_before. Read by: known_report, last_known_report, station_change_between, station_change_since.
create view api.kept_report as
select station_key, observed_at, num_bikes_available, num_docks_available
from velolog.station_status_before
where num_bikes_available is not null or num_docks_available is not null;
