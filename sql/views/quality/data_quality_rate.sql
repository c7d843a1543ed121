-- data_quality_rate: how common each flag is, day by day.
-- Grain: one row per day (UTC) and flag, from the day on which quality was first checked.
-- systems and stations are those that were polled on the day; flagged: it was seen there on the day. Stations are counted for flags of stations only, so
-- stations_share is 0 for the others.
-- Reads: data_quality_day. Read by: packages/live, dashboards.
create view api.data_quality_rate as
select
  day,
  flag,
  systems,
  systems_flagged,
  systems_flagged::double precision / nullif(systems, 0) as systems_share,
  stations,
  stations_flagged,
  stations_flagged::double precision / nullif(stations, 0) as stations_share
from velolog.data_quality_day;
