import { forever } from '@velolog/worker/forever';
import type { Log } from '@velolog/worker/log';
import { type CommonQueryMethods, type DatabasePool, sql } from 'slonik';
import { z } from 'zod';
import { rollUpVehicles } from './vehicle-hours.ts';

/**
 * Rolls up what is final: the state spells and whole hours of each lane of station_status, up to the last whole hour
 * before the lane's newest observation. A lane only grows at its end, so what lies before never changes. History that
 * is imported later is a lane of its own, or extends one, and is rolled up like any other.
 *
 * One step is one transaction that moves the mark in rolled_range and writes what lies before it; a worker that waits
 * for the lock on the mark then finds it moved. So any number of workers may do it, and a killed one leaves nothing
 * half done.
 */
export async function rollUpForever(options: {
  pool: DatabasePool;
  log: Pick<Log, 'warn'>;
  signal: AbortSignal;
}): Promise<void> {
  const { pool, signal, log } = options;
  // Each runs by itself: a failure of one must not delay the others.
  await Promise.all([
    forever(ROLL_UP_SECONDS, () => rollUpAll(pool, signal), {
      what: 'roll up hours and spells',
      signal,
      log,
    }),
    forever(ROLL_UP_SECONDS, () => rollUpVehicles(pool, signal), {
      what: 'roll up the hours of vehicles',
      signal,
      log,
    }),
  ]);
}

const ROLL_UP_SECONDS = 60;

const LaneRow = z.object({ feed_key: z.number(), from_at: z.string() });

/** Identifies a lane by its feed and beginning, as text of full precision. */
type LaneKey = z.infer<typeof LaneRow>;

/** Rolls up everything that is final, in steps of at most a day. */
export async function rollUpAll(pool: DatabasePool, signal?: AbortSignal): Promise<void> {
  const lanes = await pool.any(sql.type(LaneRow)`
    select feed_key, from_at::text from api.observed_lane
    where date_bin('1 hour', last_observed_at, 'epoch') > final_to_at`);
  for (const lane of lanes) {
    while (!signal?.aborted && (await rollUpStep(pool, lane)));
  }
}

const StepRow = z.object({
  system_key: z.number(),
  lane_to_at: z.string(),
  from_at: z.string(),
  to_at: z.string(),
  first_whole_hour_at: z.string(),
});

type Step = z.infer<typeof StepRow>;

/** Returns false when there is nothing more to roll up, or when another worker is doing it. */
async function rollUpStep(pool: DatabasePool, lane: LaneKey): Promise<boolean> {
  return pool.transaction(async (transaction) => {
    // A day of a system with thousands of stations may take longer than the pool allows a statement.
    await transaction.query(sql.unsafe`set local statement_timeout = '10min'`);
    await transaction.query(sql.unsafe`
      insert into velolog.rolled_range (feed_key, from_at, to_at)
      select feed_key, ${lane.from_at}::timestamptz, ${lane.from_at}::timestamptz
      -- The system may have been forgotten since.
      from velolog.feed where feed_key = ${lane.feed_key}
      on conflict do nothing`);
    const step = await transaction.maybeOne(sql.type(StepRow)`
      select lane.system_key, lane.to_at::text as lane_to_at, rolled.to_at::text as from_at,
        least(date_bin('1 hour', lane.last_observed_at, 'epoch'), date_bin('1 day', rolled.to_at, 'epoch') + interval '1 day')::text as to_at,
        date_bin('1 hour', greatest(lane.from_at, lane.sealed_at) + interval '1 hour - 1 microsecond', 'epoch')::text as first_whole_hour_at
      from velolog.rolled_range as rolled
      join api.observed_lane as lane using (feed_key, from_at)
      where rolled.feed_key = ${lane.feed_key} and rolled.from_at = ${lane.from_at}::timestamptz
        and date_bin('1 hour', lane.last_observed_at, 'epoch') > rolled.to_at
      for update of rolled skip locked`);
    if (step === null) return false;
    await addSpells(transaction, lane, step);
    await addHours(transaction, lane, step);
    await transaction.query(sql.unsafe`
      update velolog.rolled_range set to_at = ${step.to_at}::timestamptz
      where feed_key = ${lane.feed_key} and from_at = ${lane.from_at}::timestamptz`);
    return true;
  });
}

/** Adds the spells of a step to those before it: one that continues becomes longer. */
export async function addSpells(
  transaction: CommonQueryMethods,
  lane: LaneKey,
  step: Omit<Step, 'first_whole_hour_at'>,
): Promise<void> {
  await transaction.query(sql.unsafe`
    insert into velolog.station_spell (station_key, state, from_at, to_at, start_observed, end_observed)
    select spell.station_key, spell.state, coalesce(going_on.from_at, spell.from_at), spell.to_at,
      coalesce(going_on.start_observed, spell.start_observed, false), spell.end_observed
    from api.station_spell_in(${step.system_key}::integer, ${lane.from_at}::timestamptz, ${step.lane_to_at}::timestamptz,
      ${step.from_at}::timestamptz, ${step.to_at}::timestamptz) as spell
    left join velolog.station_spell as going_on
      on going_on.station_key = spell.station_key and going_on.end_observed is null
      and going_on.to_at = ${step.from_at}::timestamptz and spell.start_observed is null
    on conflict (station_key, from_at) do update set to_at = excluded.to_at, end_observed = excluded.end_observed`);
  // A station whose rows retention has dropped may have no row that follows: its spell ends here, unseen.
  await transaction.query(sql.unsafe`
    update velolog.station_spell set end_observed = false
    from velolog.station
    where station.station_key = station_spell.station_key and station.system_key = ${step.system_key}
      and station_spell.end_observed is null and station_spell.to_at = ${step.from_at}::timestamptz`);
}

async function addHours(transaction: CommonQueryMethods, lane: LaneKey, step: Step): Promise<void> {
  await transaction.query(sql.unsafe`
    insert into velolog.station_hour (system_key, station_key, hour_at, bikes_min, bikes_mean, bikes_max, docks_min, docks_mean,
      docks_max, observed_ms, empty_ms, full_ms, closed_ms, unknown_ms, arrivals, departures, largest_step)
    select ${step.system_key}, station_key, hour_at, bikes_min, bikes_ms::double precision / nullif(bikes_known_ms, 0), bikes_max,
      docks_min, docks_ms::double precision / nullif(docks_known_ms, 0), docks_max, observed_ms, empty_ms, full_ms, closed_ms,
      unknown_ms, arrivals, departures, largest_step
    from api.station_hour_in(${step.system_key}::integer, ${lane.from_at}::timestamptz, ${step.lane_to_at}::timestamptz,
      greatest(${step.from_at}::timestamptz, ${step.first_whole_hour_at}::timestamptz), ${step.to_at}::timestamptz)`);
}
