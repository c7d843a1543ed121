-- station_current_since(system_id, since): the rows of station_current of one system that changed after the time
-- `since`: a value changed (including a count of a vehicle type), or the station appeared, disappeared or came back.
-- Grain: one row per station. The cost is one look-up of the last known state of each station of the system.
-- The store commits all rows of a system in order of their times, because one Kafka partition has them all. A program that repeats the question
-- with the newest observed_at of the previous answer therefore misses nothing. A new name, place or capacity does not give a row.
-- Reads: station, station_absence, station_current, station_state, station_type_state, system. Read by: packages/live, docs.
create function api.station_current_since(system_id text, since timestamptz)
returns setof api.station_current
language sql stable parallel safe
security definer set search_path = pg_catalog -- the reader may call it without rights on the tables
begin atomic
  select current.*
  from api.station_current as current
  where current.system_id = $1
    and current.station_id in (
      select station.station_id
      from velolog.system
      join velolog.station using (system_key)
      join velolog.station_state as state using (station_key)
      left join lateral (
        select absence.from_at, absence.to_at
        from velolog.station_absence as absence
        where absence.station_key = station.station_key
        order by absence.from_at desc
        limit 1
      ) as latest on true
      where system.system_id = $1 and (state.observed_at > $2 or latest.from_at > $2 or latest.to_at > $2
        or exists (
          select from velolog.station_type_state as typed
          where typed.station_key = station.station_key and typed.observed_at > $2
        ))
    );
end;
