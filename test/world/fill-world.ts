import { worldTowns } from '../../packages/live/scripts/world-towns.ts';
import { withClient } from '../servers/with-client.ts';

/** As many systems as the public catalogue lists, and one very dense place. */
const WORLD = { systems: 1520, stations: 150, fleets: 400, vehicles: 750 };
export const CITY = { lat: 59.9, lon: 10.7, fleet: 20_000 };

/**
 * The whole catalogue as rows, as the store leaves them after one poll: 228,000 stations, 300,000 vehicles, and another
 * 20,000 vehicles of one system in one city. Created in the database, because polling it would take minutes.
 */
export async function fillWorld(databaseUrl: string): Promise<void> {
  await withClient(databaseUrl, async (client) => {
    for (const [statement, values] of STATEMENTS) await client.query(statement, values);
  });
}

const { systems, stations, fleets, vehicles } = WORLD;
/** Populated places: the catalogue itself may not be copied. */
const TOWNS = worldTowns().slice(0, systems);

const STATEMENTS: [string, unknown[]?][] = [
  // Most are in Europe, like the real ones.
  [
    `create temporary table town as
     select n, 'world-' || n as system_id, name, country, lat, lon
     from unnest($1::text[], $2::text[], $3::float8[], $4::float8[]) with ordinality as told (name, country, lat, lon, n)`,
    [0, 1, 2, 3].map((column) => TOWNS.map((town) => town[column])),
  ],
  [
    `update town set name = 'Oslo ' || n, country = 'NO', lat = $1, lon = $2 where n <= 10`,
    [CITY.lat, CITY.lon],
  ],
  [
    `insert into velolog.system (system_id, name, operator, timezone, country)
    select system_id, name || ' Bikes', 'Operator of ' || name, 'UTC', country from town`,
  ],
  [
    `insert into velolog.feed (system_key, feed, last_fetched_at, last_success_at, ttl_seconds, last_polled_at)
    select system_key, feed, now(), now() - case when system_key % 40 = 0 then interval '30 days' else interval '0' end, 86400, now()
    from velolog.system cross join (values ('station_status'), ('station_information')) as told (feed)`,
  ],
  [
    `insert into velolog.coverage (feed_key, from_at, to_at, polls, outcome)
    select feed_key, now() - interval '1 minute', now(), 2, 'observed' from velolog.feed`,
  ],
  [
    `insert into velolog.station (system_key, station_id, name, lat, lon, capacity, first_observed_at)
     select system_key, i::text, 'Station ' || i, lat + ((i * 37) % 150) / 1500.0, lon + ((i * 61) % 150) / 900.0, 20, now()
     from town join velolog.system using (system_id) cross join generate_series(1, $1::integer) as i`,
    [stations],
  ],
  [
    `insert into velolog.station_state (station_key, observed_at, num_bikes_available, num_docks_available, flags, state_since)
    select station_key, now(), bikes, 20 - bikes, 63, now()
    from (select station_key, (station_key * 7 % 11 + system_key * 13 % 11) as bikes from velolog.station) as told`,
  ],
  [
    `insert into velolog.station_summary (feed_key, stations, bikes, docks, empty, "full", closed, unknown, west, south, east, north)
    select feed.feed_key, count(*), sum(num_bikes_available), sum(num_docks_available), count(*) filter (where num_bikes_available = 0),
      count(*) filter (where num_docks_available = 0), 0, 0, min(lon), min(lat), max(lon), max(lat)
    from velolog.station join velolog.station_state using (station_key) join velolog.feed using (system_key)
    where feed.feed = 'station_status' group by feed.feed_key`,
  ],
  [
    `insert into velolog.feed (system_key, feed, last_fetched_at, last_success_at, ttl_seconds, last_polled_at)
     select system_key, 'free_bike_status', now(), now(), 86400, now()
     from town join velolog.system using (system_id) where n <= $1`,
    [fleets],
  ],
  [
    `insert into velolog.coverage (feed_key, from_at, to_at, polls, outcome)
    select feed_key, now() - interval '1 minute', now(), 2, 'observed' from velolog.feed where feed = 'free_bike_status'`,
  ],
  [
    `insert into velolog.observed_range (feed_key, from_at, to_at, cadence_ms)
    select feed_key, now() - interval '1 hour', now(), 60000 from velolog.feed where feed = 'free_bike_status'`,
  ],
  ['create table velolog.vehicle_stay_of_world partition of velolog.vehicle_stay default'],
  [
    `insert into velolog.vehicle_stay (from_at, stay_key, feed_key, lat_e5, lon_e5, state, begin_seen)
     select now() - interval '10 minutes', nextval('velolog.vehicle_stay_key'), feed_key,
       (100000 * lat)::integer + (i * 7919) % 9000, (100000 * lon)::integer + (i * 104729) % 14000, 'available', true
     from town join velolog.system using (system_id) join velolog.feed using (system_key)
     cross join lateral generate_series(1, case when n = 1 then $2::integer else $1::integer end) as i
     where feed.feed = 'free_bike_status'`,
    [vehicles, CITY.fleet],
  ],
  [
    `insert into velolog.vehicle_summary (feed_key, available, reserved, disabled, at_station, west, south, east, north)
    select feed_key, count(*), 0, 0, 0, min(lon_e5) / 1e5, min(lat_e5) / 1e5, max(lon_e5) / 1e5, max(lat_e5) / 1e5
    from velolog.vehicle_stay group by feed_key`,
  ],
  [
    `insert into velolog.vehicle_type_summary
    select feed_key, 0, available, reserved, disabled, at_station, west, south, east, north from velolog.vehicle_summary`,
  ],
  ['analyze'],
];
