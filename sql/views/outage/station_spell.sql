-- station_spell: the whole observed time of each station, cut into spells of one state.
-- Grain: one row per spell: a stretch of observation without a pause in which the state (ok, empty, full, closed, unknown; see
-- velolog.station_state_of in the migrations) stayed the same. A spell that only one poll observed lasts 0 s.
-- The LAG that finds them, its order and its first row are those of station_spell_in. Spells up to the last whole hour come
-- from the table station_spell, the rest is computed on request, and the two halves of a spell that goes on are joined.
-- While the spell goes on (is_open), to_at is null: the station was still in this state at the system's newest poll with stations. The newest
-- spell of imported history of a system that is not polled is not open: it ends at its last observation.
-- duration_seconds of an open spell reaches to that poll. start_observed and end_observed are false if the time just before or just after was
-- not observed (the feed did not answer, was not polled or did not list the station), so the true spell may have been longer.
-- Reads: known_spell. Read by: outage_episode.
create view api.station_spell as
select
  system_id,
  station_id,
  name,
  lat,
  lon,
  state,
  from_at,
  case when not is_open then to_at end as to_at,
  is_open,
  date_part('epoch', to_at - from_at) as duration_seconds,
  start_observed,
  end_observed
from api.known_spell;
