-- rolled_spell: the spells of station_spell that are over, as they were rolled up.
-- Grain: one row per spell that ended before the last roll-up of its lane. The columns are those of known_spell, but is_open is always false.
-- Each spell has a station, and each station a system. They are joined so that a question that needs no names does not read them.
-- A building block.
-- Reads: station, station_spell, system. Read by: known_spell, outage_episode_between.
create view api.rolled_spell as
select
  system.system_id,
  station.station_id,
  station.name,
  station.lat,
  station.lon,
  spell.state,
  spell.from_at,
  spell.to_at,
  false as is_open,
  spell.start_observed,
  spell.end_observed
from velolog.station_spell as spell
left join velolog.station using (station_key)
left join velolog.system using (system_key)
where spell.end_observed is not null;
