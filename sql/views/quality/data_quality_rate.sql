-- data_quality_rate: how common each flag is, by day.
-- Grain: one row per day (UTC) and flag, from the day on which quality was first checked.
-- systems and stations count those that were polled on the day; systems_flagged and stations_flagged count those with the flag. For a flag
-- of feeds, stations_flagged and stations_share are 0.
-- Reads: data_quality_day. Read by: dashboards.
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
