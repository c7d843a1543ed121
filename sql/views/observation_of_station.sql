-- observation_of_station: each station, with what tells how much time between two of its observations went unseen.
-- Grain: one row per station. starts and unobserved_seconds are those of its system (see observation); returns and
-- absent_seconds are when the station came back into the list, and how much time it had been absent by then, in order of
-- time; both null for a station that never was.
-- A building block for gap_seconds. Time in an absence during which the feed was not observed either counts once. An
-- absence that has not ended is no part of the time between two observations.
-- Reads: system, station, station_absence, observation. Read by: station_change, station_change_between, station_change_since.
create view api.observation_of_station as
select
  system.system_id,
  station.station_key,
  station.station_id,
  station.name,
  station.lat,
  station.lon,
  observation.starts,
  observation.unobserved_seconds,
  absent.returns,
  absent.absent_seconds
from velolog.station
join velolog.system using (system_key)
left join api.observation using (system_id)
cross join lateral (
  select
    array_agg(to_at order by to_at) as returns,
    array_agg(absent_seconds order by to_at) as absent_seconds
  from (
    select
      to_at,
      sum(
        extract(epoch from to_at - last_seen_at)::double precision
        - observation.unobserved_seconds[width_bucket(to_at, observation.starts)]
        + observation.unobserved_seconds[width_bucket(last_seen_at, observation.starts)]
      ) over (order by to_at) as absent_seconds
    from velolog.station_absence
    where station_absence.station_key = station.station_key and to_at is not null
  ) as absences
) as absent;
