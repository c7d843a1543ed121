-- known_spell: the spells of station_spell, with the end of each as far as it was observed.
-- Grain: one row per spell of station_spell. to_at is never null: an open spell reaches to the newest poll with stations. lane_to_at is the end of the
-- stretch of records that the spell lies in (`infinity` if it is rolled up): whoever asks for spells after a time leaves out the stretches that
-- ended before it, because the spells after the last roll-up are worked out on request.
-- A building block.
-- Reads: observed_lane, rolled_spell, station, station_spell, station_spell_in. Read by: station_spell.
create view api.known_spell as
select rolled_spell.*, timestamptz 'infinity' as lane_to_at
from api.rolled_spell
union all
select
  lane.system_id,
  station.station_id,
  station.name,
  station.lat,
  station.lon,
  fresh.state,
  coalesce(going_on.from_at, fresh.from_at),
  fresh.to_at,
  lane.is_polled and not fresh.end_observed and fresh.to_at = lane.last_observed_at,
  coalesce(going_on.start_observed, fresh.start_observed, false),
  fresh.end_observed,
  lane.to_at
from api.observed_lane as lane
cross join lateral api.station_spell_in(
  lane.system_key, lane.from_at, lane.to_at, lane.final_to_at, 'infinity'
) as fresh
join velolog.station using (station_key)
left join velolog.station_spell as going_on
  on going_on.station_key = fresh.station_key
  and going_on.end_observed is null
  and going_on.to_at = lane.final_to_at
  and fresh.start_observed is null;
