-- Made by scripts/dump-schema.ts from sql/migrations and sql/views. Not run by anything; never edited.

view api.feed_coverage (
  system_id text,
  feed text,
  from_at timestamp with time zone,
  to_at timestamp with time zone,
  polls integer,
  outcome text
)

view api.feed_health (
  system_id text,
  feed text,
  last_fetched_at timestamp with time zone,
  last_success_at timestamp with time zone,
  last_updated timestamp with time zone,
  ttl_seconds integer,
  age_seconds double precision,
  overdue boolean,
  consecutive_failures integer,
  last_error text,
  stations_skipped integer
)

view api.known_report (
  station_key integer,
  observed_at timestamp with time zone,
  num_bikes_available smallint,
  num_docks_available smallint
)

view api.observation (
  system_id text,
  starts timestamp with time zone[],
  unobserved_seconds double precision[]
)

view api.observation_of_station (
  system_id text,
  station_key integer,
  station_id text,
  name text,
  lat double precision,
  lon double precision,
  starts timestamp with time zone[],
  unobserved_seconds double precision[],
  returns timestamp with time zone[],
  absent_seconds double precision[]
)

view api.station (
  system_id text,
  station_id text,
  name text,
  lat double precision,
  lon double precision,
  capacity integer,
  first_observed_at timestamp with time zone,
  last_observed_at timestamp with time zone
)

view api.station_change (
  system_id text,
  station_id text,
  name text,
  lat double precision,
  lon double precision,
  observed_at timestamp with time zone,
  prev_observed_at timestamp with time zone,
  num_bikes_available smallint,
  prev_num_bikes_available smallint,
  bikes_delta smallint,
  num_docks_available smallint,
  prev_num_docks_available smallint,
  docks_delta smallint,
  gap_seconds double precision
)

view api.station_current (
  system_id text,
  station_id text,
  name text,
  lat double precision,
  lon double precision,
  capacity integer,
  first_observed_at timestamp with time zone,
  last_observed_at timestamp with time zone,
  num_bikes_available smallint,
  num_docks_available smallint,
  num_bikes_disabled smallint,
  num_docks_disabled smallint,
  is_installed boolean,
  is_renting boolean,
  is_returning boolean,
  state text,
  state_since timestamp with time zone,
  observed_at timestamp with time zone,
  age_seconds double precision
)

view api.system (
  system_id text,
  name text,
  operator text,
  timezone text,
  url text,
  license_url text,
  stations integer,
  first_observed_at timestamp with time zone,
  last_observed_at timestamp with time zone
)

table velolog.coverage (
  feed_key integer not null,
  from_at timestamp with time zone not null,
  to_at timestamp with time zone not null,
  polls integer not null,
  outcome text not null
)

table velolog.feed (
  feed_key integer not null,
  system_key integer not null,
  feed text not null,
  last_fetched_at timestamp with time zone not null,
  last_success_at timestamp with time zone,
  success_interval_seconds integer,
  last_updated timestamp with time zone,
  ttl_seconds integer,
  consecutive_failures integer not null,
  last_error text,
  stations_skipped integer not null
)

table velolog.kafka_loss (
  cluster_id text not null,
  topic text not null,
  partition integer not null,
  from_offset bigint not null,
  to_offset bigint not null,
  noticed_at timestamp with time zone not null
)

table velolog.kafka_position (
  cluster_id text not null,
  topic text not null,
  partition integer not null,
  next_offset bigint not null
)

table velolog.migration (
  name text not null,
  hash text not null,
  applied_at timestamp with time zone not null
)

table velolog.observed_range (
  feed_key integer not null,
  from_at timestamp with time zone not null,
  to_at timestamp with time zone not null,
  cadence_ms integer not null
)

table velolog.station (
  station_key integer not null,
  system_key integer not null,
  station_id text not null,
  name text,
  lat double precision,
  lon double precision,
  capacity integer,
  first_observed_at timestamp with time zone
)

table velolog.station_absence (
  station_key integer not null,
  last_seen_at timestamp with time zone not null,
  from_at timestamp with time zone not null,
  to_at timestamp with time zone
)

table velolog.station_state (
  station_key integer not null,
  observed_at timestamp with time zone not null,
  last_reported timestamp with time zone,
  num_bikes_available smallint,
  num_docks_available smallint,
  num_bikes_disabled smallint,
  num_docks_disabled smallint,
  flags smallint not null,
  state_since timestamp with time zone not null
)

table velolog.station_status (
  observed_at timestamp with time zone not null,
  last_reported timestamp with time zone,
  station_key integer not null,
  num_bikes_available smallint,
  num_docks_available smallint,
  num_bikes_disabled smallint,
  num_docks_disabled smallint,
  flags smallint not null
)

table velolog.system (
  system_key integer not null,
  system_id text not null,
  name text,
  operator text,
  timezone text,
  url text,
  license_url text
)

