-- outage_episode_between(from, to, system_id, station_id, leave_out_flagged): the rows of outage_episode that overlap the time from `from` to `to`,
-- for one station, one system or all.
-- Grain: one row per spell of a station in the state empty, full or closed. Spells are whole: from_at, to_at and duration_seconds are
-- the spell's own, even if it began before the window or ended after it.
-- leave_out_flagged: omits spells during which the station was frozen (flagged_station_between), because its true state is not known. By default all are included.
-- For all systems at once it goes through the spells in one pass, with names and places joined to what is found, and what is rolled up beside
-- what is not, in two processes. For one system or station it looks up each station (station_spell_between). Both give the same rows.
-- Reads: flagged_station_between, outage_episode_fresh, rolled_spell, station_spell_between. Read by: packages/live, docs, dashboards.
create function api.outage_episode_between(
  "from" timestamptz, "to" timestamptz, system_id text default null, station_id text default null, leave_out_flagged boolean default false
)
returns table (
  system_id text, station_id text, name text, lat double precision, lon double precision,
  state text, from_at timestamptz, to_at timestamptz, is_open boolean, duration_seconds double precision,
  start_observed boolean, end_observed boolean
)
language sql stable parallel safe
begin atomic
  select spell.*
  from (
    select of_some.*
    from api.station_spell_between("from", "to", outage_episode_between.system_id, outage_episode_between.station_id) as of_some
    where outage_episode_between.system_id is not null or outage_episode_between.station_id is not null
    union all
    select
      of_all.system_id, of_all.station_id, of_all.name, of_all.lat, of_all.lon, of_all.state, of_all.from_at,
      case when not of_all.is_open then of_all.to_at end,
      of_all.is_open,
      date_part('epoch', of_all.to_at - of_all.from_at),
      of_all.start_observed,
      of_all.end_observed
    from (
      select system_id, station_id, name, lat, lon, state, from_at, to_at, is_open, start_observed, end_observed
      from api.rolled_spell
      union all
      select * from api.outage_episode_fresh("from")
    ) as of_all
    where outage_episode_between.system_id is null and outage_episode_between.station_id is null
      and of_all.from_at <= "to" and of_all.to_at >= "from"
  ) as spell
  where spell.state in ('empty', 'full', 'closed') and not (leave_out_flagged and exists (
    select from api.flagged_station_between(spell.from_at, coalesce(spell.to_at, 'infinity'), spell.system_id) as flagged
    where flagged.station_id = spell.station_id
  ));
end;
