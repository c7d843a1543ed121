-- outage_episode: each spell in which a station was empty, full or closed.
-- Grain: one row per spell of a station in one of these states. Empty: no bike, or the station does not rent. Full: no
-- dock, or it takes none back. Closed: not installed, or neither. A station that goes from empty to closed has two.
-- to_at is null while the spell goes on (is_open): the system's newest poll with stations still saw it; duration_seconds
-- then reaches to that poll, also when it was long ago: nobody has looked since. end_observed is false then too. Imported history
-- that nobody polls has no open spell. A spell is cut at a pause of observation (the feed did not
-- answer, was not polled, or did not list the station), ends at the last poll before it, and says so: end_observed, and
-- start_observed of one that begins after it, are false.
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
