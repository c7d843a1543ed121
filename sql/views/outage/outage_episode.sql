-- outage_episode: each spell in which a station was empty, full or closed.
-- Grain: one row per spell of a station in one of these states. Empty: no bike, or the station does not rent. Full: no
-- dock, or it takes none back. Closed: not installed, or neither. A station that goes from empty to closed has two.
-- While the spell goes on (is_open), to_at is null and end_observed is false: the station was still in this state at the system's newest poll
-- with stations. duration_seconds reaches to that poll, even if it was long ago, because nothing has been observed since. Imported history
-- of a system that is not polled has no open spell. A pause of observation (the feed did not answer, was not polled, or did
-- not list the station) cuts a spell: the part before ends at the last poll before the pause, with end_observed false, and
-- the part after it has start_observed false.
-- The view reads the whole history. For a window of time ask outage_episode_between, which does not.
-- Reads: station_spell. Read by: docs.
create view api.outage_episode as
select
  system_id,
  station_id,
  name,
  lat,
  lon,
  state,
  from_at,
  to_at,
  is_open,
  duration_seconds,
  start_observed,
  end_observed
from api.station_spell
where state in ('empty', 'full', 'closed');
