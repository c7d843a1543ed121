import { hasVehicleIds } from '@velolog/gbfs/feeds';
import { type CommonQueryMethods, sql } from 'slonik';
import { z } from 'zod';
import type { PollHeaders } from '../../decode/decode-poll.ts';
import { numberArray } from '../../tables/sql-arrays.ts';
import type { SystemState } from '../system-state.ts';

/**
 * Discards what is remembered of systems whose imported lists of vehicles go on after more than a day, so that it is read again:
 * upkeep has deleted their ids since (upkeep/forget-ids.ts), and perhaps stays that were open (upkeep/vehicle-hours.ts). A vehicle
 * that stands where it stood would otherwise have no stay.
 */
export async function discardIdle(
  db: CommonQueryMethods,
  systems: Map<string, SystemState>,
  records: readonly { headers: PollHeaders }[],
): Promise<void> {
  const remembered = new Map<number, string>();
  for (const {
    headers: { poll },
  } of records) {
    if (!poll.imported || !hasVehicleIds(poll.feed)) continue;
    const feed_key = systems.get(poll.system_id)?.feeds.get(poll.feed)?.feed_key;
    if (feed_key !== undefined) remembered.set(feed_key, poll.system_id);
  }
  if (remembered.size === 0) return;
  const idle = await db.anyFirst(sql.type(z.object({ feed_key: z.number() }))`
    select distinct feed_key from velolog.observed_range
    where feed_key = any(${numberArray([...remembered.keys()])}::int4[]) and stored_at < now() - interval '25 hours'`);
  for (const feed_key of idle) systems.delete(remembered.get(feed_key) as string);
}
