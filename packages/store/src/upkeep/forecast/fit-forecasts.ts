import type { FittedSystem, Model, UsualHour } from '@velolog/forecast/fit-model';
import { type CommonQueryMethods, type DatabasePool, sql } from 'slonik';
import { z } from 'zod';
import { numberArray, textArray } from '../../tables/sql-arrays.ts';
import { fitInThread } from './fit-in-thread.ts';
import { readRecordedHistory } from './read-recorded-history.ts';

const TRAINED_DAYS = 56;
/** With less history there is no model, and the current count is the forecast. */
const HISTORY_HOURS_MIN = 24;
const LOCK = 0x66697473;

/** `minutesAhead`: the horizons that get a model; those of packages/forecast by default. */
export type FitOptions = { signal?: AbortSignal; minutesAhead?: number[]; fit?: typeof fitInThread };

const DueRow = z.object({ system_key: z.number(), system_id: z.string(), timezone: z.string() });

/**
 * Fits each polled system whose model is a day old, or that has no model but a day of history. Of several workers, one fits each
 * system.
 */
export async function fitForecasts(pool: DatabasePool, options: FitOptions = {}): Promise<string[]> {
  const due = await pool.any(sql.type(DueRow)`
    select system.system_key, system.system_id, api.timezone_or_utc(system.timezone) as timezone
    from velolog.system
    join velolog.feed using (system_key)
    where feed.feed = 'station_status' and feed.last_polled_at = feed.last_fetched_at and feed.last_success_at > now() - interval '1 hour'
      and not exists (
        select from velolog.forecast_model as model
        where model.system_key = system.system_key and model.trained_at > now() - interval '1 day'
      )
      and exists (
        select from velolog.coverage
        where coverage.feed_key = feed.feed_key and coverage.outcome = 'observed'
          and coverage.from_at <= now() - ${HISTORY_HOURS_MIN} * interval '1 hour'
      )
    order by system.system_key`);
  const fitted: string[] = [];
  for (const system of due) {
    if (options.signal?.aborted) break;
    if (await fitOne(pool, system, options)) fitted.push(system.system_id);
  }
  return fitted;
}

/** No transaction is open during the fit: it may take minutes, and PostgreSQL ends a session that is idle in a transaction for one minute. */
async function fitOne(
  pool: DatabasePool,
  { system_key, timezone }: z.infer<typeof DueRow>,
  { fit = fitInThread, ...options }: FitOptions,
): Promise<boolean> {
  return pool.connect(async (connection) => {
    const isMine = await connection.oneFirst(
      sql.type(z.object({ mine: z.boolean() }))`select pg_try_advisory_lock(${LOCK}, ${system_key}) as mine`,
    );
    if (!isMine) return false;
    try {
      const read = await connection.transaction((transaction) =>
        readRecordedHistory(transaction, { system_key, timezone, days: TRAINED_DAYS }),
      );
      if (read === null || read.station_keys.length === 0) return false;
      const fitted = await fit(read.history, options);
      return await connection.transaction(async (transaction) => {
        // The system may have been forgotten during the fit. Whoever forgets it now waits until the models exist and can be removed.
        const stillThere = await transaction.maybeOne(
          sql.unsafe`select system_key from velolog.system where system_key = ${system_key} for key share`,
        );
        if (stillThere === null) return false;
        await writeModels(transaction, system_key, read.station_keys, read.history.from, fitted);
        return true;
      });
    } finally {
      await connection.query(sql.unsafe`select pg_advisory_unlock(${LOCK}, ${system_key})`);
    }
  });
}

async function writeModels(
  transaction: CommonQueryMethods,
  system_key: number,
  station_keys: number[],
  trainedFrom: number,
  { models, activity, usualMoves }: FittedSystem,
): Promise<void> {
  await transaction.query(sql.unsafe`delete from velolog.forecast_model where system_key = ${system_key}`);
  await transaction.query(sql.unsafe`delete from velolog.forecast_hour where system_key = ${system_key}`);
  const unskilled = await readUnskilled(transaction, system_key);
  for (const model of models) {
    // Less than a day of useful history: the current count remains the forecast.
    if (model.basis === 'persistence') continue;
    const basis = unskilled.has(model.target) ? 'table' : model.basis;
    await insertModel(transaction, system_key, trainedFrom, { ...model, basis });
    await insertHours(transaction, system_key, station_keys, activity, model);
  }
  await transaction.query(sql.unsafe`
    insert into velolog.forecast_tempo (system_key, stations, usual_moves)
    values (${system_key}, ${station_keys.length}, ${numberArray(usualMoves)}::real[])
    on conflict (system_key) do update set stations = excluded.stations, usual_moves = excluded.usual_moves`);
}

/** Targets whose model was no better than the table by count, judged by its own forecasts of the last two weeks. */
async function readUnskilled(transaction: CommonQueryMethods, system_key: number): Promise<Set<string>> {
  const rows = await transaction.any(sql.type(z.object({ target: z.string() }))`
    select target from velolog.forecast_score
    where system_key = ${system_key} and day > current_date - 15
    group by target
    having count(distinct day) >= 4 and sum(model) >= sum(damped)`);
  return new Set(rows.map(({ target }) => target));
}

async function insertModel(
  transaction: CommonQueryMethods,
  system_key: number,
  trainedFrom: number,
  model: Model,
): Promise<void> {
  await transaction.query(sql.unsafe`
    insert into velolog.forecast_model (system_key, target, minutes, basis, trained_at, trained_from, profile_weight, count_terms, hour_terms,
      since_terms, trend_terms, activity_terms, distance_terms, tempo_terms, correction, trust, damped)
    values (${system_key}, ${model.target}, ${model.minutes}, ${model.basis}, now(), to_timestamp(${trainedFrom}), ${model.profileWeight},
      ${numberArray(model.count)}::real[], ${numberArray(model.hour)}::real[], ${numberArray(model.since)}::real[],
      ${numberArray(model.trend)}::real[], ${numberArray(model.activity)}::real[], ${numberArray(model.distance)}::real[],
      ${numberArray(model.tempo)}::real[],
      ${numberArray(model.correction)}::real[], ${model.trust}, ${numberArray(model.damped)}::real[])`);
}

/** A large system needs several statements: texts of megabytes would stay in memory until garbage is collected. */
const NUMBERS_AT_ONCE = 15_000;

async function insertHours(
  transaction: CommonQueryMethods,
  system_key: number,
  station_keys: number[],
  activity: number[],
  { target, minutes, hours }: Model,
): Promise<void> {
  const atOnce = Math.max(1, Math.floor(NUMBERS_AT_ONCE / station_keys.length));
  for (let from = 0; from < hours.length; from += atOnce) {
    const texts = (of: keyof UsualHour) =>
      textArray(hours.slice(from, from + atOnce).map((hour) => `{${Array.from(hour[of], rounded).join()}}`));
    await transaction.query(sql.unsafe`
      insert into velolog.forecast_hour (system_key, target, minutes, hour, station_keys, activity, profile, change, deviation)
      select ${system_key}, ${target}, ${minutes}, ${from} + hour - 1, ${numberArray(station_keys)}::int4[], ${numberArray(activity)}::int2[],
        profile::real[], change::real[], deviation::real[]
      from unnest(${texts('profile')}::text[], ${texts('change')}::text[], ${texts('deviation')}::text[])
        with ordinality as told (profile, change, deviation, hour)`);
  }
}

/** Fewer digits are faster to send and parse. */
function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
