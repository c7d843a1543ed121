import { type DatabasePool, sql } from 'slonik';
import { z } from 'zod';

/**
 * The same values as in packages/forecast/src/tempo.ts, which defines this tempo:
 * sql/views/forecast/station_forecast_parts.test.ts compares them.
 */
const WINDOW_MINUTES = 90;
const SEEN_HOURS_MIN = 0.25;
const FEW_MOVES = 0.05;
const TEMPO_MAX = 2.5;
/** Any number that no other lock uses. */
const LOCK = 0x74656d70;

/**
 * Measures how busy each system with a model is, compared with what is usual at this hour. Snow or a concert affects
 * every station at once, but stations are queried one by one: so the tempo is stored, and each forecast reads it. Of
 * several workers, one does it.
 */
export async function measureTempo(pool: DatabasePool): Promise<void> {
  await pool.transaction(async (transaction) => {
    const isMine = await transaction.oneFirst(
      sql.type(z.object({ mine: z.boolean() }))`select pg_try_advisory_xact_lock(${LOCK}) as mine`,
    );
    if (!isMine) return;
    await transaction.query(sql.unsafe`set local statement_timeout = '2min'`);
    await transaction.query(sql.unsafe`
      with window_of as materialized (
        select tempo.system_key, tempo.stations, seen.observed_at as to_at,
          greatest(seen.observed_at - ${WINDOW_MINUTES} * interval '1 minute', (
            select min(coverage.from_at) from velolog.coverage
            where coverage.feed_key = feed.feed_key and coverage.outcome = 'observed'
              and coverage.from_at > seen.observed_at - interval '40 days' and coverage.to_at > seen.observed_at - ${WINDOW_MINUTES} * interval '1 minute'
          )) as from_at,
          tempo.usual_moves[1 + extract(hour from local.time)::integer + case when extract(isodow from local.time) >= 6 then 24 else 0 end] as usual
        from velolog.forecast_tempo as tempo
        join velolog.system using (system_key)
        join velolog.feed using (system_key)
        join api.newest_observation as seen using (feed_key)
        cross join lateral (select seen.observed_at at time zone api.timezone_or_utc(system.timezone) as time) as local
        where feed.feed = 'station_status' and seen.observed_at > now() - interval '1 hour'
      ), moved as (
        select window_of.system_key, coalesce(sum(station.moves), 0) as moves
        from window_of
        left join lateral (
          select of_station.moves
          from velolog.station
          join velolog.station_state as state using (station_key)
          cross join lateral (
            select sum(abs(step.bikes - step.bikes_before)) as moves
            from (
              select known.observed_at, known.bikes, lag(known.bikes) over (order by known.observed_at) as bikes_before
              from (
                (
                  select status.observed_at, status.num_bikes_available::integer as bikes
                  from velolog.station_status as status
                  where status.station_key = state.station_key and status.num_bikes_available is not null
                    and status.observed_at between window_of.from_at - interval '8 days' and window_of.from_at
                  order by status.observed_at desc limit 1
                )
                union all
                select status.observed_at, status.num_bikes_available::integer
                from velolog.station_status as status
                where status.station_key = state.station_key and status.num_bikes_available is not null
                  and status.observed_at > window_of.from_at and status.observed_at <= window_of.to_at
              ) as known
            ) as step
            where step.observed_at > window_of.from_at
          ) as of_station
          where station.system_key = window_of.system_key and state.observed_at > window_of.from_at
        ) as station on true
        group by window_of.system_key
      )
      update velolog.forecast_tempo as tempo set
        seen_at = window_of.to_at,
        tempo = case
          when window_of.usual is null or seen.hours < ${SEEN_HOURS_MIN} then 0
          else greatest(-${TEMPO_MAX}::float8, least(${TEMPO_MAX}::float8,
            ln((moved.moves / seen.hours / window_of.stations + ${FEW_MOVES}::float8) / (window_of.usual + ${FEW_MOVES}::float8))))
        end
      from window_of
      join moved using (system_key)
      cross join lateral (select extract(epoch from window_of.to_at - window_of.from_at)::float8 / 3600 as hours) as seen
      where tempo.system_key = window_of.system_key`);
  });
}
