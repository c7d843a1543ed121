import { type CommonQueryMethods, sql } from 'slonik';

/**
 * Deletes the vehicle ids of feeds that have received nothing for a day: nobody polls them, or an import has ended. It
 * runs an hour after ids have lost their meaning (memory/vehicles/ids-kept.ts), so that it does not affect a list that
 * is still on its way.
 */
export async function forgetIdleIds(db: CommonQueryMethods): Promise<number> {
  const { rowCount } = await db.query(sql.unsafe`
    delete from velolog.vehicle_listed as listed
    using velolog.observed_range as lane
    where lane.feed_key = listed.feed_key and lane.from_at = listed.lane_from_at and lane.stored_at < now() - interval '25 hours'`);
  return rowCount;
}
