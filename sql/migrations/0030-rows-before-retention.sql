-- Older workers: go on
-- What retention leaves of the months that it drops: the last row of each station whose lane goes on after the month, and what each count last was.
-- A station that has not changed since still has these values, and its next change is compared with them. An older worker leaves nothing.
create table velolog.station_status_before (
  observed_at timestamptz not null,
  last_reported timestamptz,
  station_key integer not null references velolog.station,
  num_bikes_available smallint,
  num_docks_available smallint,
  num_bikes_disabled smallint,
  num_docks_disabled smallint,
  flags smallint not null,
  -- Each count as last told, here or in an older row, and when.
  bikes_known_at timestamptz,
  bikes_known smallint,
  docks_known_at timestamptz,
  docks_known smallint,
  primary key (station_key, observed_at)
);

-- Of months that were dropped before, the last known states are left.
insert into velolog.station_status_before
select observed_at, last_reported, station_key, num_bikes_available, num_docks_available, num_bikes_disabled, num_docks_disabled, flags,
  case when num_bikes_available is not null then observed_at end, num_bikes_available,
  case when num_docks_available is not null then observed_at end, num_docks_available
from velolog.station_state as state
where not exists (
  select from velolog.station_status as status
  where status.station_key = state.station_key and status.observed_at = state.observed_at
);
