import type { SystemInformation } from '@velolog/gbfs/feeds/system-information';
import { type DatabaseTransactionConnection, type FragmentSqlToken, sql } from 'slonik';
import type { ListedStations } from '../memory/listed-stations.ts';
import type { PendingWrites } from '../memory/pending-writes.ts';
import type { FeedState, SystemState } from '../memory/system-state.ts';
import { timeOf } from '../sql-time.ts';
import { numberArray, textArray } from './sql-arrays.ts';

/**
 * Writes the content of station_information and system_information, and the country that ingest states. A station that is no longer listed keeps what
 * is known of it, and when it was first missing (`delisted_at`).
 */
export async function writeInformation(
  transaction: DatabaseTransactionConnection,
  writes: PendingWrites,
): Promise<void> {
  for (const [system, listed] of writes.information) await writeStations(transaction, system, listed);
  // The latest first: each is compared with what came after it.
  const earlier = [...writes.earlierInformation].sort(([a], [b]) => b.from_at - a.from_at);
  for (const [lane, { feed, listed }] of earlier)
    await writeEarlierStations(transaction, feed, lane.to_at, listed);
  for (const [system, information] of writes.systemInformation)
    await writeSystem(transaction, system, information, sql.fragment`true`);
  for (const [lane, { feed, information }] of writes.earlierSystemInformation)
    await writeSystem(
      transaction,
      feed.system,
      information,
      sql.fragment`not exists (
      select from velolog.coverage
      where feed_key = ${feed.feed_key} and outcome = 'observed' and from_at > ${timeOf(lane.to_at)}
    )`,
    );
  for (const { system_key, country } of writes.countries) {
    await transaction.query(
      sql.unsafe`update velolog.system set country = ${country} where system_key = ${system_key}`,
    );
  }
}

/** @param isNewest whether nothing that was answered later says otherwise */
async function writeSystem(
  transaction: DatabaseTransactionConnection,
  { system_key }: SystemState,
  { name, operator, timezone, url, license_url }: SystemInformation,
  isNewest: FragmentSqlToken,
): Promise<void> {
  await transaction.query(sql.unsafe`
    update velolog.system set name = ${name}, operator = ${operator}, timezone = ${timezone}, url = ${url}, license_url = ${license_url}
    where system_key = ${system_key} and ${isNewest}`);
}

/** Of a station that no list of station_information has named. */
const IS_UNKNOWN = sql.fragment`(station.name, station.lat, station.lon, station.capacity, station.region_id, station.rental_uris) is null`;

/** Most polls change nothing here, so only differing rows are written, and a key is drawn only for a new station. */
async function writeStations(
  transaction: DatabaseTransactionConnection,
  system: SystemState,
  { first_at, stations }: ListedStations,
): Promise<void> {
  const listed = listedRows(stations);
  await transaction.query(sql.unsafe`
    update velolog.station
    set name = listed.name, lat = listed.lat, lon = listed.lon, capacity = listed.capacity, region_id = listed.region_id,
      rental_uris = listed.rental_uris, delisted_at = listed.delisted_at
    from ${listed}
    where station.system_key = ${system.system_key} and station.station_id = listed.station_id
      and (station.name, station.lat, station.lon, station.capacity, station.region_id, station.rental_uris, station.delisted_at)
        is distinct from (listed.name, listed.lat, listed.lon, listed.capacity, listed.region_id, listed.rental_uris, listed.delisted_at)`);
  await insertMissing(transaction, system, listed);
  await transaction.query(sql.unsafe`
    update velolog.station set delisted_at = ${timeOf(first_at)}
    where station.system_key = ${system.system_key} and station.delisted_at is null and not (${IS_UNKNOWN})
      and not exists (
        select from unnest(${textArray(stations.keys())}::text[]) as listed (station_id) where listed.station_id = station.station_id
      )`);
}

async function insertMissing(
  transaction: DatabaseTransactionConnection,
  { system_key }: SystemState,
  listed: FragmentSqlToken,
): Promise<void> {
  await transaction.query(sql.unsafe`
    insert into velolog.station (system_key, station_id, name, lat, lon, capacity, region_id, rental_uris, delisted_at)
    select ${system_key}, station_id, name, lat, lon, capacity, region_id, rental_uris, delisted_at
    from ${listed}
    where not exists (
      select from velolog.station
      where station.system_key = ${system_key} and station.station_id = listed.station_id
    )`);
}

/**
 * Writes imported lists that come before others which are known already, so that the result is that of all lists in order of time: of each
 * station the newest row, and the first list after it without the station. No list lies between these and the next known one: what was
 * delisted by then has its newest row here, if it is here at all.
 */
async function writeEarlierStations(
  transaction: DatabaseTransactionConnection,
  { feed_key, system }: FeedState,
  last_at: number,
  { first_at, stations }: ListedStations,
): Promise<void> {
  const next = sql.fragment`(
      select min(from_at) from velolog.coverage
      where feed_key = ${feed_key} and outcome = 'observed' and from_at > ${timeOf(last_at)}
    )`;
  const listed = listedRows(stations, next);
  await transaction.query(sql.unsafe`
    update velolog.station set delisted_at = ${timeOf(first_at)}
    where station.system_key = ${system.system_key} and station.delisted_at is not distinct from ${next} and not (${IS_UNKNOWN})
      and not exists (
        select from unnest(${textArray(stations.keys())}::text[]) as listed (station_id) where listed.station_id = station.station_id
      )`);
  await transaction.query(sql.unsafe`
    update velolog.station
    set name = listed.name, lat = listed.lat, lon = listed.lon, capacity = listed.capacity, region_id = listed.region_id,
      rental_uris = listed.rental_uris, delisted_at = listed.delisted_at
    from ${listed}
    where station.system_key = ${system.system_key} and station.station_id = listed.station_id
      and (${next} is null or station.delisted_at <= ${next} or ${IS_UNKNOWN})`);
  await insertMissing(transaction, system, listed);
}

/** @param next the list after these, which has none of their stations that were not delisted before: null if there is none */
function listedRows(
  stations: ListedStations['stations'],
  next: FragmentSqlToken = sql.fragment`null::timestamptz`,
) {
  const rows = Array.from(stations.values(), ({ row }) => row);
  return sql.fragment`(
      select station_id, name, lat, lon, capacity, region_id, rental_uris,
        coalesce('epoch'::timestamptz + delisted_ms * interval '1 ms', ${next}) as delisted_at
      from unnest(
        ${textArray(stations.keys())}::text[],
        ${textArray(rows.map(({ name }) => name))}::text[],
        ${numberArray(rows.map(({ lat }) => lat))}::float8[],
        ${numberArray(rows.map(({ lon }) => lon))}::float8[],
        ${numberArray(rows.map(({ capacity }) => capacity))}::int4[],
        ${textArray(rows.map(({ region_id }) => region_id))}::text[],
        ${textArray(rows.map(({ rental_uris }) => rental_uris && JSON.stringify(rental_uris)))}::jsonb[],
        ${numberArray(Array.from(stations.values(), ({ delisted_at }) => delisted_at))}::int8[]
      ) as list (station_id, name, lat, lon, capacity, region_id, rental_uris, delisted_ms)
    ) as listed`;
}
