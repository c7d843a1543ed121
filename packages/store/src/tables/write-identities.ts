import { impliedVehicleType } from '@velolog/gbfs/feeds/vehicle-types';
import { type DatabaseTransactionConnection, sql } from 'slonik';
import { z } from 'zod';
import type { PendingWrites } from '../memory/pending-writes.ts';
import type { FeedState, SystemState } from '../memory/system-state.ts';
import { numberArray, textArray } from './sql-arrays.ts';

/**
 * Gives systems, feeds and stations their keys. A key is drawn only for what the table lacks: `on conflict` would use
 * one up at every poll, and a catalogue of 230,000 stations would run out of integers in a year.
 */
export async function writeIdentities(
  transaction: DatabaseTransactionConnection,
  writes: PendingWrites,
): Promise<void> {
  await writeSystems(transaction, writes.systems);
  await writeFeeds(
    transaction,
    [...writes.feeds].filter((feed) => feed.feed_key === 0),
  );
  await writeStations(transaction, writes.stations);
  await writeVehicleTypes(transaction, writes.vehicleTypes);
}

const SystemKey = z.object({ system_id: z.string(), system_key: z.number() });

/** A system has records in two topics, so another worker may insert it at the same time. */
async function writeSystems(
  transaction: DatabaseTransactionConnection,
  systems: Set<SystemState>,
): Promise<void> {
  const missing = [...systems].filter((system) => system.system_key === 0);
  if (missing.length === 0) return;
  const ids = textArray(missing.map((system) => system.system_id).sort());
  await transaction.query(sql.unsafe`
    insert into velolog.system (system_id)
    select new.system_id from unnest(${ids}::text[]) as new (system_id)
    where not exists (select from velolog.system where system.system_id = new.system_id)
    on conflict do nothing`);
  const rows = await transaction.any(sql.type(SystemKey)`
    select system_id, system_key from velolog.system where system_id = any(${ids}::text[])`);
  const keys = new Map(rows.map((row) => [row.system_id, row.system_key]));
  for (const system of missing) system.system_key = keys.get(system.system_id) ?? 0;
}

const FeedKey = z.object({ system_key: z.number(), feed: z.string(), feed_key: z.number() });

/** A feed of which polls were only refused may have its row already (write-refusals.ts). */
async function writeFeeds(transaction: DatabaseTransactionConnection, missing: FeedState[]): Promise<void> {
  if (missing.length === 0) return;
  const system_keys = numberArray(missing.map((feed) => feed.system.system_key));
  const names = textArray(missing.map((feed) => feed.feed));
  await transaction.query(sql.unsafe`
    insert into velolog.feed (system_key, feed, last_fetched_at)
    select system_key, feed, 'epoch' from unnest(${system_keys}::int4[], ${names}::text[]) as new (system_key, feed)
    where not exists (
      select from velolog.feed as known where known.system_key = new.system_key and known.feed = new.feed
    )
    on conflict do nothing`);
  const rows = await transaction.any(sql.type(FeedKey)`
    select system_key, feed, feed_key from velolog.feed
    join unnest(${system_keys}::int4[], ${names}::text[]) as new (system_key, feed) using (system_key, feed)`);
  const keys = new Map(rows.map((row) => [`${row.system_key}/${row.feed}`, row.feed_key]));
  for (const feed of missing) feed.feed_key = keys.get(`${feed.system.system_key}/${feed.feed}`) ?? 0;
}

const StationKey = z.object({ system_key: z.number(), station_id: z.string(), station_key: z.number() });

/** A station may already exist: listed by station_information, or by another lane of the same system, even in these writes. */
async function writeStations(
  transaction: DatabaseTransactionConnection,
  stations: PendingWrites['stations'],
): Promise<void> {
  if (stations.size === 0) return;
  const system_keys = numberArray([...stations.values()].map(({ system }) => system.system_key));
  const station_ids = textArray([...stations.keys()].map((station) => station.station_id));
  const first = numberArray([...stations.values()].map(({ first_observed_at }) => first_observed_at));
  const seen = sql.fragment`(
    select system_key, station_id, min(at) as at
    from unnest(${system_keys}::int4[], ${station_ids}::text[], ${first}::int8[]) as listed (system_key, station_id, at)
    group by system_key, station_id
  ) as seen`;
  const rows = await transaction.any(sql.type(StationKey)`
    with known as (
      update velolog.station
      set first_observed_at = least(station.first_observed_at, 'epoch'::timestamptz + seen.at * interval '1 ms')
      from ${seen}
      where station.system_key = seen.system_key and station.station_id = seen.station_id
      returning station.system_key, station.station_id, station.station_key
    ), made as (
      insert into velolog.station (system_key, station_id, first_observed_at)
      select system_key, station_id, 'epoch'::timestamptz + at * interval '1 ms'
      from ${seen}
      where not exists (
        select from velolog.station where station.system_key = seen.system_key and station.station_id = seen.station_id
      )
      returning system_key, station_id, station_key
    )
    select * from known union all select * from made`);
  const keys = new Map(rows.map((row) => [`${row.system_key}/${row.station_id}`, row.station_key]));
  for (const [station, { system }] of stations) {
    station.station_key = keys.get(`${system.system_key}/${station.station_id}`) ?? 0;
  }
}

const TypeKey = z.object({
  system_key: z.number(),
  vehicle_type_id: z.string(),
  vehicle_type_key: z.number(),
});

/**
 * A type that vehicle_types does not define (yet) gets the properties that its name implies. The other topic of the system may bring the same type at
 * the same time.
 */
async function writeVehicleTypes(
  transaction: DatabaseTransactionConnection,
  vehicleTypes: PendingWrites['vehicleTypes'],
): Promise<void> {
  const missing = Array.from(vehicleTypes, ([system, ids]) =>
    Array.from(ids, (id) => ({ system, id })),
  ).flat();
  if (missing.length === 0) return;
  const system_keys = numberArray(missing.map(({ system }) => system.system_key));
  const ids = textArray(missing.map(({ id }) => id));
  const implied = missing.map(({ id }) => impliedVehicleType(id));
  await transaction.query(sql.unsafe`
    insert into velolog.vehicle_type (system_key, vehicle_type_id, form_factor, propulsion_type)
    select * from unnest(
      ${system_keys}::int4[],
      ${ids}::text[],
      ${textArray(implied.map((type) => type?.form_factor ?? null))}::text[],
      ${textArray(implied.map((type) => type?.propulsion_type ?? null))}::text[]
    ) as new (system_key, vehicle_type_id, form_factor, propulsion_type)
    where not exists (
      select from velolog.vehicle_type as known
      where known.system_key = new.system_key and known.vehicle_type_id = new.vehicle_type_id
    )
    order by system_key, vehicle_type_id
    on conflict do nothing`);
  const rows = await transaction.any(sql.type(TypeKey)`
    select system_key, vehicle_type_id, vehicle_type_key
    from velolog.vehicle_type
    join unnest(${system_keys}::int4[], ${ids}::text[]) as named (system_key, vehicle_type_id) using (system_key, vehicle_type_id)`);
  const systems = new Map(missing.map(({ system }) => [system.system_key, system]));
  for (const { system_key, vehicle_type_id, vehicle_type_key } of rows)
    systems.get(system_key)?.vehicle_types.set(vehicle_type_id, vehicle_type_key);
}
