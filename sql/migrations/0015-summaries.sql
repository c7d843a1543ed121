-- Older workers: must end
-- They would store polls without adding them up.
-- What a system offers now, kept by the store at its commits: to ask for it costs the same for ten stations and for ten thousand.

-- Two letters of ISO 3166-1, as the catalogue says; null: not known.
alter table velolog.system add column country text;

-- Of the present stations of a station_status; places are those of all stations that it ever listed. Null: no station tells it.
create table velolog.station_summary (
  feed_key integer primary key references velolog.feed,
  stations integer not null,
  bikes bigint,
  docks bigint,
  empty integer not null,
  "full" integer not null,
  closed integer not null,
  unknown integer not null,
  ebikes bigint,
  types_without_ebikes integer not null default 0, -- stations of which all types are known and none is an e-bike
  west double precision,
  south double precision,
  east double precision,
  north double precision
) with (fillfactor = 50);

-- Of the vehicles in the newest list of a feed.
create table velolog.vehicle_summary (
  feed_key integer primary key references velolog.feed,
  available integer not null,
  reserved integer not null,
  disabled integer not null,
  at_station integer not null, -- of all of them
  west double precision,
  south double precision,
  east double precision,
  north double precision
) with (fillfactor = 50);

-- What is there already; an imported archive gets no commit that would add it up.
insert into velolog.station_summary (feed_key, stations, bikes, docks, empty, "full", closed, unknown, west, south, east, north)
select feed.feed_key, count(*) filter (where present), sum(num_bikes_available) filter (where present), sum(num_docks_available) filter (where present),
  count(*) filter (where present and state = 'empty'), count(*) filter (where present and state = 'full'),
  count(*) filter (where present and state = 'closed'), count(*) filter (where present and state = 'unknown'),
  min(lon), min(lat), max(lon), max(lat)
from velolog.feed
join (
  select station.system_key, station.lat, station.lon, state.num_bikes_available, state.num_docks_available,
    velolog.station_state_of(state.num_bikes_available, state.num_docks_available, state.flags) as state,
    not exists (
      select from velolog.station_absence as absence
      where absence.station_key = state.station_key and absence.to_at is null and absence.from_at > state.observed_at
    ) as present
  from velolog.station_state as state
  join velolog.station using (station_key)
) as listed using (system_key)
where feed.feed = 'station_status'
group by feed.feed_key;

update velolog.station_summary as summary
set ebikes = told.ebikes, types_without_ebikes = told.types_without_ebikes
from velolog.feed
join (
  select system_key,
    sum(case
      when own is not null then own
      when is_unclear then null
      when has_electric then electric
    end) as ebikes,
    count(*) filter (where own is null and not is_unclear and not coalesce(has_electric, false) and is_whole) as types_without_ebikes
  from (
    select station.system_key,
      max(num_available) filter (where vehicle_type_key = 0) as own,
      coalesce(bool_or(num_available is distinct from 0 and (form_factor is null
          or form_factor in ('bicycle', 'cargo_bicycle') and propulsion_type is null)) filter (where vehicle_type_key <> 0), false)
        or coalesce(bool_or(is_electric and num_available is null) filter (where vehicle_type_key <> 0), false) as is_unclear,
      bool_or(is_electric) filter (where vehicle_type_key <> 0) as has_electric,
      sum(num_available) filter (where vehicle_type_key <> 0 and is_electric) as electric,
      bool_and(num_available is not null) filter (where vehicle_type_key <> 0) as is_whole
    from velolog.station_type_state
    join velolog.station_state as state using (station_key)
    join velolog.station using (station_key)
    left join lateral (
      select form_factor, propulsion_type, form_factor in ('bicycle', 'cargo_bicycle') and propulsion_type <> 'human' as is_electric
      from velolog.vehicle_type where vehicle_type.vehicle_type_key = station_type_state.vehicle_type_key
    ) as type on true
    where not exists (
      select from velolog.station_absence as absence
      where absence.station_key = state.station_key and absence.to_at is null and absence.from_at > state.observed_at
    )
    group by station.system_key, station.station_key
  ) as by_station
  group by system_key
) as told using (system_key)
where summary.feed_key = feed.feed_key;

insert into velolog.vehicle_summary (feed_key, available, reserved, disabled, at_station, west, south, east, north)
select stay.feed_key, count(*) filter (where state = 'available'), count(*) filter (where state = 'reserved'),
  count(*) filter (where state = 'disabled'), count(station_id),
  min(lon_e5) / 1e5::double precision, min(lat_e5) / 1e5::double precision, max(lon_e5) / 1e5::double precision, max(lat_e5) / 1e5::double precision
from velolog.vehicle_stay as stay
join (select feed_key, max(from_at) as from_at from velolog.observed_range group by feed_key) as lane on lane.feed_key = stay.feed_key
where stay.to_at is null and stay.from_at >= lane.from_at
group by stay.feed_key;
