-- Made by scripts/dump-schema.ts from sql/migrations and sql/views. Not run by anything; never edited.

view api.absence_span (
  station_key integer,
  last_seen_at timestamp with time zone,
  from_at timestamp with time zone,
  to_at timestamp with time zone
)

view api.data_quality_check (
  system_id text,
  feed text,
  checked_at timestamp with time zone,
  is_current boolean
)

view api.data_quality_flag (
  flag text,
  definition text,
  threshold text,
  why text,
  known_rate text,
  holds_seconds integer,
  is_dead_or_lying boolean,
  is_left_out boolean
)

view api.data_quality_issue (
  system_id text,
  feed text,
  station_id text,
  flag text,
  since timestamp with time zone,
  last_seen_at timestamp with time zone,
  evidence jsonb,
  ended_at timestamp with time zone,
  is_open boolean
)

view api.data_quality_rate (
  day date,
  flag text,
  systems integer,
  systems_flagged integer,
  systems_share double precision,
  stations integer,
  stations_flagged integer,
  stations_share double precision
)

view api.document_row (
  system_id text,
  feed text,
  content jsonb,
  number bigint,
  valid_from timestamp with time zone,
  valid_to timestamp with time zone
)

view api.document_version (
  system_id text,
  feed text,
  entries integer,
  valid_from timestamp with time zone,
  valid_to timestamp with time zone
)

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
  stations_skipped integer,
  last_changed_at timestamp with time zone,
  is_archive boolean,
  refused_polls integer,
  refused_since timestamp with time zone
)

view api.feed_lane (
  feed_key integer,
  from_at timestamp with time zone,
  to_at timestamp with time zone,
  observed_at timestamp with time zone
)

view api.flow_balance (
  system_id text,
  station_id text,
  name text,
  lat double precision,
  lon double precision,
  day date,
  arrivals integer,
  departures integer,
  net integer,
  largest_step integer,
  gap_seconds double precision
)

view api.forecast_skill (
  system_id text,
  target text,
  minutes integer,
  day date,
  pairs integer,
  brier double precision,
  skill_persistence double precision,
  skill_damped double precision,
  skill_profile double precision,
  brier_model double precision,
  brier_persistence double precision,
  brier_damped double precision,
  brier_profile double precision,
  bin_cases integer[],
  bin_forecast double precision[],
  bin_observed integer[]
)

view api.gap (
  system_id text,
  feed_key integer,
  ended_at timestamp with time zone,
  seconds numeric
)

view api.geofencing_zone (
  system_id text,
  number bigint,
  name text,
  starts_at timestamp with time zone,
  ends_at timestamp with time zone,
  is_global boolean,
  rules jsonb,
  polygons jsonb,
  valid_from timestamp with time zone,
  valid_to timestamp with time zone
)

view api.held_coverage (
  system_id text,
  feed text,
  from_at timestamp with time zone,
  to_at timestamp with time zone,
  polls integer,
  outcome text,
  held_to timestamp with time zone
)

view api.held_span (
  system_id text,
  system_key integer,
  feed text,
  from_at timestamp with time zone,
  polled_at timestamp with time zone,
  to_at timestamp with time zone
)

view api.kept_report (
  station_key integer,
  observed_at timestamp with time zone,
  num_bikes_available smallint,
  num_docks_available smallint
)

view api.known_absence (
  station_key integer,
  from_at timestamp with time zone,
  ended_at timestamp with time zone,
  seconds numeric
)

view api.known_document (
  system_id text,
  feed text,
  document jsonb,
  valid_from timestamp with time zone,
  valid_to timestamp with time zone
)

view api.known_report (
  station_key integer,
  observed_at timestamp with time zone,
  num_bikes_available smallint,
  num_docks_available smallint,
  is_kept boolean
)

view api.known_spell (
  system_id text,
  station_id text,
  name text,
  lat double precision,
  lon double precision,
  state text,
  from_at timestamp with time zone,
  to_at timestamp with time zone,
  is_open boolean,
  start_observed boolean,
  end_observed boolean,
  lane_to_at timestamp with time zone
)

view api.known_station (
  system_id text,
  feed_key integer,
  station_key integer,
  station_id text,
  name text,
  lat double precision,
  lon double precision
)

view api.lane_starts (
  system_id text,
  system_key integer,
  starts timestamp with time zone[]
)

