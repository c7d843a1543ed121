import type { StationInformation } from '@velolog/gbfs/feeds/station-information';
import { type DatabaseTransactionConnection, sql } from 'slonik';
import type { PendingWrites } from '../memory/pending-writes.ts';
import type { SystemState } from '../memory/system-state.ts';
import { numberArray, textArray } from './sql-arrays.ts';

/**
 * Writes the content of station_information and system_information, and the country that ingest states. A station that is no longer listed keeps what
 * is known of it.
 */
export async function writeInformation(
  transaction: DatabaseTransactionConnection,
  writes: PendingWrites,
): Promise<void> {
  for (const [system, stations] of writes.information) {
    await writeStations(transaction, system, [...stations.values()]);
  }
  for (const [system, information] of writes.systemInformation) {
    await transaction.query(sql.unsafe`
      update velolog.system set name = ${information.name}, operator = ${information.operator},
        timezone = ${information.timezone}, url = ${information.url}, license_url = ${information.license_url}
      where system_key = ${system.system_key}`);
  }
  for (const { system_key, country } of writes.countries) {
    await transaction.query(
      sql.unsafe`update velolog.system set country = ${country} where system_key = ${system_key}`,
    );
  }
}

/** Most polls change nothing here, so only differing rows are written, and a key is drawn only for a new station. */
async function writeStations(
  transaction: DatabaseTransactionConnection,
  system: SystemState,
  stations: StationInformation[],
): Promise<void> {
  const listed = sql.fragment`unnest(
      ${textArray(stations.map((station) => station.station_id))}::text[],
      ${textArray(stations.map((station) => station.name))}::text[],
      ${numberArray(stations.map((station) => station.lat))}::float8[],
      ${numberArray(stations.map((station) => station.lon))}::float8[],
      ${numberArray(stations.map((station) => station.capacity))}::int4[],
      ${textArray(stations.map((station) => station.region_id))}::text[],
      ${textArray(stations.map(({ rental_uris }) => rental_uris && JSON.stringify(rental_uris)))}::jsonb[]
    ) as listed (station_id, name, lat, lon, capacity, region_id, rental_uris)`;
  await transaction.query(sql.unsafe`
    update velolog.station
    set name = listed.name, lat = listed.lat, lon = listed.lon, capacity = listed.capacity, region_id = listed.region_id,
      rental_uris = listed.rental_uris
    from ${listed}
    where station.system_key = ${system.system_key} and station.station_id = listed.station_id
      and (station.name, station.lat, station.lon, station.capacity, station.region_id, station.rental_uris)
        is distinct from (listed.name, listed.lat, listed.lon, listed.capacity, listed.region_id, listed.rental_uris)`);
  await transaction.query(sql.unsafe`
    insert into velolog.station (system_key, station_id, name, lat, lon, capacity, region_id, rental_uris)
    select ${system.system_key}, station_id, name, lat, lon, capacity, region_id, rental_uris
    from ${listed}
    where not exists (
      select from velolog.station
      where station.system_key = ${system.system_key} and station.station_id = listed.station_id
    )`);
}
