-- known_report: the stored rows of stations with at least one of the two counts known, with those that retention leaves of dropped months.
-- Grain: one row per stored or kept row of a station with num_bikes_available or num_docks_available.
-- A building block: LAG over it compares with the previous *known* values. A kept row is only there to be compared with: the rows before it
-- are gone, so it is no change itself. It is a view so that functions that are
-- inlined into the reader's question (see station_change_between) need no rights on the table.
-- Reads: kept_report, stored_report. Read by: station_change, station_change_between, station_change_since.
create view api.known_report as
select station_key, observed_at, num_bikes_available, num_docks_available, false as is_kept from api.stored_report
union all
select station_key, observed_at, num_bikes_available, num_docks_available, true from api.kept_report;
