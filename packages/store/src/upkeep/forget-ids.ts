import { type CommonQueryMethods, sql } from 'slonik';

/**
 * Deletes the ids of vehicles of feeds from which nothing has come for a day: nobody polls them, or an import is over. An hour later than
 * ids mean anything (memory/vehicles/ids-kept.ts), so that it decides nothing about a list that is on its way.
 */
export async function forgetIdleIds(db: CommonQueryMethods): Promise<number> {
  const { rowCount } = await db.query(sql.unsafe`
    delete from velolog.vehicle_listed as listed
    using velolog.observed_range as lane
    where lane.feed_key = listed.feed_key and lane.from_at = listed.lane_from_at and lane.stored_at < now() - interval '25 hours'`);
  return rowCount;
}