view api.newest_observation (
  feed_key integer,
  system_key integer,
  feed text,
  from_at timestamp with time zone,
  observed_at timestamp with time zone
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

view api.observed_lane (
  system_id text,
  system_key integer,
  feed_key integer,
  from_at timestamp with time zone,
  to_at timestamp with time zone,
  final_to_at timestamp with time zone,
  sealed_at timestamp with time zone,
  last_observed_at timestamp with time zone,
  is_live boolean,
  is_polled boolean
)

view api.observed_range (
  system_id text,
  feed text,
  from_at timestamp with time zone,
  to_at timestamp with time zone
)

view api.outage_episode (
  system_id text,
  station_id text,
  name text,
  lat double precision,
  lon double precision,
  state text,
  from_at timestamp with time zone,
  to_at timestamp with time zone,
  is_open boolean,
  duration_seconds double precision,
  start_observed boolean,
  end_observed boolean
)

view api.pricing_plan (
  system_id text,
  plan_id text,
  name text,
  currency text,
  price double precision,
  is_taxable boolean,
  description text,
  url text,
  per_km_pricing jsonb,
  per_min_pricing jsonb,
  surge_pricing boolean,
  valid_from timestamp with time zone,
  valid_to timestamp with time zone
)

view api.profile_weekly (
  system_id text,
  station_id text,
  name text,
  weekday integer,
  hour integer,
  bikes_mean double precision,
  docks_mean double precision,
  empty_share double precision,
  full_share double precision,
  hours_observed double precision
)

view api.read_position (
  cluster_id text,
  topic text,
  partition integer,
  next_offset bigint
)

view api.rolled_spell (
  system_id text,
  station_id text,
  name text,
  lat double precision,
  lon double precision,
  state text,
  from_at timestamp with time zone,
  to_at timestamp with time zone,
  is_open boolean,
  start_observed boolean,
  end_observed boolean
)

view api.seen_span (
  system_id text,
  system_key integer,
  from_at timestamp with time zone,
  polled_at timestamp with time zone,
  to_at timestamp with time zone
)

view api.sla_compliance (
  system_id text,
  station_id text,
  name text,
  day date,
  minutes_observed double precision,
  minutes_in_target double precision,
  compliance double precision,
  longest_outage_minutes double precision,
  outages_over_tolerance integer,
  minutes_unknown double precision,
  minutes_of_service double precision
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
  bikes_delta integer,
  num_docks_available smallint,
  prev_num_docks_available smallint,
  docks_delta integer,
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
  age_seconds double precision,
  is_archive boolean,
  num_ebikes_available integer,
  region text
)

view api.station_hour (
  system_id text,
  station_id text,
  name text,
  hour_at timestamp with time zone,
  bikes_min smallint,
  bikes_mean double precision,
  bikes_max smallint,
  docks_min smallint,
  docks_mean double precision,
  docks_max smallint,
  empty_share double precision,
  full_share double precision,
  closed_share double precision,
  observed_share double precision,
  arrivals integer,
  departures integer,
  largest_step integer,
  unknown_share double precision
)

view api.station_spell (
  system_id text,
  station_id text,
  name text,
  lat double precision,
  lon double precision,
  state text,
  from_at timestamp with time zone,
  to_at timestamp with time zone,
  is_open boolean,
  duration_seconds double precision,
  start_observed boolean,
  end_observed boolean
)

view api.station_vehicle_type_current (
  system_id text,
  station_id text,
  vehicle_type_id text,
  form_factor text,
  propulsion_type text,
  count smallint,
  age_seconds double precision,
  is_archive boolean
)

view api.stored_report (
  station_key integer,
  observed_at timestamp with time zone,
  num_bikes_available smallint,
  num_docks_available smallint
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
  last_observed_at timestamp with time zone,
  is_archive boolean,
  country text
)

view api.system_alert (
  system_id text,
  alert_id text,
  type text,
  summary text,
  description text,
  url text,
  times jsonb,
  station_ids jsonb,
  region_ids jsonb,
  valid_from timestamp with time zone,
  valid_to timestamp with time zone
)

view api.system_current (
  system_id text,
  name text,
  operator text,
  timezone text,
  country text,
  url text,
  license_url text,
  stations integer,
  bikes bigint,
  docks bigint,
  ebikes bigint,
  empty integer,
  full integer,
  closed integer,
  unknown integer,
  vehicles_available integer,
  vehicles_reserved integer,
  vehicles_disabled integer,
  vehicles_at_station integer,
  age_seconds double precision,
  overdue boolean,
  bounds double precision[],
  is_archive boolean,
  stations_are_archive boolean,
  vehicles_are_archive boolean
)

view api.system_holding (
  system_id text,
  stations integer,
  status_rows bigint,
  last_polled_at timestamp with time zone
)

view api.system_region (
  system_id text,
  region_id text,
  name text,
  valid_from timestamp with time zone,
  valid_to timestamp with time zone
)

view api.vehicle_cell_hour (
  system_id text,
  hour_at timestamp with time zone,
  geohash text,
  form_factor text,
  vehicles_mean double precision,
  appeared integer,
  vanished integer,
  observed_share double precision
)

view api.vehicle_current (
  system_id text,
  vehicle_type_id text,
  form_factor text,
  propulsion_type text,
  lat double precision,
  lon double precision,
  station_id text,
  state text,
  range_meters integer,
  since timestamp with time zone,
  since_seen boolean,
  observed_at timestamp with time zone,
  age_seconds double precision,
  is_archive boolean
)

view api.vehicle_feed (
  system_id text,
  system_key integer,
  feed_key integer,
  observed_at timestamp with time zone,
  lane_from_at timestamp with time zone,
  is_archive boolean,
  feed text
)

view api.vehicle_total (
  system_id text,
  form_factor text,
  vehicles integer,
  available integer,
  reserved integer,
  disabled integer,
  docked_vehicles integer,
  west double precision,
  south double precision,
  east double precision,
  north double precision,
  observed_at timestamp with time zone,
  is_archive boolean
)

view api.vehicle_turn (
  system_id text,
  feed_key integer,
  from_at timestamp with time zone,
  to_at timestamp with time zone
)

view api.vehicle_type (
  system_id text,
  vehicle_type_id text,
  form_factor text,
  propulsion_type text,
  name text,
  make text,
  model text,
  max_range_meters double precision,
  rider_capacity double precision,
  valid_from timestamp with time zone,
  valid_to timestamp with time zone
)

table velolog.applied_view (
  name text not null,
  kind text not null,
  identity text not null,
  hash text not null,
  position integer not null
)

table velolog.changes_topic (
  topic text not null,
  begun_at timestamp with time zone not null
)

table velolog.coverage (
  feed_key integer not null,
  from_at timestamp with time zone not null,
  to_at timestamp with time zone not null,
  polls integer not null,
  outcome text not null
)

table velolog.data_quality_check (
  feed_key integer not null,
  checked_at timestamp with time zone not null
)

table velolog.data_quality_day (
  day date not null,
  flag text not null,
  systems integer not null,
  systems_flagged integer not null,
  stations integer not null,
  stations_flagged integer not null
)

table velolog.data_quality_issue (
  issue_key bigint not null,
  system_key integer not null,
  feed text not null,
  station_id text,
  flag text not null,
  noticed_at timestamp with time zone not null,
  since timestamp with time zone not null,
  last_seen_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  evidence jsonb not null,
  held_seconds double precision not null
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
  stations_skipped integer not null,
  last_polled_at timestamp with time zone,
  last_changed_at timestamp with time zone,
  refused_polls integer not null,
  refused_reason text,
  refused_since timestamp with time zone,
  refused_at timestamp with time zone
)

table velolog.feed_body (
  feed_key integer not null,
  facts jsonb not null
)

table velolog.feed_document (
  feed_key integer not null,
  valid_from timestamp with time zone not null,
  valid_to timestamp with time zone,
  hash text not null,
  document jsonb not null
)

table velolog.forecast_hour (
  system_key integer not null,
  target text not null,
  minutes smallint not null,
  hour smallint not null,
  station_keys integer[] not null,
  activity smallint[] not null,
  profile real[] not null,
  change real[] not null,
  deviation real[] not null
)

table velolog.forecast_made (
  system_key integer not null,
  minutes smallint not null,
  made_at timestamp with time zone not null,
  due_at timestamp with time zone not null,
  target text not null,
  station_keys integer[] not null,
  used real[] not null,
  model real[] not null,
  persistence real[] not null,
  damped real[] not null,
  profile real[] not null
)

table velolog.forecast_model (
  system_key integer not null,
  target text not null,
  minutes smallint not null,
  basis text not null,
  trained_at timestamp with time zone not null,
  trained_from timestamp with time zone not null,
  profile_weight real not null,
  count_terms real[] not null,
  hour_terms real[] not null,
  since_terms real[] not null,
  trend_terms real[] not null,
  activity_terms real[] not null,
  distance_terms real[] not null,
  correction real[] not null,
  damped real[] not null,
  tempo_terms real[] not null,
  trust real not null
)

table velolog.forecast_score (
  system_key integer not null,
  day date not null,
  target text not null,
  minutes smallint not null,
  pairs integer not null,
  used double precision not null,
  model double precision not null,
  persistence double precision not null,
  damped double precision not null,
  profile double precision not null,
  bin_cases integer[] not null,
  bin_forecast double precision[] not null,
  bin_observed integer[] not null
)

table velolog.forecast_tempo (
  system_key integer not null,
  stations integer not null,
  usual_moves real[] not null,
  seen_at timestamp with time zone,
  tempo real
)

table velolog.kafka_loss (
  cluster_id text not null,
  topic text not null,
  partition integer not null,
  from_offset bigint not null,
  to_offset bigint,
  noticed_at timestamp with time zone not null,
  loss_key bigint not null,
  topic_id text,
  reason text not null
)

table velolog.kafka_position (
  cluster_id text not null,
  topic text not null,
  partition integer not null,
  next_offset bigint not null,
  topic_id text,
  leader_epoch integer
)

table velolog.lake (
  name text not null,
  written_at timestamp with time zone not null
)

table velolog.lake_check (
  lake text not null,
  month_at timestamp with time zone not null,
  asked_at timestamp with time zone not null,
  answered_at timestamp with time zone,
  problem text,
  held jsonb not null
)

table velolog.migration (
  name text not null,
  hash text not null,
  applied_at timestamp with time zone not null,
  breaks_older_workers boolean not null
)

table velolog.month_revision (
  system_key integer not null,
  month_at timestamp with time zone not null,
  revision integer not null,
  generation integer not null
)

table velolog.observed_range (
  feed_key integer not null,
  from_at timestamp with time zone not null,
  to_at timestamp with time zone not null,
  cadence_ms integer not null,
  body_id text,
  body_last_updated timestamp with time zone,
  older_since timestamp with time zone,
  stored_at timestamp with time zone not null
)

table velolog.published_change (
  system_key integer not null,
  published_to timestamp with time zone not null
)

table velolog.region (
  system_key integer not null,
  region_id text not null,
  name text
)

table velolog.rolled_range (
  feed_key integer not null,
  from_at timestamp with time zone not null,
  to_at timestamp with time zone not null,
  sealed_at timestamp with time zone
)

table velolog.station (
  station_key integer not null,
  system_key integer not null,
  station_id text not null,
  name text,
  lat double precision,
  lon double precision,
  capacity integer,
  first_observed_at timestamp with time zone,
  region_id text,
  rental_uris jsonb,
  delisted_at timestamp with time zone
)

table velolog.station_absence (
  station_key integer not null,
  last_seen_at timestamp with time zone not null,
  from_at timestamp with time zone not null,
  to_at timestamp with time zone
)

table velolog.station_hour (
  hour_at timestamp with time zone not null,
  bikes_mean double precision,
  docks_mean double precision,
  system_key integer not null,
  station_key integer not null,
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
  unknown_ms integer not null
)

table velolog.station_hour_edge (
  hour_at timestamp with time zone not null,
  bikes_ms bigint not null,
  docks_ms bigint not null,
  system_key integer not null,
  station_key integer not null,
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
  largest_step smallint not null
)

table velolog.station_spell (
  from_at timestamp with time zone not null,
  to_at timestamp with time zone not null,
  station_key integer not null,
  start_observed boolean not null,
  end_observed boolean,
  state text not null
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

table velolog.station_status_before (
  observed_at timestamp with time zone not null,
  last_reported timestamp with time zone,
  station_key integer not null,
  num_bikes_available smallint,
  num_docks_available smallint,
  num_bikes_disabled smallint,
  num_docks_disabled smallint,
  flags smallint not null,
  bikes_known_at timestamp with time zone,
  bikes_known smallint,
  docks_known_at timestamp with time zone,
  docks_known smallint
)

table velolog.station_summary (
  feed_key integer not null,
  stations integer not null,
  bikes bigint,
  docks bigint,
  empty integer not null,
  full integer not null,
  closed integer not null,
  unknown integer not null,
  ebikes bigint,
  types_without_ebikes integer not null,
  west double precision,
  south double precision,
  east double precision,
  north double precision
)

table velolog.station_type_state (
  station_key integer not null,
  vehicle_type_key integer not null,
  observed_at timestamp with time zone not null,
  num_available smallint
)

table velolog.station_type_status (
  observed_at timestamp with time zone not null,
  station_key integer not null,
  vehicle_type_key integer not null,
  num_available smallint
)

table velolog.station_type_status_before (
  observed_at timestamp with time zone not null,
  station_key integer not null,
  vehicle_type_key integer not null,
  num_available smallint
)

table velolog.system (
  system_key integer not null,
  system_id text not null,
  name text,
  operator text,
  timezone text,
  url text,
  license_url text,
  country text
)

table velolog.vehicle_cell_hour (
  hour_at timestamp with time zone not null,
  vehicle_ms bigint not null,
  feed_key integer not null,
  appeared integer not null,
  vanished integer not null,
  geohash text not null,
  form_factor text
)

table velolog.vehicle_hour (
  hour_at timestamp with time zone not null,
  feed_key integer not null,
  observed_ms integer not null
)

table velolog.vehicle_listed (
  feed_key integer not null,
  lane_from_at timestamp with time zone not null,
  vehicle_id text not null,
  stay_key bigint not null,
  from_at timestamp with time zone not null,
  range_km integer
)

table velolog.vehicle_rolled (
  feed_key integer not null,
  from_at timestamp with time zone not null,
  to_at timestamp with time zone not null
)

table velolog.vehicle_stay (
  from_at timestamp with time zone not null,
  to_at timestamp with time zone,
  stay_key bigint not null,
  feed_key integer not null,
  vehicle_type_key integer,
  lat_e5 integer,
  lon_e5 integer,
  range_km integer,
  state velolog.vehicle_state not null,
  begin_seen boolean not null,
  end_seen boolean,
  station_id text
)

table velolog.vehicle_summary (
  feed_key integer not null,
  available integer not null,
  reserved integer not null,
  disabled integer not null,
  at_station integer not null,
  west double precision,
  south double precision,
  east double precision,
  north double precision
)

table velolog.vehicle_type (
  vehicle_type_key integer not null,
  system_key integer not null,
  vehicle_type_id text not null,
  form_factor text,
  propulsion_type text
)

table velolog.vehicle_type_summary (
  feed_key integer not null,
  vehicle_type_key integer not null,
  available integer not null,
  reserved integer not null,
  disabled integer not null,
  docked integer not null,
  west double precision,
  south double precision,
  east double precision,
  north double precision
)

constraint on velolog.applied_view: CHECK ((kind = ANY (ARRAY['view'::text, 'function'::text])))
constraint on velolog.applied_view: PRIMARY KEY (name)
constraint on velolog.changes_topic: PRIMARY KEY (topic)
constraint on velolog.coverage: CHECK ((outcome = ANY (ARRAY['observed'::text, 'empty'::text, 'undecodable'::text, 'failed'::text, 'lost'::text])))
constraint on velolog.coverage: FOREIGN KEY (feed_key) REFERENCES velolog.feed(feed_key)
constraint on velolog.coverage: PRIMARY KEY (feed_key, from_at)
constraint on velolog.data_quality_check: FOREIGN KEY (feed_key) REFERENCES velolog.feed(feed_key)
constraint on velolog.data_quality_check: PRIMARY KEY (feed_key)
constraint on velolog.data_quality_day: PRIMARY KEY (day, flag)
constraint on velolog.data_quality_issue: FOREIGN KEY (system_key) REFERENCES velolog.system(system_key)
constraint on velolog.data_quality_issue: PRIMARY KEY (issue_key)
constraint on velolog.feed: FOREIGN KEY (system_key) REFERENCES velolog.system(system_key)
constraint on velolog.feed: PRIMARY KEY (feed_key)
constraint on velolog.feed: UNIQUE (system_key, feed)
constraint on velolog.feed_body: FOREIGN KEY (feed_key) REFERENCES velolog.feed(feed_key)
constraint on velolog.feed_body: PRIMARY KEY (feed_key)
constraint on velolog.feed_document: FOREIGN KEY (feed_key) REFERENCES velolog.feed(feed_key)
constraint on velolog.feed_document: PRIMARY KEY (feed_key, valid_from)
constraint on velolog.forecast_hour: FOREIGN KEY (system_key) REFERENCES velolog.system(system_key)
constraint on velolog.forecast_hour: PRIMARY KEY (system_key, target, minutes, hour)
constraint on velolog.forecast_made: FOREIGN KEY (system_key) REFERENCES velolog.system(system_key)
constraint on velolog.forecast_made: PRIMARY KEY (system_key, minutes, target, made_at)
constraint on velolog.forecast_model: CHECK ((basis = ANY (ARRAY['logit'::text, 'table'::text])))
constraint on velolog.forecast_model: CHECK ((target = ANY (ARRAY['bike'::text, 'dock'::text])))
constraint on velolog.forecast_model: FOREIGN KEY (system_key) REFERENCES velolog.system(system_key)
constraint on velolog.forecast_model: PRIMARY KEY (system_key, target, minutes)
constraint on velolog.forecast_score: FOREIGN KEY (system_key) REFERENCES velolog.system(system_key)
constraint on velolog.forecast_score: PRIMARY KEY (system_key, target, minutes, day)
constraint on velolog.forecast_tempo: FOREIGN KEY (system_key) REFERENCES velolog.system(system_key)
constraint on velolog.forecast_tempo: PRIMARY KEY (system_key)
constraint on velolog.kafka_loss: CHECK ((reason = ANY (ARRAY['retention'::text, 'cut_back'::text, 'made_anew'::text])))
constraint on velolog.kafka_loss: PRIMARY KEY (loss_key)
constraint on velolog.kafka_position: PRIMARY KEY (cluster_id, topic, partition)
constraint on velolog.lake: PRIMARY KEY (name)
constraint on velolog.lake_check: PRIMARY KEY (lake, month_at)
constraint on velolog.migration: PRIMARY KEY (name)
constraint on velolog.month_revision: FOREIGN KEY (system_key) REFERENCES velolog.system(system_key)
constraint on velolog.month_revision: PRIMARY KEY (system_key, month_at)
constraint on velolog.observed_range: FOREIGN KEY (feed_key) REFERENCES velolog.feed(feed_key)
constraint on velolog.observed_range: PRIMARY KEY (feed_key, from_at)
constraint on velolog.published_change: FOREIGN KEY (system_key) REFERENCES velolog.system(system_key)
constraint on velolog.published_change: PRIMARY KEY (system_key)
constraint on velolog.region: FOREIGN KEY (system_key) REFERENCES velolog.system(system_key)
constraint on velolog.region: PRIMARY KEY (system_key, region_id)
constraint on velolog.rolled_range: FOREIGN KEY (feed_key) REFERENCES velolog.feed(feed_key)
constraint on velolog.rolled_range: PRIMARY KEY (feed_key, from_at)
constraint on velolog.station: FOREIGN KEY (system_key) REFERENCES velolog.system(system_key)
constraint on velolog.station: PRIMARY KEY (station_key)
constraint on velolog.station: UNIQUE (system_key, station_id)
constraint on velolog.station_absence: FOREIGN KEY (station_key) REFERENCES velolog.station(station_key)
constraint on velolog.station_absence: PRIMARY KEY (station_key, from_at)
constraint on velolog.station_hour: FOREIGN KEY (station_key) REFERENCES velolog.station(station_key)
constraint on velolog.station_hour: FOREIGN KEY (system_key) REFERENCES velolog.system(system_key)
constraint on velolog.station_hour: PRIMARY KEY (station_key, hour_at)
constraint on velolog.station_hour_edge: FOREIGN KEY (station_key) REFERENCES velolog.station(station_key)
constraint on velolog.station_hour_edge: FOREIGN KEY (system_key) REFERENCES velolog.system(system_key)
constraint on velolog.station_hour_edge: PRIMARY KEY (station_key, hour_at)
constraint on velolog.station_spell: CHECK ((state = ANY (ARRAY['ok'::text, 'empty'::text, 'full'::text, 'closed'::text, 'unknown'::text])))
constraint on velolog.station_spell: FOREIGN KEY (station_key) REFERENCES velolog.station(station_key)
constraint on velolog.station_spell: PRIMARY KEY (station_key, from_at)
constraint on velolog.station_state: FOREIGN KEY (station_key) REFERENCES velolog.station(station_key)
constraint on velolog.station_state: PRIMARY KEY (station_key)
constraint on velolog.station_status: PRIMARY KEY (station_key, observed_at)
constraint on velolog.station_status_before: FOREIGN KEY (station_key) REFERENCES velolog.station(station_key)
constraint on velolog.station_status_before: PRIMARY KEY (station_key, observed_at)
constraint on velolog.station_summary: FOREIGN KEY (feed_key) REFERENCES velolog.feed(feed_key)
constraint on velolog.station_summary: PRIMARY KEY (feed_key)
constraint on velolog.station_type_state: FOREIGN KEY (station_key) REFERENCES velolog.station(station_key)
constraint on velolog.station_type_state: PRIMARY KEY (station_key, vehicle_type_key)
constraint on velolog.station_type_status: PRIMARY KEY (station_key, vehicle_type_key, observed_at)
constraint on velolog.station_type_status_before: FOREIGN KEY (station_key) REFERENCES velolog.station(station_key)
constraint on velolog.station_type_status_before: PRIMARY KEY (station_key, vehicle_type_key, observed_at)
constraint on velolog.system: PRIMARY KEY (system_key)
constraint on velolog.system: UNIQUE (system_id)
constraint on velolog.vehicle_cell_hour: FOREIGN KEY (feed_key) REFERENCES velolog.feed(feed_key)
constraint on velolog.vehicle_cell_hour: UNIQUE NULLS NOT DISTINCT (feed_key, hour_at, geohash, form_factor)
constraint on velolog.vehicle_hour: FOREIGN KEY (feed_key) REFERENCES velolog.feed(feed_key)
constraint on velolog.vehicle_hour: PRIMARY KEY (feed_key, hour_at)
constraint on velolog.vehicle_listed: FOREIGN KEY (feed_key) REFERENCES velolog.feed(feed_key)
constraint on velolog.vehicle_listed: PRIMARY KEY (feed_key, lane_from_at, vehicle_id)
constraint on velolog.vehicle_rolled: FOREIGN KEY (feed_key) REFERENCES velolog.feed(feed_key)
constraint on velolog.vehicle_rolled: PRIMARY KEY (feed_key, from_at)
constraint on velolog.vehicle_stay: PRIMARY KEY (stay_key, from_at)
constraint on velolog.vehicle_summary: FOREIGN KEY (feed_key) REFERENCES velolog.feed(feed_key)
constraint on velolog.vehicle_summary: PRIMARY KEY (feed_key)
constraint on velolog.vehicle_type: FOREIGN KEY (system_key) REFERENCES velolog.system(system_key)
constraint on velolog.vehicle_type: PRIMARY KEY (vehicle_type_key)
constraint on velolog.vehicle_type: UNIQUE (system_key, vehicle_type_id)
constraint on velolog.vehicle_type_summary: FOREIGN KEY (feed_key) REFERENCES velolog.feed(feed_key)
constraint on velolog.vehicle_type_summary: PRIMARY KEY (feed_key, vehicle_type_key)

CREATE INDEX data_quality_issue_by_station ON velolog.data_quality_issue USING btree (system_key, station_id, since)
CREATE INDEX station_absence_open ON velolog.station_absence USING btree (station_key) WHERE (to_at IS NULL)
CREATE INDEX station_hour_edge_of_system ON velolog.station_hour_edge USING btree (system_key, hour_at)
CREATE INDEX station_hour_of_system ON velolog.station_hour USING btree (system_key, hour_at)
CREATE INDEX station_place ON velolog.station USING btree (lat, lon)
CREATE INDEX station_spell_going_on ON velolog.station_spell USING btree (station_key) WHERE (end_observed IS NULL)
CREATE INDEX station_spell_of_state ON velolog.station_spell USING btree (station_key, state, from_at)
CREATE INDEX station_spell_times ON velolog.station_spell USING brin (from_at, to_at) WITH (pages_per_range='32', autosummarize='on')
CREATE INDEX station_status_observed_at ON ONLY velolog.station_status USING brin (observed_at) WITH (pages_per_range='32')
CREATE INDEX vehicle_stay_by_end ON ONLY velolog.vehicle_stay USING btree (feed_key, to_at)
CREATE UNIQUE INDEX applied_view_pkey ON velolog.applied_view USING btree (name)
CREATE UNIQUE INDEX changes_topic_pkey ON velolog.changes_topic USING btree (topic)
CREATE UNIQUE INDEX coverage_pkey ON velolog.coverage USING btree (feed_key, from_at)
CREATE UNIQUE INDEX data_quality_check_pkey ON velolog.data_quality_check USING btree (feed_key)
CREATE UNIQUE INDEX data_quality_day_pkey ON velolog.data_quality_day USING btree (day, flag)
CREATE UNIQUE INDEX data_quality_issue_open ON velolog.data_quality_issue USING btree (system_key, flag, feed, station_id) NULLS NOT DISTINCT WHERE (ended_at IS NULL)
CREATE UNIQUE INDEX data_quality_issue_pkey ON velolog.data_quality_issue USING btree (issue_key)
CREATE UNIQUE INDEX feed_body_pkey ON velolog.feed_body USING btree (feed_key)
CREATE UNIQUE INDEX feed_document_pkey ON velolog.feed_document USING btree (feed_key, valid_from)
CREATE UNIQUE INDEX feed_pkey ON velolog.feed USING btree (feed_key)
CREATE UNIQUE INDEX feed_system_key_feed_key ON velolog.feed USING btree (system_key, feed)
CREATE UNIQUE INDEX forecast_hour_pkey ON velolog.forecast_hour USING btree (system_key, target, minutes, hour)
CREATE UNIQUE INDEX forecast_made_pkey ON velolog.forecast_made USING btree (system_key, minutes, target, made_at)
CREATE UNIQUE INDEX forecast_model_pkey ON velolog.forecast_model USING btree (system_key, target, minutes)
CREATE UNIQUE INDEX forecast_score_pkey ON velolog.forecast_score USING btree (system_key, target, minutes, day)
CREATE UNIQUE INDEX forecast_tempo_pkey ON velolog.forecast_tempo USING btree (system_key)
CREATE UNIQUE INDEX kafka_loss_pkey ON velolog.kafka_loss USING btree (loss_key)
CREATE UNIQUE INDEX kafka_position_pkey ON velolog.kafka_position USING btree (cluster_id, topic, partition)
CREATE UNIQUE INDEX lake_check_pkey ON velolog.lake_check USING btree (lake, month_at)
CREATE UNIQUE INDEX lake_pkey ON velolog.lake USING btree (name)
CREATE UNIQUE INDEX migration_pkey ON velolog.migration USING btree (name)
CREATE UNIQUE INDEX month_revision_pkey ON velolog.month_revision USING btree (system_key, month_at)
CREATE UNIQUE INDEX observed_range_pkey ON velolog.observed_range USING btree (feed_key, from_at)
CREATE UNIQUE INDEX published_change_pkey ON velolog.published_change USING btree (system_key)
CREATE UNIQUE INDEX region_pkey ON velolog.region USING btree (system_key, region_id)
CREATE UNIQUE INDEX rolled_range_pkey ON velolog.rolled_range USING btree (feed_key, from_at)
CREATE UNIQUE INDEX station_absence_pkey ON velolog.station_absence USING btree (station_key, from_at)
CREATE UNIQUE INDEX station_hour_edge_pkey ON velolog.station_hour_edge USING btree (station_key, hour_at)
CREATE UNIQUE INDEX station_hour_pkey ON velolog.station_hour USING btree (station_key, hour_at)
CREATE UNIQUE INDEX station_pkey ON velolog.station USING btree (station_key)
CREATE UNIQUE INDEX station_spell_pkey ON velolog.station_spell USING btree (station_key, from_at)
CREATE UNIQUE INDEX station_state_pkey ON velolog.station_state USING btree (station_key)
CREATE UNIQUE INDEX station_status_before_pkey ON velolog.station_status_before USING btree (station_key, observed_at)
CREATE UNIQUE INDEX station_status_pkey ON ONLY velolog.station_status USING btree (station_key, observed_at)
CREATE UNIQUE INDEX station_summary_pkey ON velolog.station_summary USING btree (feed_key)
CREATE UNIQUE INDEX station_system_key_station_id_key ON velolog.station USING btree (system_key, station_id)
CREATE UNIQUE INDEX station_type_state_pkey ON velolog.station_type_state USING btree (station_key, vehicle_type_key)
CREATE UNIQUE INDEX station_type_status_before_pkey ON velolog.station_type_status_before USING btree (station_key, vehicle_type_key, observed_at)
CREATE UNIQUE INDEX station_type_status_pkey ON ONLY velolog.station_type_status USING btree (station_key, vehicle_type_key, observed_at)
CREATE UNIQUE INDEX system_pkey ON velolog.system USING btree (system_key)
CREATE UNIQUE INDEX system_system_id_key ON velolog.system USING btree (system_id)
CREATE UNIQUE INDEX vehicle_cell_hour_feed_key_hour_at_geohash_form_factor_key ON velolog.vehicle_cell_hour USING btree (feed_key, hour_at, geohash, form_factor) NULLS NOT DISTINCT
CREATE UNIQUE INDEX vehicle_hour_pkey ON velolog.vehicle_hour USING btree (feed_key, hour_at)
CREATE UNIQUE INDEX vehicle_listed_pkey ON velolog.vehicle_listed USING btree (feed_key, lane_from_at, vehicle_id)
CREATE UNIQUE INDEX vehicle_rolled_pkey ON velolog.vehicle_rolled USING btree (feed_key, from_at)
CREATE UNIQUE INDEX vehicle_stay_pkey ON ONLY velolog.vehicle_stay USING btree (stay_key, from_at)
CREATE UNIQUE INDEX vehicle_summary_pkey ON velolog.vehicle_summary USING btree (feed_key)
CREATE UNIQUE INDEX vehicle_type_pkey ON velolog.vehicle_type USING btree (vehicle_type_key)
CREATE UNIQUE INDEX vehicle_type_summary_pkey ON velolog.vehicle_type_summary USING btree (feed_key, vehicle_type_key)
CREATE UNIQUE INDEX vehicle_type_system_key_vehicle_type_id_key ON velolog.vehicle_type USING btree (system_key, vehicle_type_id)

function api.ebike_count_between("from" timestamp with time zone, "to" timestamp with time zone, system_id text, step_seconds double precision DEFAULT 300, station_id text DEFAULT NULL::text) returns TABLE(at timestamp with time zone, num_ebikes_available bigint, stations_telling bigint)
function api.flagged_station_between("from" timestamp with time zone, "to" timestamp with time zone, system_id text DEFAULT NULL::text) returns TABLE(system_id text, station_id text, flag text, from_at timestamp with time zone, to_at timestamp with time zone, is_open boolean)
function api.flow_balance_between("from" timestamp with time zone, "to" timestamp with time zone, system_id text DEFAULT NULL::text) returns TABLE(system_id text, station_id text, name text, lat double precision, lon double precision, arrivals integer, departures integer, net integer, largest_step integer, gap_seconds double precision)
function api.forecast_minutes(minutes integer) returns integer
function api.gap_seconds(a timestamp with time zone, b timestamp with time zone, starts timestamp with time zone[], unobserved_seconds double precision[], returns timestamp with time zone[], absent_seconds double precision[]) returns double precision
function api.is_recent_reading(read_at timestamp with time zone) returns boolean
function api.last_known_report(station_key integer, before timestamp with time zone, of_bikes boolean) returns api.stored_report
function api.longest_pause(usual_seconds double precision) returns interval
function api.observed_runs(system_key integer, lane_from_at timestamp with time zone, lane_to_at timestamp with time zone, "from" timestamp with time zone, "to" timestamp with time zone, station_key integer DEFAULT NULL::integer) returns TABLE(station_key integer, starts timestamp with time zone[], ends timestamp with time zone[])
function api.outage_episode_between("from" timestamp with time zone, "to" timestamp with time zone, system_id text DEFAULT NULL::text, station_id text DEFAULT NULL::text, leave_out_flagged boolean DEFAULT false) returns TABLE(system_id text, station_id text, name text, lat double precision, lon double precision, state text, from_at timestamp with time zone, to_at timestamp with time zone, is_open boolean, duration_seconds double precision, start_observed boolean, end_observed boolean)
function api.outage_episode_fresh("from" timestamp with time zone) returns TABLE(system_id text, station_id text, name text, lat double precision, lon double precision, state text, from_at timestamp with time zone, to_at timestamp with time zone, is_open boolean, start_observed boolean, end_observed boolean)
function api.profile_weekly_of(system_id text, station_id text) returns TABLE(system_id text, station_id text, name text, weekday integer, hour integer, bikes_mean double precision, docks_mean double precision, empty_share double precision, full_share double precision, hours_observed double precision)
function api.rental_uris_of(system_id text, station_id text) returns TABLE(web text, android text, ios text)
function api.sla_compliance_between(from_day date, to_day date, system_id text DEFAULT NULL::text, from_hour integer DEFAULT 6, to_hour integer DEFAULT 22, tolerated_minutes integer DEFAULT 10, leave_out_flagged boolean DEFAULT false) returns TABLE(system_id text, station_id text, name text, day date, minutes_observed double precision, minutes_in_target double precision, compliance double precision, longest_outage_minutes double precision, outages_over_tolerance integer, minutes_unknown double precision, minutes_of_service double precision)
function api.station_at("time" timestamp with time zone, system_id text DEFAULT NULL::text, stations_of_each integer DEFAULT NULL::integer) returns SETOF api.station_current
function api.station_change_between("from" timestamp with time zone, "to" timestamp with time zone, system_id text DEFAULT NULL::text) returns TABLE(system_id text, station_id text, name text, lat double precision, lon double precision, observed_at timestamp with time zone, prev_observed_at timestamp with time zone, num_bikes_available smallint, prev_num_bikes_available smallint, bikes_delta integer, num_docks_available smallint, prev_num_docks_available smallint, docks_delta integer, gap_seconds double precision)
function api.station_change_since(system_id text, since timestamp with time zone) returns TABLE(station_id text, name text, lat double precision, lon double precision, observed_at timestamp with time zone, prev_observed_at timestamp with time zone, num_bikes_available smallint, prev_num_bikes_available smallint, bikes_delta integer, num_docks_available smallint, prev_num_docks_available smallint, docks_delta integer, gap_seconds double precision)
function api.station_counts_between("from" timestamp with time zone, "to" timestamp with time zone, system_id text, step_seconds integer DEFAULT 0) returns TABLE(station_id text, observed_at timestamp with time zone, num_bikes_available smallint, num_docks_available smallint, state text)
function api.station_current_since(system_id text, since timestamp with time zone) returns SETOF api.station_current
function api.station_forecast(system_id text, minutes integer, station_id text DEFAULT NULL::text, leave_out_flagged boolean DEFAULT false) returns TABLE(station_id text, p_bike double precision, p_dock double precision, expected_bikes double precision, basis text, basis_dock text, trained_at timestamp with time zone, observed_at timestamp with time zone, no_forecast_because text, skill double precision, skill_damped double precision)
function api.station_forecast_parts(system_id text, minutes integer, of_station_id text DEFAULT NULL::text) returns TABLE(station_key integer, station_id text, target text, observed_at timestamp with time zone, without text, count integer, basis text, trained_at timestamp with time zone, used double precision, model double precision, persistence double precision, damped double precision, profile double precision, expected double precision)
function api.station_hour_between("from" timestamp with time zone, "to" timestamp with time zone, system_id text DEFAULT NULL::text, station_id text DEFAULT NULL::text) returns TABLE(system_id text, station_id text, name text, hour_at timestamp with time zone, bikes_min smallint, bikes_mean double precision, bikes_max smallint, docks_min smallint, docks_mean double precision, docks_max smallint, empty_share double precision, full_share double precision, closed_share double precision, observed_share double precision, arrivals integer, departures integer, largest_step integer, unknown_share double precision)
function api.station_hour_fresh("from" timestamp with time zone, "to" timestamp with time zone, system_id text DEFAULT NULL::text, station_id text DEFAULT NULL::text) returns TABLE(station_key integer, hour_at timestamp with time zone, bikes_min smallint, bikes_mean double precision, bikes_max smallint, docks_min smallint, docks_mean double precision, docks_max smallint, observed_ms integer, empty_ms integer, full_ms integer, closed_ms integer, unknown_ms integer, arrivals integer, departures integer, largest_step smallint)
function api.station_hour_in(system_key integer, lane_from_at timestamp with time zone, lane_to_at timestamp with time zone, "from" timestamp with time zone, "to" timestamp with time zone, station_key integer DEFAULT NULL::integer) returns TABLE(station_key integer, hour_at timestamp with time zone, bikes_min smallint, bikes_max smallint, docks_min smallint, docks_max smallint, bikes_ms bigint, bikes_known_ms integer, docks_ms bigint, docks_known_ms integer, observed_ms integer, empty_ms integer, full_ms integer, closed_ms integer, unknown_ms integer, arrivals integer, departures integer, largest_step smallint)
function api.station_report_between("from" timestamp with time zone, "to" timestamp with time zone, system_id text, station_id text) returns TABLE(observed_at timestamp with time zone, num_bikes_available smallint, num_docks_available smallint, num_bikes_disabled smallint, num_docks_disabled smallint, is_installed boolean, is_renting boolean, is_returning boolean, state text)
function api.station_spell_between("from" timestamp with time zone, "to" timestamp with time zone, system_id text DEFAULT NULL::text, station_id text DEFAULT NULL::text) returns TABLE(system_id text, station_id text, name text, lat double precision, lon double precision, state text, from_at timestamp with time zone, to_at timestamp with time zone, is_open boolean, duration_seconds double precision, start_observed boolean, end_observed boolean)
function api.station_spell_in(system_key integer, lane_from_at timestamp with time zone, lane_to_at timestamp with time zone, "from" timestamp with time zone, "to" timestamp with time zone, station_key integer DEFAULT NULL::integer) returns TABLE(station_key integer, state text, from_at timestamp with time zone, to_at timestamp with time zone, start_observed boolean, end_observed boolean)
function api.station_step_between("from" timestamp with time zone, "to" timestamp with time zone, system_id text, station_id text) returns TABLE(at timestamp with time zone, num_bikes_available smallint, num_docks_available smallint, num_bikes_disabled smallint, num_docks_disabled smallint, state text)
function api.step_times("from" timestamp with time zone, "to" timestamp with time zone, step_seconds double precision) returns TABLE(number bigint, at timestamp with time zone, seconds double precision)
function api.system_count_between("from" timestamp with time zone, "to" timestamp with time zone, system_id text DEFAULT NULL::text, step_seconds double precision DEFAULT 60) returns TABLE(system_id text, at timestamp with time zone, num_bikes_available bigint, num_docks_available bigint, stations bigint, stations_empty bigint, stations_full bigint, stations_closed bigint, stations_unknown bigint)
function api.system_offer(system_id text, leave_out_flagged boolean DEFAULT false) returns TABLE(stations integer, bikes bigint, docks bigint, ebikes bigint, empty integer, "full" integer, closed integer, unknown integer, stations_left_out integer)
function api.timezone_or_utc(name text) returns text
function api.unobserved_between(station_key integer, "from" timestamp with time zone, "to" timestamp with time zone) returns double precision
function api.vehicle_change_between("from" timestamp with time zone, "to" timestamp with time zone, system_id text DEFAULT NULL::text) returns TABLE(system_id text, observed_at timestamp with time zone, geohash text, form_factor text, vehicles bigint, prev_vehicles bigint, vehicles_delta bigint, available bigint, prev_available bigint, reserved bigint, prev_reserved bigint, disabled bigint, prev_disabled bigint, appeared bigint, vanished bigint, moved bigint, changed_state bigint, gap_seconds double precision)
function api.vehicle_count_between("from" timestamp with time zone, "to" timestamp with time zone, system_id text DEFAULT NULL::text, step_seconds double precision DEFAULT 300) returns TABLE(system_id text, at timestamp with time zone, form_factor text, vehicles bigint, available bigint, reserved bigint, disabled bigint, docked_vehicles bigint)
function api.vehicle_stay_between("from" timestamp with time zone, "to" timestamp with time zone, system_id text DEFAULT NULL::text) returns TABLE(system_id text, vehicle_type_id text, form_factor text, propulsion_type text, lat double precision, lon double precision, station_id text, state text, from_at timestamp with time zone, to_at timestamp with time zone, begin_seen boolean, end_seen boolean)
function velolog.add_up_ebikes(system_keys integer[]) returns void
function velolog.add_up_places(system_keys integer[]) returns void
function velolog.add_up_stations(system_keys integer[]) returns void
function velolog.flag(flags smallint, which integer) returns boolean
function velolog.geohash_of(lat_e5 integer, lon_e5 integer) returns text
function velolog.month_checksum(system_key integer, "from" timestamp with time zone, "to" timestamp with time zone) returns TABLE(rows bigint, checksum text)
function velolog.refuse_older_worker() returns trigger
function velolog.station_state_of(num_bikes_available smallint, num_docks_available smallint, flags smallint) returns text
