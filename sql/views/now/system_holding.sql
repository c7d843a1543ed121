-- system_holding: how much data the database has for each system, and when it was last polled. `velolog forget` shows it before it asks.
-- Grain: one row per system_id. status_rows counts the rows of station_status, one for each change of a station. It is counted when you ask, so
-- ask for one system. stations counts all that were ever listed. last_polled_at is the newest poll that was not imported, also one that was refused;
-- null if there is none.
-- Reads: feed, station, station_status, system. Read by: packages/cli.
create view api.system_holding as
select
  system.system_id,
  (select count(*) from velolog.station where station.system_key = system.system_key)::integer as stations,
  (
    select count(*) from velolog.station_status as status
    where status.station_key = any(array(select station_key from velolog.station where station.system_key = system.system_key))
  ) as status_rows,
  (select max(greatest(feed.last_polled_at, feed.refused_at)) from velolog.feed where feed.system_key = system.system_key) as last_polled_at
from velolog.system;
