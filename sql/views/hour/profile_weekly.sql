-- profile_weekly: what each station usually offers at each hour of the week.
-- Grain: one row per station, weekday (ISO: Monday is 1, Sunday 7) and hour of the day, local time (time zone of the system, UTC
-- if unknown), from the 8 weeks before the system's last observation. An hour of station_hour belongs to the local hour
-- in which it begins. When the clocks change, the repeated hour counts twice and the skipped hour not at all.
-- Means are weighted by observed time, and shares by the time in which the state was known (null if there is none).
-- hours_observed is the observed time behind them.
-- For one station ask profile_weekly_of, which reads no other.
-- Reads: observed_lane, station_hour, system, timezone_or_utc. Read by: people.
create view api.profile_weekly as
with local_system as materialized (
  select
    system.system_id,
    api.timezone_or_utc(system.timezone) as timezone,
    max(lane.last_observed_at) - interval '56 days' as since_at
  from velolog.system
  join api.observed_lane as lane using (system_key)
  group by system.system_id, system.timezone
)
select
  hour.system_id,
  hour.station_id,
  hour.name,
  date_part('isodow', local.hour_at)::integer as weekday,
  date_part('hour', local.hour_at)::integer as hour,
  sum(hour.bikes_mean * hour.observed_share) / nullif(sum(hour.observed_share) filter (where hour.bikes_mean is not null), 0) as bikes_mean,
  sum(hour.docks_mean * hour.observed_share) / nullif(sum(hour.observed_share) filter (where hour.docks_mean is not null), 0) as docks_mean,
  sum(hour.empty_share * known.share) / nullif(sum(known.share), 0) as empty_share,
  sum(hour.full_share * known.share) / nullif(sum(known.share), 0) as full_share,
  sum(hour.observed_share) as hours_observed
from local_system
join api.station_hour as hour using (system_id)
cross join lateral (select hour.hour_at at time zone local_system.timezone as hour_at) as local
cross join lateral (select hour.observed_share * (1 - coalesce(hour.unknown_share, 0)) as share) as known
where hour.hour_at > local_system.since_at
group by hour.system_id, hour.station_id, hour.name, date_part('isodow', local.hour_at), date_part('hour', local.hour_at);
