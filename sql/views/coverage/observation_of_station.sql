-- observation_of_station: each station, with what gap_seconds needs to find the unobserved time between two of its observations.
-- Grain: one row per station. starts and unobserved_seconds are those of its system (see observation). returns are the times at which the
-- station came back into the list, and absent_seconds how long it had been absent in total by then, both in order of time. They are null if
-- the system has no gap, or the station no absence that has ended.
-- A building block for gap_seconds.
-- Reads: known_absence, observation, station, system. Read by: station_change, station_change_since.
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
    array_agg(ended_at order by ended_at) as returns,
    array_agg(absent_seconds order by ended_at) as absent_seconds
  from (
    select ended_at, (sum(seconds) over (order by ended_at))::double precision as absent_seconds
    from api.known_absence
    where known_absence.station_key = station.station_key
  ) as absences
) as absent;
