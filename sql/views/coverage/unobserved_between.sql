-- unobserved_between(station_key, from, to): as gap_seconds, for one station and two of its observations however far apart.
-- Grain: one number.
-- It reads the gaps and absences of that time, so it is for single rows: station_change_between asks it for a count that was last told
-- before the row from which its window starts.
-- Reads: gap, known_absence, known_station. Read by: station_change_between.
create function api.unobserved_between(station_key integer, "from" timestamptz, "to" timestamptz) returns double precision
language sql stable parallel safe
security definer set search_path = pg_catalog
as $$
  select (
    coalesce((
      select sum(gap.seconds)
      from api.known_station
      join api.gap using (feed_key)
      where known_station.station_key = $1 and gap.ended_at > $2 and gap.ended_at <= $3
    ), 0)
    + coalesce((
      select sum(known_absence.seconds)
      from api.known_absence
      where known_absence.station_key = $1 and known_absence.ended_at > $2 and known_absence.ended_at <= $3
    ), 0)
  )::double precision
$$;
