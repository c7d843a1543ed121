-- Older workers: go on
-- What the stations of a system add up to, said once: for the worker at its commits, and for an import that fills the tables.

-- Where all stations are that a system ever listed.
create function velolog.add_up_places(system_keys integer[]) returns void
language sql set search_path = pg_catalog
as $$
  update velolog.station_summary as summary
  set west = place.west, south = place.south, east = place.east, north = place.north
  from velolog.feed
  join (
    select station.system_key, min(lon) as west, min(lat) as south, max(lon) as east, max(lat) as north
    from velolog.station
    join velolog.station_state using (station_key)
    where station.system_key = any(system_keys)
    group by station.system_key
  ) as place using (system_key)
  where summary.feed_key = feed.feed_key
    and (summary.west, summary.south, summary.east, summary.north) is distinct from (place.west, place.south, place.east, place.north)
$$;

-- Station by station as in api.station_current: a sum over the types of a system would count what one station leaves unclear.
create function velolog.add_up_ebikes(system_keys integer[]) returns void
language sql set search_path = pg_catalog
as $$
  update velolog.station_summary as summary
  set ebikes = told.ebikes, types_without_ebikes = told.types_without_ebikes
  from velolog.feed
  join (
    select system_key,
      sum(case when own is not null then own when not is_unclear and has_electric then electric end) as ebikes,
      count(*) filter (where own is null and not is_unclear and not coalesce(has_electric, false) and is_whole) as types_without_ebikes
    from (
      select station.system_key,
        max(counted.num_available) filter (where counted.vehicle_type_key = 0) as own,
        coalesce(bool_or(counted.num_available is distinct from 0 and (type.form_factor is null
            or type.form_factor in ('bicycle', 'cargo_bicycle') and type.propulsion_type is null)) filter (where counted.vehicle_type_key <> 0), false)
          or coalesce(bool_or(type.is_electric and counted.num_available is null) filter (where counted.vehicle_type_key <> 0), false)
          as is_unclear,
        bool_or(type.is_electric) filter (where counted.vehicle_type_key <> 0) as has_electric,
        sum(counted.num_available) filter (where counted.vehicle_type_key <> 0 and type.is_electric) as electric,
        bool_and(counted.num_available is not null) filter (where counted.vehicle_type_key <> 0) as is_whole
      from velolog.station
      join velolog.station_state as state using (station_key)
      join velolog.station_type_state as counted using (station_key)
      left join (
        select vehicle_type_key, form_factor, propulsion_type,
          form_factor in ('bicycle', 'cargo_bicycle') and propulsion_type <> 'human' as is_electric
        from velolog.vehicle_type
      ) as type on type.vehicle_type_key = counted.vehicle_type_key
      where station.system_key = any(system_keys)
        and not exists (
          select from velolog.station_absence as absence
          where absence.station_key = state.station_key and absence.to_at is null and absence.from_at > state.observed_at
        )
      group by station.system_key, station.station_key
    ) as by_station
    group by system_key
  ) as told using (system_key)
  where summary.feed_key = feed.feed_key
$$;

-- All of it from the tables. A worker adds up the counts in its memory instead, and asks for the two above.
create function velolog.add_up_stations(system_keys integer[]) returns void
language sql set search_path = pg_catalog
as $$
  insert into velolog.station_summary as summary (feed_key, stations, bikes, docks, empty, "full", closed, unknown)
  select feed.feed_key, count(*) filter (where present),
    sum(num_bikes_available) filter (where present), sum(num_docks_available) filter (where present),
    count(*) filter (where present and state = 'empty'), count(*) filter (where present and state = 'full'),
    count(*) filter (where present and state = 'closed'), count(*) filter (where present and state = 'unknown')
  from velolog.feed
  join (
    select station.system_key, held.num_bikes_available, held.num_docks_available,
      velolog.station_state_of(held.num_bikes_available, held.num_docks_available, held.flags) as state,
      not exists (
        select from velolog.station_absence as absence
        where absence.station_key = held.station_key and absence.to_at is null and absence.from_at > held.observed_at
      ) as present
    from velolog.station
    join velolog.station_state as held using (station_key)
    where station.system_key = any(system_keys)
  ) as listed using (system_key)
  where feed.feed = 'station_status'
  group by feed.feed_key
  on conflict (feed_key) do update set
    stations = excluded.stations, bikes = excluded.bikes, docks = excluded.docks, empty = excluded.empty, "full" = excluded."full",
    closed = excluded.closed, unknown = excluded.unknown;
  select velolog.add_up_places(system_keys);
  select velolog.add_up_ebikes(system_keys)
$$;
