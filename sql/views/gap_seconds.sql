-- gap_seconds(station, a, b): the part of the time from a to b, two observations of a station, in which nobody looked:
-- the feed did not answer, was not polled, or did not list the station.
-- Grain: one number. The caller passes its row of api.observation, so that it is read once and not for each change.
-- Time in an absence during which the feed was not observed either counts once.
-- Reads: station_absence. Read by: station_change, station_change_between, which call it only where there is a gap.
create function api.gap_seconds(
  station_key integer, a timestamptz, b timestamptz, starts timestamptz[], unobserved_seconds double precision[]
) returns double precision
language sql stable parallel safe security definer set search_path = pg_catalog
return
  unobserved_seconds[width_bucket(b, starts)] - unobserved_seconds[width_bucket(a, starts)]
  + coalesce((
    select sum(
      extract(epoch from absence.to_at - absence.last_seen_at)
      - unobserved_seconds[width_bucket(absence.to_at, starts)]
      + unobserved_seconds[width_bucket(absence.last_seen_at, starts)]
    )
    from velolog.station_absence as absence
    where absence.station_key = gap_seconds.station_key and absence.last_seen_at >= a and absence.to_at <= b
  ), 0);
