import { withClient } from '../servers/with-client.ts';

/**
 * Everything that the store has written, as text rows under natural keys (generated keys may differ between two runs),
 * by table. Two databases with the same content give equal values.
 */
export async function readTableRows(databaseUrl: string): Promise<Record<string, string[]>> {
  return await withClient(databaseUrl, async (client) => {
    const tables: Record<string, string[]> = {};
    for (const [table, query] of Object.entries(QUERIES)) {
      const { rows } = await client.query<{ line: string }>(
        `select row(named.*)::text as line from (${query}) as named order by line`,
      );
      tables[table] = rows.map((row) => row.line);
    }
    return tables;
  });
}

const STATION = 'join velolog.station using (station_key) join velolog.system using (system_key)';
const FEED = 'join velolog.feed using (feed_key) join velolog.system using (system_key)';

const TYPE =
  'left join (select vehicle_type_key, vehicle_type_id from velolog.vehicle_type) as type using (vehicle_type_key)';

const QUERIES: Record<string, string> = {
  system: 'select system_id, name, operator, timezone, url, license_url, country from velolog.system',
  station: `select system_id, station_id, station.name, lat, lon, capacity, region_id, rental_uris, first_observed_at, delisted_at
    from velolog.station join velolog.system using (system_key)`,
  station_status: `select system_id, station_id, observed_at, last_reported, num_bikes_available, num_docks_available,
    num_bikes_disabled, num_docks_disabled, flags from velolog.station_status ${STATION}`,
  station_status_before: `select system_id, station_id, observed_at, last_reported, num_bikes_available, num_docks_available,
    num_bikes_disabled, num_docks_disabled, flags, bikes_known_at, bikes_known,
    docks_known_at, docks_known from velolog.station_status_before ${STATION}`,
  station_state: `select system_id, station_id, observed_at, last_reported, num_bikes_available, num_docks_available,
    num_bikes_disabled, num_docks_disabled, flags, state_since from velolog.station_state ${STATION}`,
  station_absence: `select system_id, station_id, last_seen_at, from_at, to_at from velolog.station_absence ${STATION}`,
  feed: `select system_id, feed, last_fetched_at, last_success_at, success_interval_seconds, last_updated, last_polled_at, last_changed_at, ttl_seconds,
    consecutive_failures, last_error, stations_skipped, refused_polls, refused_reason, refused_since is null, refused_at is null from velolog.feed join velolog.system using (system_key)`,
  feed_body: `select system_id, feed, facts from velolog.feed_body ${FEED}`,
  coverage: `select system_id, feed, from_at, to_at, polls, outcome from velolog.coverage ${FEED}`,
  observed_range: `select system_id, feed, from_at, to_at, cadence_ms, body_id, body_last_updated, older_since from velolog.observed_range ${FEED}`,
  region:
    'select system_id, region_id, region.name from velolog.region join velolog.system using (system_key)',
  vehicle_type:
    'select system_id, vehicle_type_id, form_factor, propulsion_type from velolog.vehicle_type join velolog.system using (system_key)',
  station_type_status: `select system_id, station_id, vehicle_type_id, type_status.vehicle_type_key = 0, observed_at, num_available
    from velolog.station_type_status as type_status ${STATION} ${TYPE}`,
  station_type_status_before: `select system_id, station_id, vehicle_type_id, kept.vehicle_type_key = 0, observed_at, num_available
    from velolog.station_type_status_before as kept ${STATION} ${TYPE}`,
  station_type_state: `select system_id, station_id, vehicle_type_id, type_state.vehicle_type_key = 0, observed_at, num_available
    from velolog.station_type_state as type_state ${STATION} ${TYPE}`,
  vehicle_stay: `select system_id, feed, vehicle_type_id, lat_e5, lon_e5, station_id, state, range_km, from_at, to_at, begin_seen, end_seen
    from velolog.vehicle_stay ${FEED} ${TYPE}`,
  vehicle_listed: `select system_id, feed, lane_from_at, vehicle_id, vehicle_type_id, lat_e5, lon_e5, station_id, state, stay.from_at, to_at, listed.range_km
    from velolog.vehicle_listed as listed join velolog.vehicle_stay as stay using (feed_key, stay_key) ${FEED} ${TYPE}`,
  feed_document: `select system_id, feed, valid_from, valid_to, hash, document from velolog.feed_document ${FEED}`,
  station_summary: `select system_id, stations, bikes, docks, empty, "full", closed, unknown, ebikes, types_without_ebikes, west, south, east, north
    from velolog.station_summary ${FEED}`,
  vehicle_summary: `select system_id, feed, available, reserved, disabled, at_station, west, south, east, north from velolog.vehicle_summary ${FEED}`,
  vehicle_type_summary: `select system_id, feed, vehicle_type_id, summary.vehicle_type_key = 0, available, reserved, disabled, docked, west, south, east, north
    from velolog.vehicle_type_summary as summary ${FEED} ${TYPE}`,
  kafka_position: 'select topic, partition, next_offset from velolog.kafka_position where next_offset > 0',
};
