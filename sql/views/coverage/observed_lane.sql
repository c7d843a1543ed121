-- observed_lane: each stretch of records of station_status, and up to when it has been rolled up.
-- Grain: one row per lane of a system: the live lane, and one for each stretch of history that was imported before it.
-- The tables station_spell and, in whole hours, station_hour contain everything before final_to_at; the rest is computed
-- on request. Before sealed_at nothing is left to compute, because retention has dropped the rows; the table
-- station_hour_edge keeps their part of the hours in which the lane began and ended. is_polled: this is the live lane, and no later
-- history was imported, so its last values may still be valid. last_observed_at is the lane's last poll that listed stations; null if none did.
-- Workers of the first version read rolled_to_at, the old name of final_to_at, before they roll up or drop months. They therefore do neither here.
-- A station's values are valid within their lane only: time between two lanes was not observed.
-- Reads: feed, feed_lane, observed_range, rolled_range, system. Read by: flow_balance_between, known_spell, outage_episode_fresh, profile_weekly, profile_weekly_of, sla_compliance_between, station, station_at, station_hour_fresh, station_spell_between, packages/store, docs.
create view api.observed_lane as
select
  system.system_id,
  system.system_key,
  feed.feed_key,
  lane.from_at,
  lane.to_at,
  coalesce(rolled.to_at, lane.from_at) as final_to_at,
  rolled.sealed_at,
  lane.observed_at as last_observed_at,
  not exists (
    select from velolog.observed_range as later where later.feed_key = lane.feed_key and later.from_at > lane.from_at
  ) as is_live,
  coalesce(feed.last_polled_at = feed.last_fetched_at, false) and not exists (
    select from velolog.observed_range as later where later.feed_key = lane.feed_key and later.from_at > lane.from_at
  ) as is_polled
from velolog.system
join velolog.feed using (system_key)
join api.feed_lane as lane using (feed_key)
left join velolog.rolled_range as rolled on rolled.feed_key = lane.feed_key and rolled.from_at = lane.from_at
where feed.feed = 'station_status';
