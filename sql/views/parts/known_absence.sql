-- known_absence: time in which a station was missing from its system's list while the list was observed.
-- Grain: one row per absence that has ended. ended_at is the first poll with the station again. seconds is the time since
-- the last poll with it, less the gaps of the system in between, which the view gap has.
-- A building block.
-- Reads: feed, gap, station, station_absence. Read by: observation_of_station, station_change_between, unobserved_between.
create view api.known_absence as
select
  absence.station_key,
  absence.from_at,
  absence.to_at as ended_at,
  extract(epoch from absence.to_at - absence.last_seen_at) - coalesce(within.seconds, 0) as seconds
from velolog.station_absence as absence
join velolog.station using (station_key)
join velolog.feed on feed.system_key = station.system_key and feed.feed = 'station_status'
left join lateral (
  select sum(gap.seconds) as seconds
  from api.gap
  where gap.feed_key = feed.feed_key and gap.ended_at > absence.last_seen_at and gap.ended_at <= absence.to_at
) as within on true
where absence.to_at is not null;
