-- The tables behind the views. Nobody but packages/store reads or writes them; readers use the schema `api`.
-- Names are those of GBFS. Absent is null, never 0. Time is the time of our fetch (observed_at).

create table velolog.system (
  system_key integer generated always as identity primary key,
  system_id text not null unique,
  name text,
  operator text,
  timezone text,
  url text,
  license_url text
);

create table velolog.station (
  station_key integer generated always as identity primary key,
  system_key integer not null references velolog.system,
  station_id text not null,
  name text,
  lat double precision,
  lon double precision,
  capacity integer,
  first_observed_at timestamptz, -- in station_status; null while only station_information lists the station
  unique (system_key, station_id)
);

-- One row when a stored value of a station differs from its last known state, else none.
-- last_reported is the value that came with the row: a fact, never a reason for a row (see docs/adr/0002).
-- Eight columns and this order on purpose: with eight, the null bitmap fits the 24 byte header, and
-- 8 + 8 + 4 + 5 * 2 bytes pad to 32, so that a change takes 60 bytes of heap with or without nulls.
create table velolog.station_status (
  observed_at timestamptz not null,
  last_reported timestamptz,
  station_key integer not null,
  num_bikes_available smallint,
  num_docks_available smallint,
  num_bikes_disabled smallint,
  num_docks_disabled smallint,
  flags smallint not null, -- is_installed, is_renting, is_returning: see velolog.flag()
  primary key (station_key, observed_at)
) partition by range (observed_at);

-- Rows come in live order, so a block holds a few minutes: one entry per 32 blocks finds a window of time.
create index station_status_observed_at on velolog.station_status using brin (observed_at) with (pages_per_range = 32);

-- The last known state of each station: what the next poll is compared with, and what station_current shows.
-- Updated in place for ever; the free half of each page keeps the updates off the index (HOT).
create table velolog.station_state (
  station_key integer primary key references velolog.station,
  observed_at timestamptz not null, -- of the row in station_status that holds these values
  last_reported timestamptz,
  num_bikes_available smallint,
  num_docks_available smallint,
  num_bikes_disabled smallint,
  num_docks_disabled smallint,
  flags smallint not null,
  state_since timestamptz not null -- since when velolog.station_state_of() has had its present value
) with (fillfactor = 50);

-- A station missing from a non-empty list: from the first poll without it until the first poll with it again.
create table velolog.station_absence (
  station_key integer not null references velolog.station,
  last_seen_at timestamptz not null, -- the last poll with it
  from_at timestamptz not null,
  to_at timestamptz, -- null: still absent, or absent when the history it belongs to ended
  primary key (station_key, from_at)
);
create index station_absence_open on velolog.station_absence (station_key) where to_at is null;

-- How each feed of each system stands.
create table velolog.feed (
  feed_key integer generated always as identity primary key,
  system_key integer not null references velolog.system,
  feed text not null,
  last_fetched_at timestamptz not null,
  last_success_at timestamptz,
  success_interval_seconds integer, -- between the last two successes that followed each other
  last_updated timestamptz,
  ttl_seconds integer,
  consecutive_failures integer not null default 0,
  last_error text,
  stations_skipped integer not null default 0,
  unique (system_key, feed)
) with (fillfactor = 50);

-- What has been polled, run-length: one row per run of polls of one feed with the same outcome and no hole.
-- observed: stations (or another well-formed body) were seen; empty: a station list without stations;
-- undecodable: a body in the dead letters; failed: no answer; lost: Kafka's retention removed the polls (0 of them
-- were seen). Only `observed` is observation.
create table velolog.coverage (
  feed_key integer not null references velolog.feed,
  from_at timestamptz not null,
  to_at timestamptz not null,
  polls integer not null,
  outcome text not null check (outcome in ('observed', 'empty', 'undecodable', 'failed', 'lost')),
  primary key (feed_key, from_at)
) with (fillfactor = 70);

-- The stretches of time that records of a feed have covered, in order: the newest is the live one, older ones
-- are history that `velolog import` put before it. A record inside a range has been dealt with.
create table velolog.observed_range (
  feed_key integer not null references velolog.feed,
  from_at timestamptz not null,
  to_at timestamptz not null,
  cadence_ms integer not null, -- running estimate of the time between polls: what is a hole is judged by it
  primary key (feed_key, from_at)
) with (fillfactor = 50);

-- Where the next record of each partition is to be read: changed in the transaction of the rows it stands for.
create table velolog.kafka_position (
  cluster_id text not null,
  topic text not null,
  partition integer not null,
  next_offset bigint not null,
  primary key (cluster_id, topic, partition)
) with (fillfactor = 50);

-- Records that Kafka's retention removed before they were read.
create table velolog.kafka_loss (
  cluster_id text not null,
  topic text not null,
  partition integer not null,
  from_offset bigint not null,
  to_offset bigint not null, -- exclusive
  noticed_at timestamptz not null default now(),
  primary key (cluster_id, topic, partition, from_offset)
);

-- Flags hold two bits for each of is_installed (0), is_renting (1), is_returning (2): known, and its value.
create function velolog.flag(flags smallint, which integer) returns boolean
language sql immutable parallel safe
return case when (flags >> (2 * which)) & 1 = 1 then (flags >> (2 * which)) & 2 = 2 end;

-- What a rider finds at a station. Closed: not installed, or neither renting nor returning. Empty: nothing to
-- rent, because there is no bike or the station does not rent. Full: no return, because there is no dock or the
-- station takes none. An unknown count decides nothing. Its twin for the hot path is packages/store/src/station-state.ts.
create function velolog.station_state_of(num_bikes_available smallint, num_docks_available smallint, flags smallint) returns text
language sql immutable parallel safe
return case
  when flags & 3 = 1 or (flags & 12 = 4 and flags & 48 = 16) then 'closed'
  when num_bikes_available = 0 or flags & 12 = 4 then 'empty'
  when num_docks_available = 0 or flags & 48 = 16 then 'full'
  else 'ok'
end;
