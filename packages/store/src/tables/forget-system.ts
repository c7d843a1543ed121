import { hasVehicleIds } from '@velolog/gbfs/feeds';
import { impliedVehicleType } from '@velolog/gbfs/feeds/vehicle-types';
import { type DatabaseTransactionConnection, sql } from 'slonik';
import { z } from 'zod';
import type { Carries } from '../memory/system-state.ts';
import { numberArray, textArray } from './sql-arrays.ts';
import { tellSystems } from './tell-readers.ts';

/** What hangs on a station, on a feed, and on the system itself; each before what it refers to. */
const OF_STATION = [
  'station_status',
  'station_state',
  'station_absence',
  'station_spell',
  'station_hour',
  'station_hour_edge',
  'station_type_status',
  'station_type_state',
];
const OF_FEED = [
  'coverage',
  'observed_range',
  'rolled_range',
  'vehicle_stay',
  'vehicle_listed',
  'vehicle_rolled',
  'vehicle_hour',
  'vehicle_cell_hour',
  'feed_document',
  'feed',
];
/** Records of velolog.vehicle-polls make none of these. */
const OF_SYSTEM = ['station', 'region', 'month_revision'];
/** Records of both topics make these. */
const OF_BOTH_TOPICS = ['vehicle_type', 'system'];

/** A year of a large system takes longer than the pool grants to a statement. */
const STATEMENT_TIMEOUT = '10min';

const KeyRow = z.object({ system_key: z.number() });
const FeedRow = z.object({ feed_key: z.number(), feed: z.string() });

/**
 * Removes what records of a topic made of the system, and tells those who show it; what the records of the other topic made stays until
 * that one, too, says to forget. `carries` is what the topic holds; undefined: all.
 */
export async function forgetSystem(
  transaction: DatabaseTransactionConnection,
  system_id: string,
  carries?: Carries,
): Promise<void> {
  // Nobody rolls up meanwhile: a new hour would refer to a station that is just being removed.
  await transaction.query(
    sql.unsafe`lock table velolog.rolled_range, velolog.vehicle_rolled in share row exclusive mode`,
  );
  await transaction.query(sql.unsafe`set local statement_timeout = ${sql.literalValue(STATEMENT_TIMEOUT)}`);
  // A feed that the other topic is just making waits, and then begins with a system of its own.
  const system = await transaction.maybeOne(sql.type(KeyRow)`
    select system_key from velolog.system where system_id = ${system_id} for update`);
  if (system === null) return;
  const feeds = await transaction.any(sql.type(FeedRow)`
    select feed_key, feed from velolog.feed where system_key = ${system.system_key}`);
  const ours = feeds.filter(
    ({ feed }) => carries === undefined || hasVehicleIds(feed) === (carries === 'vehicles'),
  );
  if (carries !== 'vehicles') await removeStations(transaction, system.system_key);
  for (const table of OF_FEED) {
    await transaction.query(sql.unsafe`
      delete from ${sql.identifier(['velolog', table])}
      where feed_key = any(${numberArray(ours.map(({ feed_key }) => feed_key))}::int4[])`);
  }
  if (ours.length === feeds.length) await remove(transaction, system.system_key, OF_BOTH_TOPICS);
  else if (carries !== 'vehicles') await unsay(transaction, system.system_key);
  await tellSystems(transaction, [system_id]);
}

async function removeStations(transaction: DatabaseTransactionConnection, system_key: number): Promise<void> {
  for (const table of OF_STATION) {
    await transaction.query(sql.unsafe`
      delete from ${sql.identifier(['velolog', table])}
      where station_key = any(array(select station_key from velolog.station where system_key = ${system_key}))`);
  }
  await remove(transaction, system_key, OF_SYSTEM);
}

async function remove(
  transaction: DatabaseTransactionConnection,
  system_key: number,
  tables: string[],
): Promise<void> {
  for (const table of tables) {
    await transaction.query(sql.unsafe`
      delete from ${sql.identifier(['velolog', table])} where system_key = ${system_key}`);
  }
}

const TypeRow = z.object({ vehicle_type_key: z.number(), vehicle_type_id: z.string() });

/** Vehicles are left: takes back what system_information and vehicle_types said. The keys stay, since the other topic's worker remembers them. */
async function unsay(transaction: DatabaseTransactionConnection, system_key: number): Promise<void> {
  await transaction.query(sql.unsafe`
    update velolog.system set name = null, operator = null, timezone = null, url = null, license_url = null
    where system_key = ${system_key}`);
  const types = await transaction.any(sql.type(TypeRow)`
    select vehicle_type_key, vehicle_type_id from velolog.vehicle_type where system_key = ${system_key} order by vehicle_type_id`);
  const implied = types.map(({ vehicle_type_id }) => impliedVehicleType(vehicle_type_id));
  await transaction.query(sql.unsafe`
    update velolog.vehicle_type as known set form_factor = new.form_factor, propulsion_type = new.propulsion_type
    from unnest(
      ${numberArray(types.map(({ vehicle_type_key }) => vehicle_type_key))}::int4[],
      ${textArray(implied.map((type) => type?.form_factor ?? null))}::text[],
      ${textArray(implied.map((type) => type?.propulsion_type ?? null))}::text[]
    ) as new (vehicle_type_key, form_factor, propulsion_type)
    where known.vehicle_type_key = new.vehicle_type_key`);
}
