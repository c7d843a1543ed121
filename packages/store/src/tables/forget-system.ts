import { type DatabaseTransactionConnection, sql } from 'slonik';
import { z } from 'zod';
import { tellSystems } from './tell-readers.ts';

/** What hangs on a station, a feed and a system; each before what it refers to. */
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
];
const OF_SYSTEM = ['station', 'feed', 'region', 'vehicle_type', 'month_revision', 'system'];

/** A year of a large system takes longer than the pool grants to a statement. */
const STATEMENT_TIMEOUT = '10min';

const KeyRow = z.object({ system_key: z.number() });

/** Removes every row of the system, and tells those who show it. Does nothing for one that is not there. */
export async function forgetSystem(
  transaction: DatabaseTransactionConnection,
  system_id: string,
): Promise<void> {
  // Nobody rolls up meanwhile: a new hour would refer to a station that is just being removed.
  await transaction.query(
    sql.unsafe`lock table velolog.rolled_range, velolog.vehicle_rolled in share row exclusive mode`,
  );
  await transaction.query(sql.unsafe`set local statement_timeout = ${sql.literalValue(STATEMENT_TIMEOUT)}`);
  const system = await transaction.maybeOne(sql.type(KeyRow)`
    select system_key from velolog.system where system_id = ${system_id} for update`);
  if (system === null) return;
  const { system_key } = system;
  for (const table of OF_STATION) {
    await transaction.query(sql.unsafe`
      delete from ${sql.identifier(['velolog', table])}
      where station_key = any(array(select station_key from velolog.station where system_key = ${system_key}))`);
  }
  for (const table of OF_FEED) {
    await transaction.query(sql.unsafe`
      delete from ${sql.identifier(['velolog', table])}
      where feed_key = any(array(select feed_key from velolog.feed where system_key = ${system_key}))`);
  }
  for (const table of OF_SYSTEM) {
    await transaction.query(sql.unsafe`
      delete from ${sql.identifier(['velolog', table])} where system_key = ${system_key}`);
  }
  await tellSystems(transaction, [system_id]);
}
