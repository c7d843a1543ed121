-- outage_episode_fresh(from): the outages of all systems in the time that is not rolled up yet, worked out in one pass.
-- Grain: one row per spell of a station in the state empty, full or closed that ended after the last roll-up of its lane, or goes on. The columns are
-- those of known_spell. A lane (observed_lane) that ended before `from` is left out.
-- Gives what station_spell_in gives system by system; with a thousand systems that costs four times as much.
-- The planner cannot know how many stations changed since the last roll-up, and guesses one. Nested loops of such guesses took minutes with a
-- thousand systems, so they are off where another way of joining exists.
-- LAG runs per station in order of our fetch time, over the rows since the last roll-up. The row before the first is the spell that went on at the
-- roll-up, or, without one, the last row before it. A station whose last known state began before the roll-up needs no row at all.
-- Of lanes with a station that left the list or came back since, that station is taken from station_spell_in. One that left before and is still away has no spell here.
-- A building block.
-- Reads: coverage, observed_lane, station, station_absence, station_spell, station_spell_in, station_state, station_state_of, station_status. Read by: outage_episode_between.
create function api.outage_episode_fresh("from" timestamptz)
returns table (
  system_id text, station_id text, name text, lat double precision, lon double precision,
  state text, from_at timestamptz, to_at timestamptz, is_open boolean, start_observed boolean, end_observed boolean
)
language sql stable parallel safe cost 2000000 rows 10000
set enable_nestloop = off set work_mem = '32MB'
security definer set search_path = pg_catalog -- the reader may call it without rights on the tables
as $$
  with lane as materialized (
    select
      row_number() over () as number,
      lane.system_id, lane.system_key, lane.feed_key, lane.from_at, lane.to_at, lane.final_to_at, lane.last_observed_at, lane.is_polled
    from api.observed_lane as lane
    where lane.to_at >= $1
  ),
  run as materialized (
    select lane.number, lane.system_id, lane.final_to_at, lane.last_observed_at, lane.is_polled, span.from_at, span.to_at
    from lane
    join velolog.coverage as span using (feed_key)
    where span.outcome = 'observed'
      and span.from_at between lane.from_at and lane.to_at
      and span.to_at >= lane.final_to_at
      -- Spans do not overlap, so of those that began before the roll-up only the last can reach it.
      and span.from_at >= coalesce((
        select max(earlier.from_at)
        from velolog.coverage as earlier
        where earlier.feed_key = lane.feed_key and earlier.from_at between lane.from_at and lane.final_to_at
      ), lane.from_at)
  ),
  known as materialized (
    select
      station.number,
      station.station_key,
      station.from_at as lane_from_at,
      station.to_at as lane_to_at,
      station.final_to_at,
      going_on.from_at as going_on_from_at,
      going_on.start_observed as going_on_start_observed,
      going_on.state as state_before,
      last.state_since,
      velolog.station_state_of(last.num_bikes_available, last.num_docks_available, last.flags) as state,
      is_quiet,
      case
        when away.first_at between station.from_at and station.to_at and away.last_seen_at < station.final_to_at then 'away'
        when away.last_at >= station.from_at and away.first_at <= station.to_at or not is_quiet and exists (
          select
          from velolog.station_absence as back
          where back.station_key = station.station_key
            and back.from_at between station.from_at and station.to_at
            and back.to_at >= station.final_to_at
        ) then 'left or came back'
        else 'present'
      end as presence
    from (
      select lane.number, lane.from_at, lane.to_at, lane.final_to_at, of_system.station_key
      from lane
      join velolog.station as of_system using (system_key)
    ) as station
    left join velolog.station_state as last using (station_key)
    left join velolog.station_spell as going_on
      on going_on.station_key = station.station_key and going_on.end_observed is null and going_on.to_at = station.final_to_at
    left join (
      select station_key, min(from_at) as first_at, max(from_at) as last_at, min(last_seen_at) as last_seen_at
      from velolog.station_absence
      where to_at is null
      group by station_key
    ) as away on away.station_key = station.station_key
    cross join lateral (
      select coalesce(
        last.state_since >= station.from_at and last.state_since < station.final_to_at and last.observed_at <= station.to_at, false
      ) as is_quiet
    ) as judged
    where not is_quiet or velolog.station_state_of(last.num_bikes_available, last.num_docks_available, last.flags) in ('empty', 'full', 'closed')
  ),
  report as (
    select known.number, known.station_key, known.going_on_from_at, known.going_on_start_observed, known.going_on_from_at as observed_at, known.state_before as state
    from known
    where known.state_before is not null and not known.is_quiet and known.presence = 'present'
    union all
    select known.number, known.station_key, null, null, before.observed_at, before.state
    from known
    cross join lateral (
      select observed_at, velolog.station_state_of(num_bikes_available, num_docks_available, flags) as state
      from velolog.station_status
      where station_key = known.station_key and observed_at >= known.lane_from_at and observed_at < known.final_to_at
      order by observed_at desc
      limit 1
    ) as before
    where known.state_before is null and not known.is_quiet and known.presence = 'present'
    union all
    select
      known.number, known.station_key, known.going_on_from_at, known.going_on_start_observed,
      since.observed_at, velolog.station_state_of(since.num_bikes_available, since.num_docks_available, since.flags)
    from known
    cross join lateral (
      select observed_at, num_bikes_available, num_docks_available, flags
      from velolog.station_status
      where station_key = known.station_key and observed_at between known.final_to_at and known.lane_to_at
      offset 0 -- by the index, station by station: a join may read a whole month
    ) as since
    where not known.is_quiet and known.presence = 'present'
  ),
  change as (
    select
      number, station_key, going_on_from_at, going_on_start_observed,
      state, state_since as observed_at, null as previous_state, timestamptz 'infinity' as next_at
    from known
    where is_quiet and presence = 'present'
    union all
    select
      number, station_key, going_on_from_at, going_on_start_observed,
      state, observed_at, previous_state,
      lead(observed_at, 1, 'infinity') over (partition by number, station_key order by observed_at)
    from (
      select report.*, lag(state) over (partition by number, station_key order by observed_at) as previous_state
      from report
    ) as compared
    where previous_state is distinct from state
  ),
  odd as materialized (
    select number, station_key from known where presence = 'left or came back'
  ),
  spell as (
    select
      run.system_id,
      change.station_key,
      change.state,
      case when part.from_at < run.final_to_at then coalesce(change.going_on_from_at, run.final_to_at) else part.from_at end as from_at,
      part.to_at,
      run.is_polled and part.to_at < change.next_at and part.to_at = run.last_observed_at as is_open,
      case
        when part.from_at < run.final_to_at then coalesce(change.going_on_start_observed, false)
        else part.from_at > run.from_at and change.previous_state is not null
      end as start_observed,
      part.to_at = change.next_at as end_observed
    from change
    join run using (number)
    cross join lateral (
      select greatest(change.observed_at, run.from_at) as from_at, least(change.next_at, run.to_at) as to_at
    ) as part
    where change.state in ('empty', 'full', 'closed')
      and part.from_at < change.next_at
      and part.from_at <= part.to_at
      and part.to_at >= run.final_to_at
    union all
    select
      lane.system_id,
      of_lane.station_key,
      of_lane.state,
      coalesce(going_on.from_at, of_lane.from_at),
      of_lane.to_at,
      lane.is_polled and not of_lane.end_observed and of_lane.to_at = lane.last_observed_at,
      coalesce(going_on.start_observed, of_lane.start_observed, false),
      of_lane.end_observed
    from lane
    cross join lateral api.station_spell_in(lane.system_key, lane.from_at, lane.to_at, lane.final_to_at, 'infinity') as of_lane
    left join velolog.station_spell as going_on
      on going_on.station_key = of_lane.station_key
      and going_on.end_observed is null
      and going_on.to_at = lane.final_to_at
      and of_lane.start_observed is null
    where lane.number in (select number from odd)
      and (lane.number, of_lane.station_key) in (select number, station_key from odd)
      and of_lane.state in ('empty', 'full', 'closed')
  )
  select
    spell.system_id, station.station_id, station.name, station.lat, station.lon,
    spell.state, spell.from_at, spell.to_at, spell.is_open, spell.start_observed, spell.end_observed
  from spell
  join velolog.station using (station_key)
$$;
