-- station_spell: the whole observed time of each station, cut into spells of one state.
-- Grain: one row per spell: a stretch of observation without a pause in which the state (ok, empty, full, closed, unknown; see
-- velolog.station_state_of in the migrations) stayed the same. A spell that only one poll observed lasts 0 s.
-- The LAG that finds them, its order and its first row are those of station_spell_in. Spells up to the last whole hour come
-- from the table station_spell, the rest is computed on request, and the two halves of a spell that goes on are joined.
-- While the spell goes on (is_open), to_at is null: the station was still in this state at the system's newest poll with stations. The newest
-- spell of imported history of a system that is not polled is not open: it ends at its last observation.
-- duration_seconds of an open spell reaches to that poll. start_observed and end_observed are false if the time just before or just after was
-- not observed (the feed did not answer, was not polled or did not list the station), so the true spell may have been longer.
-- Reads: observed_lane, station, station_spell, station_spell_in, system. Read by: outage_episode.
create view api.station_spell as
with spell as (
  select station_key, state, from_at, to_at, start_observed, end_observed, false as is_open
  from velolog.station_spell
  where end_observed is not null
  union all
  select
    fresh.station_key,
    fresh.state,
    coalesce(going_on.from_at, fresh.from_at),
    fresh.to_at,
    coalesce(going_on.start_observed, fresh.start_observed, false),
    fresh.end_observed,
    lane.is_polled and not fresh.end_observed and fresh.to_at = lane.last_observed_at
  from api.observed_lane as lane
  cross join lateral api.station_spell_in(
    lane.system_key, lane.from_at, lane.to_at, lane.final_to_at, 'infinity'
  ) as fresh
  left join velolog.station_spell as going_on
    on going_on.station_key = fresh.station_key
    and going_on.end_observed is null
    and going_on.to_at = lane.final_to_at
    and fresh.start_observed is null
)
select
  system.system_id,
  station.station_id,
  station.name,
  station.lat,
  station.lon,
  spell.state,
  spell.from_at,
  case when not spell.is_open then spell.to_at end as to_at,
  spell.is_open,
  date_part('epoch', spell.to_at - spell.from_at) as duration_seconds,
  spell.start_observed,
  spell.end_observed
from spell
join velolog.station using (station_key)
join velolog.system using (system_key);
