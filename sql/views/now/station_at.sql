-- station_at(time, system_id, stations_of_each): station_current as it was at a given time, for one system or all. Maps of a past time use it.
-- With stations_of_each at most so many stations of each system that have a place, chosen by a hash: large systems are thinned evenly. A map of
-- the whole catalogue thus costs what it draws.
-- Grain: one row per station that a station_status had listed by then, within the lane (see observed_lane) that contains or precedes the time.
-- The columns are those of station_current. If the feed was not observed at that time (it did not answer, was not polled, or the archive had
-- ended), the state, state_since and all values are null, and observed_at is the last observation before.
-- Within a run of polls, which are not stored one by one, observed_at and last_observed_at are the time itself; otherwise they are the last
-- poll before it. age_seconds is the age at the time asked for. Name, place and capacity are today's.
-- For a month whose rows retention has dropped, only the spells remain: the state is known, and the numbers are null until a station's last row of it.
-- No LAG: an index finds each station's row. state_since comes from the rolled-up spells and the few rows after them, so the cost does not
-- grow with history.
-- Reads: feed, flag, observed_lane, region, seen_span, station, station_absence, station_current, station_spell, station_state, station_state_of, station_status, station_status_before, station_type_status, station_type_status_before, system, vehicle_type. Read by: packages/store, packages/live, docs, dashboards.
create function api.station_at("time" timestamptz, system_id text default null, stations_of_each integer default null)
returns setof api.station_current
language sql stable parallel safe cost 1000000 rows 250
security definer set search_path = pg_catalog -- the reader may call it without rights on the tables
as $$
  with lane as materialized (
    select
      newest.system_id,
      newest.system_key,
      newest.from_at,
      newest.final_to_at,
      seen.to_at >= $1 as is_seen,
      least(seen.polled_at, $1) as observed_at,
      feed.last_polled_at is null or feed.last_polled_at < feed.last_fetched_at as is_archive
    from velolog.system
    join velolog.feed on feed.system_key = system.system_key and feed.feed = 'station_status'
    cross join lateral (
      select lane.system_id, lane.system_key, lane.from_at, lane.final_to_at
      from api.observed_lane as lane
      where lane.system_key = system.system_key and lane.from_at <= $1
      order by lane.from_at desc
      limit 1
    ) as newest
    cross join lateral (
      select span.polled_at, span.to_at
      from api.seen_span as span
      where span.system_key = system.system_key and span.from_at between newest.from_at and $1
      order by span.from_at desc
      limit 1
    ) as seen
    where $2 is null or system.system_id = $2
  )
  select
    lane.system_id,
    station.station_id,
    station.name,
    station.lat,
    station.lon,
    station.capacity,
    station.first_observed_at,
    coalesce(absent.last_seen_at, lane.observed_at),
    case when lane.is_seen then report.num_bikes_available end,
    case when lane.is_seen then report.num_docks_available end,
    case when lane.is_seen then report.num_bikes_disabled end,
    case when lane.is_seen then report.num_docks_disabled end,
    case when lane.is_seen then velolog.flag(report.flags, 0) end,
    case when lane.is_seen then velolog.flag(report.flags, 1) end,
    case when lane.is_seen then velolog.flag(report.flags, 2) end,
    case when lane.is_seen then case when absent.from_at is not null then 'absent' else report.state end end,
    case when lane.is_seen then coalesce(absent.from_at, greatest(since.at, absence.to_at)) end,
    coalesce(absent.last_seen_at, lane.observed_at),
    date_part('epoch', $1 - coalesce(absent.last_seen_at, lane.observed_at)),
    lane.is_archive,
    case when lane.is_seen then coalesce(
    (
      select own.num_available
      from (
        (
          select type_status.observed_at, type_status.num_available
          from velolog.station_type_status as type_status
          where type_status.station_key = station.station_key and type_status.vehicle_type_key = 0
            and type_status.observed_at between lane.from_at and $1
          order by type_status.observed_at desc
          limit 1
        )
        union all
        select kept.observed_at, kept.num_available
        from velolog.station_type_status_before as kept
        where kept.station_key = station.station_key and kept.vehicle_type_key = 0 and kept.observed_at between lane.from_at and $1
      ) as own
      order by own.observed_at desc
      limit 1
    ),
    (
      select
        case
          -- Vehicles of an undefined type may be e-bikes, too.
          when bool_or(typed.num_available is distinct from 0 and (typed.form_factor is null
            or typed.form_factor in ('bicycle', 'cargo_bicycle') and typed.propulsion_type is null)) then null
          when bool_or(typed.is_electric and typed.num_available is null) then null
          when bool_or(typed.is_electric) then sum(typed.num_available) filter (where typed.is_electric)
          when bool_and(typed.num_available is not null) and exists (
            select from velolog.vehicle_type as electric
            where electric.system_key = station.system_key and electric.form_factor in ('bicycle', 'cargo_bicycle')
              and electric.propulsion_type <> 'human'
          ) then 0
        end
      from (
        select
          counted.num_available, type.form_factor, type.propulsion_type,
          type.form_factor in ('bicycle', 'cargo_bicycle') and type.propulsion_type <> 'human' as is_electric
        from (
          -- From one type that the station ever had to the next, and of each its last row: a station has thousands of rows of few types.
          with recursive listed (vehicle_type_key) as (
            select 0
            union all
            select least(
              (
                select min(type_status.vehicle_type_key)
                from velolog.station_type_status as type_status
                where type_status.station_key = station.station_key and type_status.vehicle_type_key > listed.vehicle_type_key
              ),
              (
                select min(kept.vehicle_type_key)
                from velolog.station_type_status_before as kept
                where kept.station_key = station.station_key and kept.vehicle_type_key > listed.vehicle_type_key
              )
            )
            from listed
            where listed.vehicle_type_key is not null
          )
          select listed.vehicle_type_key, newest.num_available
          from listed
          cross join lateral (
            select latest.num_available
            from (
              (
                select type_status.observed_at, type_status.num_available
                from velolog.station_type_status as type_status
                where type_status.station_key = station.station_key and type_status.vehicle_type_key = listed.vehicle_type_key
                  and type_status.observed_at between lane.from_at and $1
                order by type_status.observed_at desc
                limit 1
              )
              union all
              select kept.observed_at, kept.num_available
              from velolog.station_type_status_before as kept
              where kept.station_key = station.station_key and kept.vehicle_type_key = listed.vehicle_type_key and kept.observed_at between lane.from_at and $1
            ) as latest
            order by latest.observed_at desc
            limit 1
          ) as newest
        ) as counted
        join velolog.vehicle_type as type using (vehicle_type_key)
      ) as typed
    )
  )::integer end,
    coalesce((
      select region.name from velolog.region where region.system_key = station.system_key and region.region_id = station.region_id
    ), station.region_id)
  from lane
  cross join lateral (
    select *
    from velolog.station as of_system
    where of_system.system_key = lane.system_key and ($3 is null or of_system.lat is not null and of_system.lon is not null)
    order by case when $3 is not null then hashint4(of_system.station_key) end
    limit $3
  ) as station
  cross join lateral (
    select *
    from (
      (
        select
          observed_at, num_bikes_available, num_docks_available, num_bikes_disabled, num_docks_disabled, flags,
          velolog.station_state_of(num_bikes_available, num_docks_available, flags) as state,
          1 as preference
        from velolog.station_status
        where station_key = station.station_key and observed_at between lane.from_at and $1
        order by observed_at desc
        limit 1
      )
      union all
      select
        observed_at, num_bikes_available, num_docks_available, num_bikes_disabled, num_docks_disabled, flags,
        velolog.station_state_of(num_bikes_available, num_docks_available, flags),
        2
      from velolog.station_state
      where station_key = station.station_key and observed_at between lane.from_at and $1
      union all
      (
        select
          observed_at, num_bikes_available, num_docks_available, num_bikes_disabled, num_docks_disabled, flags,
          velolog.station_state_of(num_bikes_available, num_docks_available, flags),
          3
        from velolog.station_status_before
        where station_key = station.station_key and observed_at between lane.from_at and $1
        order by observed_at desc
        limit 1
      )
      union all
      (
        select from_at, null, null, null, null, null, state, 4
        from velolog.station_spell
        where station_key = station.station_key and from_at between lane.from_at and $1
        order by from_at desc
        limit 1
      )
    ) as row_or_last_state_or_spell
    order by preference
    limit 1
  ) as report
  left join lateral (
    select last_seen_at, from_at, to_at
    from velolog.station_absence
    where station_key = station.station_key and from_at between lane.from_at and $1
    order by from_at desc
    limit 1
  ) as absence on true
  cross join lateral (
    select case when is_absent then absence.from_at end as from_at, case when is_absent then absence.last_seen_at end as last_seen_at
    from (
      -- An absence that imported history left open ends with the station's next row.
      select case when absence.to_at is null then absence.from_at > report.observed_at else absence.to_at > $1 end as is_absent
    ) as judged
  ) as absent
  cross join lateral (
    select
      (
        select max(observed_at)
        from velolog.station_status
        where station_key = station.station_key
          and observed_at between lane.final_to_at and $1
          and velolog.station_state_of(num_bikes_available, num_docks_available, flags) <> report.state
      ) as row_at,
      -- One look-up in the index for each state: many spells of the same state may lie between.
      (
        select max(of_state.from_at)
        from unnest(array['ok', 'empty', 'full', 'closed', 'unknown']) as name
        cross join lateral (
          select from_at
          from velolog.station_spell
          where station_key = station.station_key and state = name and from_at between lane.from_at and $1
          order by from_at desc
          limit 1
        ) as of_state
        where name <> report.state
      ) as spell_at
  ) as other
  cross join lateral (
    select
      case
        when other.row_at is null then (
          select min(from_at)
          from velolog.station_spell
          where station_key = station.station_key
            and from_at between lane.from_at and $1
            and from_at > coalesce(other.spell_at, '-infinity')
        )
      end as spell_at
  ) as first
  cross join lateral (
    select coalesce(first.spell_at, (
      select min(observed_at)
      from velolog.station_status
      where station_key = station.station_key
        and observed_at between lane.final_to_at and $1
        and observed_at > coalesce(other.row_at, '-infinity')
    ), report.observed_at) as at
  ) as since
$$;
