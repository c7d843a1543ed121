-- outage_episode_between(from, to, system_id, station_id): the rows of outage_episode that touch the time from `from` to `to`,
-- of one station, one system or all.
-- Grain: one row per spell of a station in the state empty, full or closed, whole: from_at, to_at and duration_seconds are
-- the spell's own, also where it began before the window or ended after it.
-- Reads: station_spell_between. Read by: packages/live, docs, dashboards.
create function api.outage_episode_between(
  "from" timestamptz, "to" timestamptz, system_id text default null, station_id text default null
)
returns table (
  system_id text, station_id text, name text, lat double precision, lon double precision,
  state text, from_at timestamptz, to_at timestamptz, is_open boolean, duration_seconds double precision,
  start_observed boolean, end_observed boolean
)
language sql stable parallel safe
begin atomic
  select * from api.station_spell_between("from", "to", system_id, station_id) as spell where spell.state in ('empty', 'full', 'closed');
end;
