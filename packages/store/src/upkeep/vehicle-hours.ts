import { type DatabasePool, type DatabaseTransactionConnection, sql } from 'slonik';
import { z } from 'zod';

/** Summing up less than this is not worth a transaction. */
const STEP_MS_MIN = 15 * 60_000;

const LaneRow = z.object({ feed_key: z.number(), from_at: z.string() });
type LaneKey = z.infer<typeof LaneRow>;

/**
 * What is final of a lane: all but the newest 15 minutes, in which a vehicle may come back and its stay continue. A
 * lane that has not grown for a day is final as a whole: by then its ids are gone (forget-ids.ts). So is one of which no
 * list was accepted for a day, however often the feed was polled: its next list starts over (memory/vehicles/ids-kept.ts).
 */
const FINAL = sql.fragment`
  select feed.system_key, lane.feed_key, lane.from_at, lane.to_at, coalesce(rolled.to_at, lane.from_at) as mark, done.is_done,
    case when done.is_done then newest.observed_at + interval '1 microsecond'
      else newest.observed_at - interval '15 minutes' end as final_at,
    newest.observed_at, lane.stored_at, done.is_over
  from velolog.observed_range as lane
  join velolog.feed using (feed_key)
  left join velolog.vehicle_rolled as rolled on rolled.feed_key = lane.feed_key and rolled.from_at = lane.from_at
  cross join lateral (
    select coverage.to_at as observed_at
    from velolog.coverage
    where coverage.feed_key = lane.feed_key and coverage.outcome = 'observed' and coverage.from_at between lane.from_at and lane.to_at
    order by coverage.from_at desc
    limit 1
  ) as newest
  cross join lateral (
    select lane.stored_at < now() - interval '25 hours' or over.yes as is_done, over.yes as is_over
    from (select lane.to_at > newest.observed_at + interval '24 hours' as yes) as over
  ) as done
  where feed.feed in ('free_bike_status', 'vehicle_status')`;

/**
 * Sums up what is final of the stays of each lane: vehicles per cell and hour, which are kept when exact stays are
 * deleted. It works in steps of at most a day, each one transaction with the mark that it moves, so any number of
 * workers may do it.
 */
export async function rollUpVehicles(pool: DatabasePool, signal?: AbortSignal): Promise<void> {
  const lanes = await pool.any(sql.type(LaneRow)`
    select feed_key, from_at::text from (${FINAL}) as lane
    where final_at - mark >= ${STEP_MS_MIN}::int8 * interval '1 ms' or (is_done and final_at > mark)`);
  for (const lane of lanes) {
    while (!signal?.aborted && (await rollUpStep(pool, lane)));
  }
}

const StepRow = z.object({ from: z.string(), to: z.string(), lane_to: z.string() });

async function rollUpStep(pool: DatabasePool, lane: LaneKey): Promise<boolean> {
  return pool.transaction(async (transaction) => {
    await transaction.query(sql.unsafe`set local statement_timeout = '10min'`);
    await transaction.query(sql.unsafe`
      insert into velolog.vehicle_rolled (feed_key, from_at, to_at)
      values (${lane.feed_key}, ${lane.from_at}::timestamptz, ${lane.from_at}::timestamptz)
      on conflict do nothing`);
    const mark = await transaction.maybeOne(sql.unsafe`
      select 1 from velolog.vehicle_rolled
      where feed_key = ${lane.feed_key} and from_at = ${lane.from_at}::timestamptz for update skip locked`);
    if (mark === null) return false;
    const step = await transaction.maybeOne(sql.type(StepRow)`
      select mark::text as from, least(final_at, mark + interval '1 day')::text as to, to_at::text as lane_to
      from (${FINAL} and lane.feed_key = ${lane.feed_key} and lane.from_at = ${lane.from_at}::timestamptz) as lane
      where final_at > mark and (is_done or final_at - mark >= ${STEP_MS_MIN}::int8 * interval '1 ms')`);
    if (step === null) return false;
    await addHours(transaction, lane, step);
    await addCells(transaction, lane, step);
    await transaction.query(sql.unsafe`
      update velolog.vehicle_rolled set to_at = ${step.to}::timestamptz
      where feed_key = ${lane.feed_key} and from_at = ${lane.from_at}::timestamptz`);
    return true;
  });
}

/** The observed parts of the step, split by hour. */
function observedHours(lane: LaneKey, { from, to, lane_to }: z.infer<typeof StepRow>) {
  return sql.fragment`(
    select hour_at, greatest(span.from_at, hour_at) as from_at, least(span.to_at, hour_at + interval '1 hour') as to_at
    from (
      select greatest(from_at, ${from}::timestamptz) as from_at, least(to_at, ${to}::timestamptz) as to_at
      from velolog.coverage
      where feed_key = ${lane.feed_key} and outcome = 'observed'
        and from_at between ${lane.from_at}::timestamptz and ${lane_to}::timestamptz
        and from_at < ${to}::timestamptz and to_at > ${from}::timestamptz
    ) as span
    cross join lateral generate_series(date_bin('1 hour', span.from_at, 'epoch'), span.to_at, '1 hour') as hour_at
    where greatest(span.from_at, hour_at) < least(span.to_at, hour_at + interval '1 hour')
  )`;
}

