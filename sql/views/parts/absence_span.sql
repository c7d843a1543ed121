-- absence_span: from when until when a station was missing from its system's list.
-- Grain: one row per absence. from_at is the first list without the station, last_seen_at the last list with it before, and to_at the first list
-- with it again. If imported history left the absence open, to_at is the station's next row or the beginning of the next lane, whichever comes
-- first. An absence that still lasts has no end (`infinity`).
-- A building block.
-- Reads: lane_starts, station, station_absence, station_status. Read by: ebike_count_between, station_step_between, system_count_between.
create view api.absence_span as
select
  absence.station_key,
  absence.last_seen_at,
  absence.from_at,
  coalesce(absence.to_at, (
    select least(
      (
        select min(report.observed_at)
        from velolog.station_status as report
        where report.station_key = absence.station_key and report.observed_at > absence.from_at
      ),
      lane.starts[width_bucket(absence.from_at, lane.starts) + 1],
      'infinity'
    )
    from velolog.station
    join api.lane_starts as lane using (system_key)
    where station.station_key = absence.station_key
  )) as to_at
from velolog.station_absence as absence;
