import { type CommonQueryMethods, sql } from 'slonik';
import { z } from 'zod';
import { addSpells } from './roll-up.ts';

/**
 * Runs before retention drops a month: computes the last results that need its rows. Whole hours and spells are already
 * rolled up, or the month is not dropped. What remains are the hours in which a lane begins and ends, and the spells
 * that continue at its end. It runs in the transaction that drops the month, so that nothing is written twice or lost.
 */
export async function sealLanes(
  transaction: CommonQueryMethods,
  month: { from: string; to: string },
): Promise<'sealed' | 'not rolled up'> {
  // Keeps others from rolling up at the same time.
  await transaction.query(sql.unsafe`lock table velolog.rolled_range in share row exclusive mode`);
  const lanes = await transaction.any(sql.type(LaneRow)`
    select lane.system_key, lane.feed_key, lane.from_at::text, lane.to_at::text,
      lane.final_to_at::text, coalesce(lane.sealed_at, lane.from_at)::text as edge_from_at,
      date_bin('1 hour', coalesce(lane.sealed_at, lane.from_at) + interval '1 hour - 1 microsecond', 'epoch')::text as first_whole_hour_at,
      greatest(lane.final_to_at, date_bin('1 hour', coalesce(lane.sealed_at, lane.from_at) + interval '1 hour - 1 microsecond', 'epoch'))::text as last_edge_from_at,
      (lane.last_observed_at + interval '1 microsecond')::text as end_at,
      coalesce(lane.sealed_at, lane.from_at) >= ${month.from}::timestamptz as begins_here,
      ended.yes as is_ended,
      lane.final_to_at >= case when ended.yes then date_bin('1 hour', lane.last_observed_at, 'epoch') else ${month.to}::timestamptz end as is_rolled_up
    from api.observed_lane as lane
    cross join lateral (
      -- A lane of history is done at its end, also where that lies in a later month: rows there need those before them.
      select not lane.is_live or lane.last_observed_at < ${month.to}::timestamptz as yes
    ) as ended
    where lane.from_at < ${month.to}::timestamptz
      and lane.last_observed_at >= ${month.from}::timestamptz
      and lane.sealed_at is distinct from lane.last_observed_at + interval '1 microsecond'`);
  if (!lanes.every((lane) => lane.is_rolled_up)) return 'not rolled up';
  for (const lane of lanes) {
    if (lane.begins_here) await keepEdge(transaction, lane, lane.edge_from_at, lane.first_whole_hour_at);
    if (lane.is_ended) await seal(transaction, lane);
  }
  return 'sealed';
}

const LaneRow = z.object({
  system_key: z.number(),
  feed_key: z.number(),
  from_at: z.string(),
  to_at: z.string(),
  final_to_at: z.string(),
  begins_here: z.boolean(),
  edge_from_at: z.string(),
  first_whole_hour_at: z.string(),
  last_edge_from_at: z.string(),
  end_at: z.string(),
  is_ended: z.boolean(),
  is_rolled_up: z.boolean(),
});

type Lane = z.infer<typeof LaneRow>;

async function seal(transaction: CommonQueryMethods, lane: Lane): Promise<void> {
  await addSpells(transaction, lane, {
    system_key: lane.system_key,
    lane_to_at: lane.to_at,
    from_at: lane.final_to_at,
    to_at: lane.end_at,
  });
  await keepEdge(transaction, lane, lane.last_edge_from_at, lane.end_at);
  await transaction.query(sql.unsafe`
    insert into velolog.rolled_range as rolled (feed_key, from_at, to_at, sealed_at)
    values (${lane.feed_key}, ${lane.from_at}::timestamptz, ${lane.end_at}::timestamptz, ${lane.end_at}::timestamptz)
    on conflict (feed_key, from_at) do update set to_at = excluded.to_at, sealed_at = excluded.sealed_at`);
}

/** If two lanes share an hour, both parts count. */
async function keepEdge(
  transaction: CommonQueryMethods,
  lane: Lane,
  from: string,
  to: string,
): Promise<void> {
  await transaction.query(sql.unsafe`
    insert into velolog.station_hour_edge as edge (system_key, station_key, hour_at, bikes_min, bikes_max, docks_min, docks_max, bikes_ms,
      bikes_known_ms, docks_ms, docks_known_ms, observed_ms, empty_ms, full_ms, closed_ms, unknown_ms, arrivals, departures, largest_step)
    select ${lane.system_key}, station_key, hour_at, bikes_min, bikes_max, docks_min, docks_max, bikes_ms,
      bikes_known_ms, docks_ms, docks_known_ms, observed_ms, empty_ms, full_ms, closed_ms, unknown_ms, arrivals, departures, largest_step
    from api.station_hour_in(${lane.system_key}::integer, ${lane.from_at}::timestamptz, ${lane.to_at}::timestamptz,
      ${from}::timestamptz, ${to}::timestamptz)
    where ${from}::timestamptz < ${to}::timestamptz
    on conflict (station_key, hour_at) do update set
      bikes_min = least(edge.bikes_min, excluded.bikes_min), bikes_max = greatest(edge.bikes_max, excluded.bikes_max),
      docks_min = least(edge.docks_min, excluded.docks_min), docks_max = greatest(edge.docks_max, excluded.docks_max),
      bikes_ms = edge.bikes_ms + excluded.bikes_ms, bikes_known_ms = edge.bikes_known_ms + excluded.bikes_known_ms,
      docks_ms = edge.docks_ms + excluded.docks_ms, docks_known_ms = edge.docks_known_ms + excluded.docks_known_ms,
      observed_ms = edge.observed_ms + excluded.observed_ms, empty_ms = edge.empty_ms + excluded.empty_ms,
      full_ms = edge.full_ms + excluded.full_ms, closed_ms = edge.closed_ms + excluded.closed_ms,
      unknown_ms = edge.unknown_ms + excluded.unknown_ms, arrivals = edge.arrivals + excluded.arrivals,
      departures = edge.departures + excluded.departures, largest_step = greatest(edge.largest_step, excluded.largest_step)`);
}
