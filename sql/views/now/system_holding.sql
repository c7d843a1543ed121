-- system_holding: how much the database holds of each system, and when it was last polled. What `velolog forget` shows before it asks.
-- Grain: one row per system_id. status_rows: rows of station_status, one for each change of a station; ask for one system, it counts them.
-- stations: all that were ever listed. last_polled_at: the newest poll that was no import; null: none.
-- Reads: feed, station, station_status, system. Read by: packages/cli.
create view api.system_holding as
select
  system.system_id,
  (select count(*) from velolog.station where station.system_key = system.system_key)::integer as stations,
  (
    select count(*) from velolog.station_status as status
    where status.station_key = any(array(select station_key from velolog.station where station.system_key = system.system_key))
  ) as status_rows,
  (select max(feed.last_polled_at) from velolog.feed where feed.system_key = system.system_key) as last_polled_at
from velolog.system;
