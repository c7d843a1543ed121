-- Older workers: go on
-- What retention leaves of counts by vehicle type, as station_status_before does of a station's counts. An older worker leaves nothing.
create table velolog.station_type_status_before (
  observed_at timestamptz not null,
  station_key integer not null references velolog.station,
  vehicle_type_key integer not null,
  num_available smallint,
  primary key (station_key, vehicle_type_key, observed_at)
);

-- Of months that were dropped before, the last known counts are left.
insert into velolog.station_type_status_before (observed_at, station_key, vehicle_type_key, num_available)
select observed_at, station_key, vehicle_type_key, num_available
from velolog.station_type_state as state
where not exists (
  select from velolog.station_type_status as status
  where status.station_key = state.station_key and status.vehicle_type_key = state.vehicle_type_key and status.observed_at = state.observed_at
);