async function addHours(
  transaction: DatabaseTransactionConnection,
  lane: LaneKey,
  step: z.infer<typeof StepRow>,
): Promise<void> {
  await transaction.query(sql.unsafe`
    insert into velolog.vehicle_hour as hour (feed_key, hour_at, observed_ms)
    select ${lane.feed_key}, hour_at, sum(extract(epoch from to_at - from_at) * 1000)::integer
    from ${observedHours(lane, step)} as observed
    group by hour_at
    on conflict (feed_key, hour_at) do update set observed_ms = hour.observed_ms + excluded.observed_ms`);
}

/**
 * A change of state ends one stay and begins another at the same poll in the same cell: it counts neither as an arrival nor as a
 * departure.
 */
async function addCells(
  transaction: DatabaseTransactionConnection,
  lane: LaneKey,
  step: z.infer<typeof StepRow>,
): Promise<void> {
  const { from, to, lane_to } = step;
  await transaction.query(sql.unsafe`
    with stay as materialized (
      select velolog.geohash_of(lat_e5, lon_e5) as geohash, form_factor, from_at, coalesce(to_at, 'infinity') as to_at, begin_seen, end_seen
      from velolog.vehicle_stay
      left join velolog.vehicle_type using (vehicle_type_key)
      where feed_key = ${lane.feed_key} and from_at between ${lane.from_at}::timestamptz and ${lane_to}::timestamptz
        and from_at < ${to}::timestamptz and (to_at >= ${from}::timestamptz or to_at is null)
        and station_id is null and lat_e5 is not null
    ), held as (
      select hour_at, geohash, form_factor,
        sum(extract(epoch from least(stay.to_at, observed.to_at) - greatest(stay.from_at, observed.from_at)) * 1000)::bigint as vehicle_ms
      from stay
      join ${observedHours(lane, step)} as observed on stay.from_at < observed.to_at and stay.to_at > observed.from_at
      group by 1, 2, 3
    ), net as (
      select at, geohash, form_factor, sum(difference) as difference
      from (
        select from_at as at, geohash, form_factor, 1 as difference from stay where begin_seen
        union all
        select to_at, geohash, form_factor, -1 from stay where end_seen
      ) as difference
      where at >= ${from}::timestamptz and at < ${to}::timestamptz
      group by 1, 2, 3
    ), moved as (
      select date_bin('1 hour', at, 'epoch') as hour_at, geohash, form_factor,
        sum(greatest(difference, 0))::integer as appeared, sum(greatest(-difference, 0))::integer as vanished
      from net
      group by 1, 2, 3
    ), added as (
      select hour_at, geohash, form_factor, vehicle_ms, 0 as appeared, 0 as vanished from held
      union all
      select hour_at, geohash, form_factor, 0, appeared, vanished from moved
    )
    insert into velolog.vehicle_cell_hour as cell (feed_key, hour_at, geohash, form_factor, vehicle_ms, appeared, vanished)
    select ${lane.feed_key}, hour_at, geohash, form_factor, sum(vehicle_ms), sum(appeared), sum(vanished)
    from added
    group by hour_at, geohash, form_factor
    on conflict (feed_key, hour_at, geohash, form_factor) do update set
      vehicle_ms = cell.vehicle_ms + excluded.vehicle_ms, appeared = cell.appeared + excluded.appeared,
      vanished = cell.vanished + excluded.vanished`);
}

/**
 * Deletes exact stays that ended before `before`, once they have been summed up; for a lane that was last observed before, also the open ones:
 * nobody knows whether those vehicles are still there. Imported history may go on at its end: as long as something was stored of a lane
 * since `before`, its open stays wait, and those of vehicles that may come back. Returns how many.
 */
export async function dropStaysBefore(pool: DatabasePool, before: Date): Promise<number> {
  return pool.transaction(async (transaction) => {
    await transaction.query(sql.unsafe`set local statement_timeout = '10min'`);
    const { rowCount } = await transaction.query(sql.unsafe`
      delete from velolog.vehicle_stay as stay
      using (
        select final.*, final.mark > final.observed_at and (final.is_over or final.stored_at < ${before.toISOString()}::timestamptz) as is_left
        from (${FINAL}) as final
      ) as lane
      where stay.feed_key = lane.feed_key and stay.from_at between lane.from_at and lane.to_at
        and ((stay.to_at < ${before.toISOString()}::timestamptz and stay.to_at < lane.mark
            and (lane.is_left or stay.to_at < lane.observed_at - interval '15 minutes'))
          or (stay.to_at is null and lane.observed_at < ${before.toISOString()}::timestamptz and lane.is_left))`);
    return rowCount;
  });
}
