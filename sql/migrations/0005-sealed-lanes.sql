-- What stays of a lane whose rows retention drops: whole hours and spells were rolled up before, but not the hours in which
-- the lane begins and ends, because two lanes may share one, and not the spells that go on at its end.

-- Up to when such a lane has nothing left to work out; null: its rows are there.
alter table velolog.rolled_range add column sealed_at timestamptz;

-- The parts of an hour that the rows of dropped months gave. Sums, so that those of two lanes can be added to each other, and to
-- what is worked out from rows that are still there.
create table velolog.station_hour_edge (
  hour_at timestamptz not null,
  bikes_ms bigint not null,
  docks_ms bigint not null,
  system_key integer not null references velolog.system,
  station_key integer not null references velolog.station,
  bikes_known_ms integer not null,
  docks_known_ms integer not null,
  observed_ms integer not null,
  empty_ms integer not null,
  full_ms integer not null,
  closed_ms integer not null,
  unknown_ms integer not null,
  arrivals integer not null,
  departures integer not null,
  bikes_min smallint,
  bikes_max smallint,
  docks_min smallint,
  docks_max smallint,
  largest_step smallint not null,
  primary key (station_key, hour_at)
);
create index station_hour_edge_of_system on velolog.station_hour_edge (system_key, hour_at);
