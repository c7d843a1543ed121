-- Vehicles without their ids, counts by vehicle type, and the documents that change now and then.

-- Bodies of these feeds may have been seen before, and were not kept: nothing of them was observed.
delete from velolog.coverage using velolog.feed where coverage.feed_key = feed.feed_key and feed.feed in (
  'free_bike_status', 'vehicle_status', 'vehicle_types', 'system_regions', 'system_alerts', 'system_pricing_plans', 'geofencing_zones',
  'system_hours', 'system_calendar');
delete from velolog.observed_range using velolog.feed where observed_range.feed_key = feed.feed_key and feed.feed in (
  'free_bike_status', 'vehicle_status', 'vehicle_types', 'system_regions', 'system_alerts', 'system_pricing_plans', 'geofencing_zones',
  'system_hours', 'system_calendar');

-- When the newest record of the lane was stored, by the clock of the database: ids of what nobody polls any more go a day later.
alter table velolog.observed_range add column stored_at timestamptz not null default now();

alter table velolog.station add column region_id text;

-- The names of regions as system_regions tells them now.
create table velolog.region (
  system_key integer not null references velolog.system,
  region_id text not null,
  name text,
  primary key (system_key, region_id)
);

-- Each vehicle type that a feed named, as vehicle_types defines it now. One that is not defined has what its name says, or null.
create table velolog.vehicle_type (
  vehicle_type_key integer generated always as identity primary key, -- from 1 on: see station_type_status
  system_key integer not null references velolog.system,
  vehicle_type_id text not null,
  form_factor text,
  propulsion_type text,
  unique (system_key, vehicle_type_id)
);

-- One row when a station's count of a vehicle type differs from the last known one. Type 0 is no type: num_ebikes_available as the feed
-- itself tells it. A type that a station's list leaves out has none (0); where the list is gone, the count is not known (null).
create table velolog.station_type_status (
  observed_at timestamptz not null,
  station_key integer not null,
  vehicle_type_key integer not null,
  num_available smallint,
  primary key (station_key, vehicle_type_key, observed_at)
) partition by range (observed_at);

-- The last known of them: what the next poll is compared with, and what is shown as now.
create table velolog.station_type_state (
  station_key integer not null references velolog.station,
  vehicle_type_key integer not null,
  observed_at timestamptz not null,
  num_available smallint,
  primary key (station_key, vehicle_type_key)
) with (fillfactor = 50);

create type velolog.vehicle_state as enum ('available', 'reserved', 'disabled');

create sequence velolog.vehicle_stay_key;

-- One row per stay of a vehicle at a place, without its id (docs/privacy.md). Kept for VEHICLE_STAY_DAYS.
create table velolog.vehicle_stay (
  from_at timestamptz not null, -- the first poll with it
  to_at timestamptz, -- the first poll without it; null: still there, or there when the history it belongs to ended
  stay_key bigint not null,
  feed_key integer not null,
  vehicle_type_key integer,
  lat_e5 integer, -- 1e-5 degree; null: only the station is known
  lon_e5 integer,
  range_km integer, -- when it began
  state velolog.vehicle_state not null,
  begin_seen boolean not null, -- somebody looked just before
  end_seen boolean,
  station_id text,
  primary key (stay_key, from_at)
) partition by range (from_at);
create index vehicle_stay_by_end on velolog.vehicle_stay (feed_key, to_at);

-- Which id has which stay: only while it is listed and 15 minutes after, and no longer than a day when nobody polls. The only table with ids.
create table velolog.vehicle_listed (
  feed_key integer not null references velolog.feed,
  lane_from_at timestamptz not null,
  vehicle_id text not null,
  stay_key bigint not null,
  from_at timestamptz not null,
  range_km integer,
  primary key (feed_key, lane_from_at, vehicle_id)
);

-- Up to when the stays of a lane have been added up into vehicle_hour and vehicle_cell_hour.
create table velolog.vehicle_rolled (
  feed_key integer not null references velolog.feed,
  from_at timestamptz not null, -- of the lane
  to_at timestamptz not null,
  primary key (feed_key, from_at)
) with (fillfactor = 50);

-- How much of each hour was observed and added up.
create table velolog.vehicle_hour (
  hour_at timestamptz not null,
  feed_key integer not null references velolog.feed,
  observed_ms integer not null,
  primary key (feed_key, hour_at)
) with (fillfactor = 70);

-- Free-floating vehicles per geohash cell of 7 characters (about 150 m) and hour: sums, so that parts of an hour can be added. Kept for good.
create table velolog.vehicle_cell_hour (
  hour_at timestamptz not null,
  vehicle_ms bigint not null,
  feed_key integer not null references velolog.feed,
  appeared integer not null,
  vanished integer not null,
  geohash text not null,
  form_factor text,
  unique nulls not distinct (feed_key, hour_at, geohash, form_factor)
) with (fillfactor = 70);

-- Each version of a document, as decoded: a poll that brings the same again adds none.
create table velolog.feed_document (
  feed_key integer not null references velolog.feed,
  valid_from timestamptz not null, -- the first poll with it
  valid_to timestamptz, -- the first poll with another; null: it holds, or held when the history it belongs to ended
  hash text not null,
  document jsonb not null,
  primary key (feed_key, valid_from)
);
