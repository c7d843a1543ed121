-- What has been worked out once from the rows of station_status, so that no question does it again, and what stays of a
-- month whose rows retention has dropped. Written by packages/store/src/roll-up.ts, through the same functions of the
-- schema `api` that work out the rest at the time of the question.

-- Up to when a lane (velolog.observed_range) of station_status has been rolled up; no row: not at all. What lies before
-- is final, because a lane only grows at its end. History that is imported makes a lane of its own, or makes one grow.
create table velolog.rolled_range (
  feed_key integer not null references velolog.feed,
  from_at timestamptz not null, -- of the lane
  to_at timestamptz not null,
  primary key (feed_key, from_at)
) with (fillfactor = 50);

-- The state of each station over time: one row per spell, from the poll that saw it begin (or found it after a gap) to
-- the poll that saw another, or the last one before a gap.
create table velolog.station_spell (
  from_at timestamptz not null,
  to_at timestamptz not null,
  station_key integer not null references velolog.station,
  start_observed boolean not null,
  end_observed boolean, -- null: goes on past what has been rolled up
  state text not null check (state in ('ok', 'empty', 'full', 'closed')),
  primary key (station_key, from_at)
);
create index station_spell_going_on on velolog.station_spell (station_key) where end_observed is null;

-- Whole hours, in UTC, of a station within one lane. The hour in which a lane begins, and the one in which it ends, are
-- left to the time of the question: two lanes may share them.
create table velolog.station_hour (
  hour_at timestamptz not null,
  bikes_mean double precision,
  docks_mean double precision,
  system_key integer not null references velolog.system,
  station_key integer not null references velolog.station,
  observed_ms integer not null,
  empty_ms integer not null,
  full_ms integer not null,
  closed_ms integer not null,
  arrivals integer not null,
  departures integer not null,
  bikes_min smallint,
  bikes_max smallint,
  docks_min smallint,
  docks_max smallint,
  largest_step smallint not null,
  primary key (station_key, hour_at)
);
-- A system's rows of an hour lie together: one entry with many rows.
create index station_hour_of_system on velolog.station_hour (system_key, hour_at);
