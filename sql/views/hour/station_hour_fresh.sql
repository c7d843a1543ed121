-- station_hour_fresh(from, to, system_id, station_id): the hours that the table station_hour does not contain, computed from the rows: the newest
-- hours, and those in which a lane begins or ends (two lanes may share one), which never get there. For the latter, the parts from rows that retention has dropped were kept.
-- Grain: one row per station and UTC hour that begins between `from` and `to`, both included.
-- A building block, with the columns of the table.
-- Reads: observed_lane, station, station_hour_edge, station_hour_in, system. Read by: station_hour, station_hour_between.
create function api.station_hour_fresh(
  "from" timestamptz, "to" timestamptz, system_id text default null, station_id text default null
)
returns table (
  station_key integer, hour_at timestamptz,
  bikes_min smallint, bikes_mean double precision, bikes_max smallint,
  docks_min smallint, docks_mean double precision, docks_max smallint,
  observed_ms integer, empty_ms integer, full_ms integer, closed_ms integer, unknown_ms integer,
  arrivals integer, departures integer, largest_step smallint
)
language sql stable parallel safe cost 2000000 rows 1000
security definer set search_path = pg_catalog -- the reader may call it without rights on the tables
as $$
  with stretch as (
    select
      lane.system_key,
      station.station_key, -- null: all of them
      lane.from_at as lane_from_at,
      lane.to_at as lane_to_at,
      greatest(part.from_at, date_bin('1 hour', $1, 'epoch')) as from_at, -- else each month of an archive cost all of it
      least(part.to_at, date_bin('1 hour', $2, 'epoch') + interval '1 hour') as to_at
    from api.observed_lane as lane
    left join velolog.station on station.system_key = lane.system_key and station.station_id = $4
    cross join lateral (
      select
        date_bin('1 hour', lane.from_at + interval '1 hour - 1 microsecond', 'epoch') as at,
        date_bin('1 hour', lane.sealed_at + interval '1 hour - 1 microsecond', 'epoch') as at_after_seal
    ) as whole_hour
    cross join lateral (
      select lane.from_at, whole_hour.at as to_at
      union all
      select lane.sealed_at, whole_hour.at_after_seal
      union all
      select greatest(lane.final_to_at, whole_hour.at, whole_hour.at_after_seal), 'infinity'
    ) as part
    where ($3 is null or lane.system_id = $3)
      and ($4 is null or station.station_key is not null)
      and part.from_at < part.to_at
      and part.from_at < date_bin('1 hour', $2, 'epoch') + interval '1 hour'
      and part.to_at > $1
      and lane.to_at >= $1
  ),
  fresh as (
    select of_stretch.*
    from stretch
    cross join lateral api.station_hour_in(
      stretch.system_key, stretch.lane_from_at, stretch.lane_to_at, stretch.from_at, stretch.to_at, stretch.station_key
    ) as of_stretch
    where of_stretch.hour_at between $1 and $2
    union all
    select
      station_key, hour_at, bikes_min, bikes_max, docks_min, docks_max, bikes_ms, bikes_known_ms, docks_ms, docks_known_ms,
      observed_ms, empty_ms, full_ms, closed_ms, unknown_ms, arrivals, departures, largest_step
    from velolog.station_hour_edge
    where system_key = any (array(select system_key from velolog.system where $3 is null or system_id = $3))
      and hour_at between $1 and $2
      and ($4 is null or station_key in (select station_key from velolog.station where station_id = $4))
  )
  select
    fresh.station_key,
    fresh.hour_at,
    min(fresh.bikes_min),
    sum(fresh.bikes_ms)::double precision / nullif(sum(fresh.bikes_known_ms), 0),
    max(fresh.bikes_max),
    min(fresh.docks_min),
    sum(fresh.docks_ms)::double precision / nullif(sum(fresh.docks_known_ms), 0),
    max(fresh.docks_max),
    sum(fresh.observed_ms)::integer,
    sum(fresh.empty_ms)::integer,
    sum(fresh.full_ms)::integer,
    sum(fresh.closed_ms)::integer,
    sum(fresh.unknown_ms)::integer,
    sum(fresh.arrivals)::integer,
    sum(fresh.departures)::integer,
    max(fresh.largest_step)
  from fresh
  group by fresh.station_key, fresh.hour_at
$$;
