-- outage_episode_between(from, to, system_id, station_id, leave_out_flagged): the rows of outage_episode that overlap the time from `from` to `to`,
-- for one station, one system or all.
-- Grain: one row per spell of a station in the state empty, full or closed. Spells are whole: from_at, to_at and duration_seconds are
-- the spell's own, even if it began before the window or ended after it.
-- leave_out_flagged: omits spells during which the station was frozen (flagged_station_between), because its true state is not known. By default all are included.
-- Reads: flagged_station_between, station_spell_between. Read by: packages/live, docs, dashboards.
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
  select * from api.station_spell_between("from", "to", system_id, station_id) as spell
  where spell.state in ('empty', 'full', 'closed') and not (leave_out_flagged and exists (
    select from api.flagged_station_between(spell.from_at, coalesce(spell.to_at, 'infinity'), spell.system_id) as flagged
    where flagged.station_id = spell.station_id
  ));
end;
