import { type DatabaseTransactionConnection, sql } from 'slonik';
import { z } from 'zod';
import type { PendingWrites } from '../memory/pending-writes.ts';
import type { FeedState } from '../memory/system-state.ts';
import type { ListedVehicle, VehicleStay } from '../memory/vehicles/vehicle-state.ts';
import { timeOf } from '../sql-time.ts';
import { numberArray, textArray } from './sql-arrays.ts';

/** Writes stays of vehicles, and which vehicle id has which stay. Feeds and vehicle types must have their keys. */
export async function writeVehicles(
  transaction: DatabaseTransactionConnection,
  writes: PendingWrites,
): Promise<void> {
  await writeStays(transaction, writes.stays);
  for (const [state, { feed, vehicles }] of writes.listed)
    await writeListed(transaction, feed, state.lane.from_at, vehicles);
}

const StayKey = z.object({ stay_key: z.string().transform(Number) });

async function writeStays(
  transaction: DatabaseTransactionConnection,
  stays: PendingWrites['stays'],
): Promise<void> {
  const begun: VehicleStay[] = [];
  const known: VehicleStay[] = [];
  for (const stay of stays.keys()) (stay.stay_key === 0 ? begun : known).push(stay);
  if (begun.length > 0) {
    const keys = await transaction.any(sql.type(StayKey)`
      select nextval('velolog.vehicle_stay_key')::text as stay_key from generate_series(1, ${begun.length})`);
    for (const [index, { stay_key }] of keys.entries()) (begun[index] as VehicleStay).stay_key = stay_key;
    await insertStays(transaction, begun, stays);
  }
  if (known.length > 0) await updateStays(transaction, known);
}

async function insertStays(
  transaction: DatabaseTransactionConnection,
  begun: VehicleStay[],
  feeds: Map<VehicleStay, FeedState>,
): Promise<void> {
  const feedOf = (stay: VehicleStay) => feeds.get(stay) as FeedState;
  const typeOf = (stay: VehicleStay) =>
    stay.vehicle_type_id === null
      ? null
      : (feedOf(stay).system.vehicle_types.get(stay.vehicle_type_id) ?? null);
  await transaction.query(sql.unsafe`
    insert into velolog.vehicle_stay (stay_key, feed_key, vehicle_type_key, lat_e5, lon_e5, station_id, state, range_km, from_at, to_at,
      begin_seen, end_seen)
    select stay_key, feed_key, vehicle_type_key, lat_e5, lon_e5, station_id, state::velolog.vehicle_state, range_km,
      'epoch'::timestamptz + from_at * interval '1 ms', 'epoch'::timestamptz + to_at * interval '1 ms', begin_seen = 1, end_seen = 1
    from unnest(
      ${numberArray(begun.map((stay) => stay.stay_key))}::int8[],
      ${numberArray(begun.map((stay) => feedOf(stay).feed_key))}::int4[],
      ${numberArray(begun.map(typeOf))}::int4[],
      ${numberArray(begun.map((stay) => stay.lat_e5))}::int4[],
      ${numberArray(begun.map((stay) => stay.lon_e5))}::int4[],
      ${textArray(begun.map((stay) => stay.station_id))}::text[],
      ${textArray(begun.map((stay) => stay.state))}::text[],
      ${numberArray(begun.map((stay) => stay.range_km))}::int4[],
      ${numberArray(begun.map((stay) => stay.from_at))}::int8[],
      ${numberArray(begun.map((stay) => stay.to_at))}::int8[],
      ${numberArray(begun.map((stay) => Number(stay.begin_seen)))}::int4[],
      ${numberArray(begun.map((stay) => (stay.end_seen === null ? null : Number(stay.end_seen))))}::int4[]
    ) as new (stay_key, feed_key, vehicle_type_key, lat_e5, lon_e5, station_id, state, range_km, from_at, to_at, begin_seen, end_seen)`);
}

/** Updates what may change in a stay that has begun: its end, and its position once that is known better. */
async function updateStays(transaction: DatabaseTransactionConnection, stays: VehicleStay[]): Promise<void> {
  await transaction.query(sql.unsafe`
    update velolog.vehicle_stay as stay
    set to_at = 'epoch'::timestamptz + new.to_at * interval '1 ms', end_seen = new.end_seen = 1, lat_e5 = new.lat_e5, lon_e5 = new.lon_e5
    from unnest(
      ${numberArray(stays.map((stay) => stay.stay_key))}::int8[],
      ${numberArray(stays.map((stay) => stay.from_at))}::int8[],
      ${numberArray(stays.map((stay) => stay.to_at))}::int8[],
      ${numberArray(stays.map((stay) => (stay.end_seen === null ? null : Number(stay.end_seen))))}::int4[],
      ${numberArray(stays.map((stay) => stay.lat_e5))}::int4[],
      ${numberArray(stays.map((stay) => stay.lon_e5))}::int4[]
    ) as new (stay_key, from_at, to_at, end_seen, lat_e5, lon_e5)
    where stay.stay_key = new.stay_key and stay.from_at = 'epoch'::timestamptz + new.from_at * interval '1 ms'`);
}

async function writeListed(
  transaction: DatabaseTransactionConnection,
  feed: FeedState,
  lane_from_at: number,
  vehicles: Map<string, ListedVehicle | null>,
): Promise<void> {
  const lane = timeOf(lane_from_at);
  const forgotten: string[] = [];
  const listed: ListedVehicle[] = [];
  for (const [vehicle_id, vehicle] of vehicles) {
    if (vehicle === null) forgotten.push(vehicle_id);
    else listed.push(vehicle);
  }
  if (forgotten.length > 0)
    await transaction.query(sql.unsafe`
      delete from velolog.vehicle_listed
      where feed_key = ${feed.feed_key} and lane_from_at = ${lane} and vehicle_id = any(${textArray(forgotten)}::text[])`);
  if (listed.length > 0)
    await transaction.query(sql.unsafe`
      insert into velolog.vehicle_listed (feed_key, lane_from_at, vehicle_id, stay_key, from_at, range_km)
      select ${feed.feed_key}, ${lane}, vehicle_id, stay_key, 'epoch'::timestamptz + from_at * interval '1 ms', range_km
      from unnest(
        ${textArray(listed.map(({ vehicle_id }) => vehicle_id))}::text[],
        ${numberArray(listed.map(({ stay }) => stay.stay_key))}::int8[],
        ${numberArray(listed.map(({ stay }) => stay.from_at))}::int8[],
        ${numberArray(listed.map(({ range_km }) => range_km))}::int4[]
      ) as new (vehicle_id, stay_key, from_at, range_km)
      on conflict (feed_key, lane_from_at, vehicle_id) do update set
        stay_key = excluded.stay_key, from_at = excluded.from_at, range_km = excluded.range_km`);
}