constraint on velolog.coverage: CHECK ((outcome = ANY (ARRAY['observed'::text, 'empty'::text, 'undecodable'::text, 'failed'::text, 'lost'::text])))
constraint on velolog.coverage: FOREIGN KEY (feed_key) REFERENCES velolog.feed(feed_key)
constraint on velolog.coverage: PRIMARY KEY (feed_key, from_at)
constraint on velolog.feed: FOREIGN KEY (system_key) REFERENCES velolog.system(system_key)
constraint on velolog.feed: PRIMARY KEY (feed_key)
constraint on velolog.feed: UNIQUE (system_key, feed)
constraint on velolog.kafka_loss: PRIMARY KEY (cluster_id, topic, partition, from_offset)
constraint on velolog.kafka_position: PRIMARY KEY (cluster_id, topic, partition)
constraint on velolog.migration: PRIMARY KEY (name)
constraint on velolog.observed_range: FOREIGN KEY (feed_key) REFERENCES velolog.feed(feed_key)
constraint on velolog.observed_range: PRIMARY KEY (feed_key, from_at)
constraint on velolog.station: FOREIGN KEY (system_key) REFERENCES velolog.system(system_key)
constraint on velolog.station: PRIMARY KEY (station_key)
constraint on velolog.station: UNIQUE (system_key, station_id)
constraint on velolog.station_absence: FOREIGN KEY (station_key) REFERENCES velolog.station(station_key)
constraint on velolog.station_absence: PRIMARY KEY (station_key, from_at)
constraint on velolog.station_state: FOREIGN KEY (station_key) REFERENCES velolog.station(station_key)
constraint on velolog.station_state: PRIMARY KEY (station_key)
constraint on velolog.station_status: PRIMARY KEY (station_key, observed_at)
constraint on velolog.system: PRIMARY KEY (system_key)
constraint on velolog.system: UNIQUE (system_id)

CREATE INDEX station_absence_open ON velolog.station_absence USING btree (station_key) WHERE (to_at IS NULL)
CREATE INDEX station_status_observed_at ON ONLY velolog.station_status USING brin (observed_at) WITH (pages_per_range='32')
CREATE UNIQUE INDEX coverage_pkey ON velolog.coverage USING btree (feed_key, from_at)
CREATE UNIQUE INDEX feed_pkey ON velolog.feed USING btree (feed_key)
CREATE UNIQUE INDEX feed_system_key_feed_key ON velolog.feed USING btree (system_key, feed)
CREATE UNIQUE INDEX kafka_loss_pkey ON velolog.kafka_loss USING btree (cluster_id, topic, partition, from_offset)
CREATE UNIQUE INDEX kafka_position_pkey ON velolog.kafka_position USING btree (cluster_id, topic, partition)
CREATE UNIQUE INDEX migration_pkey ON velolog.migration USING btree (name)
CREATE UNIQUE INDEX observed_range_pkey ON velolog.observed_range USING btree (feed_key, from_at)
CREATE UNIQUE INDEX station_absence_pkey ON velolog.station_absence USING btree (station_key, from_at)
CREATE UNIQUE INDEX station_pkey ON velolog.station USING btree (station_key)
CREATE UNIQUE INDEX station_state_pkey ON velolog.station_state USING btree (station_key)
CREATE UNIQUE INDEX station_status_pkey ON ONLY velolog.station_status USING btree (station_key, observed_at)
CREATE UNIQUE INDEX station_system_key_station_id_key ON velolog.station USING btree (system_key, station_id)
CREATE UNIQUE INDEX system_pkey ON velolog.system USING btree (system_key)
CREATE UNIQUE INDEX system_system_id_key ON velolog.system USING btree (system_id)

function api.gap_seconds(a timestamp with time zone, b timestamp with time zone, starts timestamp with time zone[], unobserved_seconds double precision[], returns timestamp with time zone[], absent_seconds double precision[]) returns double precision
function api.station_change_between("from" timestamp with time zone, "to" timestamp with time zone, system_id text DEFAULT NULL::text) returns TABLE(system_id text, station_id text, name text, lat double precision, lon double precision, observed_at timestamp with time zone, prev_observed_at timestamp with time zone, num_bikes_available smallint, prev_num_bikes_available smallint, bikes_delta integer, num_docks_available smallint, prev_num_docks_available smallint, docks_delta integer, gap_seconds double precision)
function api.station_change_since(system_id text, since timestamp with time zone) returns TABLE(station_id text, name text, lat double precision, lon double precision, observed_at timestamp with time zone, prev_observed_at timestamp with time zone, num_bikes_available smallint, prev_num_bikes_available smallint, bikes_delta integer, num_docks_available smallint, prev_num_docks_available smallint, docks_delta integer, gap_seconds double precision)
function api.station_counts_between("from" timestamp with time zone, "to" timestamp with time zone, system_id text, step_seconds integer DEFAULT 0) returns TABLE(station_id text, observed_at timestamp with time zone, num_bikes_available smallint, num_docks_available smallint)
function api.station_current_since(system_id text, since timestamp with time zone) returns SETOF api.station_current
function api.station_report_between("from" timestamp with time zone, "to" timestamp with time zone, system_id text, station_id text) returns TABLE(observed_at timestamp with time zone, num_bikes_available smallint, num_docks_available smallint, num_bikes_disabled smallint, num_docks_disabled smallint, is_installed boolean, is_renting boolean, is_returning boolean, state text)
function api.station_step_between("from" timestamp with time zone, "to" timestamp with time zone, system_id text, station_id text) returns TABLE(at timestamp with time zone, num_bikes_available smallint, num_docks_available smallint, num_bikes_disabled smallint, num_docks_disabled smallint, state text)
function api.system_count_between("from" timestamp with time zone, "to" timestamp with time zone, system_id text DEFAULT NULL::text, step_seconds double precision DEFAULT 60) returns TABLE(system_id text, at timestamp with time zone, num_bikes_available bigint, num_docks_available bigint, stations bigint, stations_empty bigint, stations_full bigint, stations_closed bigint)
function velolog.flag(flags smallint, which integer) returns boolean
function velolog.station_state_of(num_bikes_available smallint, num_docks_available smallint, flags smallint) returns text
