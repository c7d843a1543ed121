-- observed_lane: each stretch of records of station_status, and up to when it has been rolled up.
-- Grain: one row per lane of a system: the live one, and one for each stretch of history that was imported before it.
-- What lies before final_to_at is in the tables station_spell and, by whole hours, station_hour; the rest is worked out
-- when asked for. sealed_at: up to there nothing is left to work out, because retention has dropped the rows; what they gave of the hours
-- in which the lane began and ended is in the table station_hour_edge. is_polled: it is the live one, and nobody has imported what came after
-- it: what holds at its end may hold still. last_observed_at is the lane's last poll that saw stations; null when none has.
-- Workers of the first version ask for final_to_at by another name (rolled_to_at) before they roll up or drop months, and so do neither here.
-- A station's values hold within their lane: between two lanes nobody looked.
-- Reads: coverage, feed, observed_range, rolled_range, system. Read by: flow_balance_between, profile_weekly, profile_weekly_of, sla_compliance_between, station, station_at, station_hour_fresh, station_spell, station_spell_between, packages/store, docs.
create view api.observed_lane as
select
  system.system_id,
  system.system_key,
  feed.feed_key,
  lane.from_at,
  lane.to_at,
  coalesce(rolled.to_at, lane.from_at) as final_to_at,
  rolled.sealed_at,
  newest.observed_at as last_observed_at,
  not exists (
    select from velolog.observed_range as later where later.feed_key = lane.feed_key and later.from_at > lane.from_at
  ) as is_live,
  coalesce(feed.last_polled_at = feed.last_fetched_at, false) and not exists (
    select from velolog.observed_range as later where later.feed_key = lane.feed_key and later.from_at > lane.from_at
  ) as is_polled
from velolog.system
join velolog.feed using (system_key)
join velolog.observed_range as lane using (feed_key)
left join velolog.rolled_range as rolled on rolled.feed_key = lane.feed_key and rolled.from_at = lane.from_at
left join lateral (
  select coverage.to_at as observed_at
  from velolog.coverage
  where coverage.feed_key = lane.feed_key
    and coverage.outcome = 'observed'
    and coverage.from_at between lane.from_at and lane.to_at
  order by coverage.from_at desc
  limit 1
) as newest on true
where feed.feed = 'station_status';
