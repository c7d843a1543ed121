-- What tells how old a feed's data is, and whether anybody polls it.

alter table velolog.feed
  add column last_polled_at timestamptz, -- of the newest record that was a poll of ours; null: all were imported history
  add column last_changed_at timestamptz; -- the newest poll in which a station that was known had other values than before

-- `velolog import` brings no discovery file, and who polls a system asks for that first.
update velolog.feed
set last_polled_at = last_fetched_at
where exists (select from velolog.feed as discovery where discovery.system_key = feed.system_key and discovery.feed = 'gbfs');

-- A station's first row is no change. Without one after it nothing is known of a change.
update velolog.feed
set last_changed_at = changed.at
from (
  select station.system_key, max(state.observed_at) as at
  from velolog.station_state as state
  join velolog.station using (station_key)
  where state.observed_at > station.first_observed_at
  group by station.system_key
) as changed
where feed.system_key = changed.system_key and feed.feed = 'station_status';
