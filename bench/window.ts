import { migrate } from '@velolog/store/migrate';
import pg from 'pg';
import { STATIONS } from './bodies.ts';
import { createBenchDatabase, type Servers } from './pipeline.ts';

const POLL_SECONDS = 30;
/** One row per 20 polls of a station, as measured on recorded feeds. */
const ROWS_PER_DAY = (STATIONS * 86_400) / POLL_SECONDS / 20;
const RUNS = 15;

export type WindowResult = {
  days: number;
  rows: number;
  windowRows: number;
  medianMs: number;
  bytesPerChange: number;
};

/**
 * The changes of the last 24 h with so many days of history, by station_change_between, as velolog_reader would ask; and what a
 * change takes on disk. The history is made by PostgreSQL, in the order in which live rows come.
 */
export async function benchWindow(servers: Servers, days: number): Promise<WindowResult> {
  const url = await createBenchDatabase(servers, `bench_window_${days}`);
  await migrate(url);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await makeHistory(client, days);
  const times: number[] = [];
  let windowRows = 0;
  for (let run = 0; run < RUNS; run++) {
    const start = performance.now();
    const { rowCount } = await client.query(
      `select * from api.station_change_between((select max(observed_at) from velolog.station_status) - interval '1 day', 'infinity', 'bench')`,
    );
    times.push(performance.now() - start);
    windowRows = rowCount ?? 0;
  }
  const { rows } = await client.query(`
    select sum(pg_total_relation_size(inhrelid))::float8 as bytes, (select count(*) from velolog.station_status)::float8 as rows
    from pg_inherits where inhparent = 'velolog.station_status'::regclass`);
  await client.end();
  const sorted = times.toSorted((a, b) => a - b);
  return {
    days,
    rows: rows[0].rows,
    windowRows,
    medianMs: sorted[RUNS >> 1] ?? 0,
    bytesPerChange: rows[0].bytes / rows[0].rows,
  };
}

async function makeHistory(client: pg.Client, days: number): Promise<void> {
  const start = new Date(Date.UTC(2025, 0, 1));
  const end = new Date(start.getTime() + days * 86_400_000);
  await client.query(`insert into velolog.system (system_id) values ('bench')`);
  await client.query(
    `insert into velolog.station (system_key, station_id, first_observed_at) select 1, i::text, $1 from generate_series(1, ${STATIONS}) as i`,
    [start],
  );
  await client.query(
    `insert into velolog.feed (system_key, feed, last_fetched_at) values (1, 'station_status', $1)`,
    [end],
  );
  await client.query(`insert into velolog.coverage values (1, $1, $2, 1, 'observed')`, [start, end]);
  for (let month = 0; Date.UTC(2025, month, 1) < end.getTime(); month++) {
    const [from, to] = [new Date(Date.UTC(2025, month, 1)), new Date(Date.UTC(2025, month + 1, 1))].map(
      (day) => day.toISOString(),
    );
    await client.query(
      `create table velolog.station_status_m${month} partition of velolog.station_status for values from ('${from}') to ('${to}')`,
    );
  }
  await client.query('select setseed(0.5)');
  for (let day = 0; day < days; day++) {
    await client.query(
      `insert into velolog.station_status (observed_at, last_reported, station_key, num_bikes_available, num_docks_available, flags)
       select at, at, station_key, (random() * 20)::int, (random() * 20)::int, 63
       from (
         select $1::timestamptz + (i * 20 / ${STATIONS}) * interval '${POLL_SECONDS} s' as at, 1 + floor(random() * ${STATIONS})::int as station_key
         from generate_series(0, ${ROWS_PER_DAY} - 1) as i
       ) as moved
       on conflict do nothing`,
      [new Date(start.getTime() + day * 86_400_000)],
    );
  }
  await client.query('vacuum analyze');
}
