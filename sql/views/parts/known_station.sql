-- known_station: each station with the keys of its rows.
-- Grain: one row per (system_id, station_id). feed_key is that of the system's station_status.
-- A building block, for functions that are inlined into the reader's question and need no rights on the tables.
-- Reads: feed, station, system. Read by: station_change_between, unobserved_between.
create view api.known_station as
select
  system.system_id,
  feed.feed_key,
  station.station_key,
  station.station_id,
  station.name,
  station.lat,
  station.lon
from velolog.system
join velolog.station using (system_key)
join velolog.feed on feed.system_key = system.system_key and feed.feed = 'station_status';
