import pg from 'pg';
import { insertChanges } from './insert-changes.ts';

/** A station changes at most once in 20 polls of one minute each; sometimes it stays full or empty for longer. */
const STEPS_A_DAY = 72;
const STEP_MINUTES = (24 * 60) / STEPS_A_DAY;

/** The time after the last whole hour. It is not rolled up, so every query has to compute it. */
const FRESH_MS = 30 * 60_000;
const HOUR_MS = 3_600_000;

/**
 * Gives every station of the world (test/world/fill-world.ts) 25 hours of history up to a whole hour and half an hour after it, in the order in
 * which live rows arrive. The last hour and a half are not observed yet; `observeLastHour` makes them observed, as if their last poll had come.
 */
export async function fillWorldDay(
  databaseUrl: string,
): Promise<{ rows: number; observeLastHour(): Promise<void> }> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const hourMs = Math.floor((Date.now() - FRESH_MS) / HOUR_MS) * HOUR_MS;
  const end = new Date(hourMs + FRESH_MS);
  const start = new Date(hourMs - 25 * HOUR_MS);
  await makeMonths(client, start, end);
  await client.query('update velolog.station set first_observed_at = $1', [start]);
  const rows = await insertChanges(client, {
    start,
    end,
    stepSeconds: STEP_MINUTES * 60,
    momentSeconds: 60,
    bikes: `greatest(0, least(20, round(10 + 11 * sin(step * 2 * pi() / ${STEPS_A_DAY} + station)
      + 3 * (abs(hashint4(station * 97 + step)) % 1000 / 1000.0 - 0.5))))`,
  });
  await client.query(LAST_STATES);
  await observe(client, start, new Date(hourMs - HOUR_MS));
  await client.query('vacuum analyze');
  return {
    rows,
    observeLastHour: async () => {
      await observe(client, start, end);
      await client.end();
    },
  };
}

/** The last row of each station, and since when its rows are in the same state. */
const LAST_STATES = `
  with last as (
    select distinct on (station_key) station_key, observed_at, num_bikes_available, num_docks_available,
      velolog.station_state_of(num_bikes_available, num_docks_available, flags) as state
    from velolog.station_status order by station_key, observed_at desc
  ), other as (
    select station_key, max(row.observed_at) as observed_at
    from velolog.station_status as row join last using (station_key)
    where velolog.station_state_of(row.num_bikes_available, row.num_docks_available, row.flags) <> last.state
    group by station_key
  ), since as (
    select station_key, min(row.observed_at) as observed_at
    from velolog.station_status as row left join other using (station_key)
    where row.observed_at > coalesce(other.observed_at, '-infinity')
    group by station_key
  )
  update velolog.station_state as state
  set observed_at = last.observed_at, state_since = since.observed_at,
    num_bikes_available = last.num_bikes_available, num_docks_available = last.num_docks_available
  from last join since using (station_key)
  where last.station_key = state.station_key`;

async function observe(client: pg.Client, from: Date, to: Date): Promise<void> {
  const feeds = `(select feed_key from velolog.feed where feed = 'station_status')`;
  await client.query(`delete from velolog.coverage where feed_key in ${feeds}`);
  await client.query(`delete from velolog.observed_range where feed_key in ${feeds}`);
  await client.query(
    `insert into velolog.coverage (feed_key, from_at, to_at, polls, outcome)
     select feed_key, $1, $2, 1500, 'observed' from ${feeds} as feed`,
    [from, to],
  );
  await client.query(
    `insert into velolog.observed_range (feed_key, from_at, to_at, cadence_ms) select feed_key, $1, $2, 60000 from ${feeds} as feed`,
    [from, to],
  );
}

async function makeMonths(client: pg.Client, start: Date, end: Date): Promise<void> {
  const month = new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth(), 1));
  while (month <= end) {
    const from = month.toISOString();
    month.setUTCMonth(month.getUTCMonth() + 1);
    await client.query(
      `create table if not exists velolog.station_status_${from.slice(0, 7).replace('-', '_')}
       partition of velolog.station_status for values from ('${from}') to ('${month.toISOString()}')`,
    );
  }
}
