-- What tells how old a feed's data is, and whether anybody polls it.

alter table velolog.feed
  add column last_polled_at timestamptz, -- of the newest record that was a poll of ours; null: all were imported history
  add column last_changed_at timestamptz; -- the newest poll in which a station that was known had other values than before

-- `velolog import` brings no discovery file, and who polls a system asks for that first and then once an hour: what is days newer than
-- it was imported later.
update velolog.feed
set last_polled_at = case
  when feed.last_fetched_at <= discovery.last_fetched_at + interval '1 day' then feed.last_fetched_at
  else discovery.last_fetched_at
end
from velolog.feed as discovery
where discovery.system_key = feed.system_key and discovery.feed = 'gbfs';

-- A station's first row in a lane is no change. Without one after it nothing is known of a change.
update velolog.feed
set last_changed_at = changed.at
from (
  select station.system_key, max(state.observed_at) as at
  from velolog.station_state as state
  join velolog.station using (station_key)
  join velolog.feed as status on status.system_key = station.system_key and status.feed = 'station_status'
  cross join lateral (
    select max(lane.from_at) as from_at
    from velolog.observed_range as lane
    where lane.feed_key = status.feed_key and lane.from_at <= state.observed_at
  ) as lane
  where station.first_observed_at >= lane.from_at and station.first_observed_at < state.observed_at
    or exists (
      select from velolog.station_status as earlier
      where earlier.station_key = state.station_key
        and earlier.observed_at >= lane.from_at and earlier.observed_at < state.observed_at
    )
  group by station.system_key
) as changed
where feed.system_key = changed.system_key and feed.feed = 'station_status';
