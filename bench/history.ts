import { openDatabase } from '@velolog/store/tables/database';
import { rollUpAll } from '@velolog/store/upkeep/roll-up';
import pg from 'pg';
import { migrateWithReader, startLiveProcess } from './given/live-process.ts';
import { createBenchDatabase, type Servers } from './given/pipeline.ts';
import type { Part } from './instruments/measure.ts';

const STATIONS = 20;
const DAYS = 365;
/** As measured on recorded feeds: a row a station in 20 polls of 30 seconds. */
const ROWS_PER_STATION_AND_DAY = 144;
const RUNS = 20;

/** What the page asks when a station is opened and when time is moved, over HTTP, with a year of history. */
export async function benchHistory(servers: Servers): Promise<Part> {
  const database = await createBenchDatabase(servers, 'bench_history');
  const readerUrl = await migrateWithReader(database);
  await makeYear(database);
  await rollUp(database);
  const live = await startLiveProcess(readerUrl);
  const system = `${live.url}/api/v1/systems/bench`;
  const end = new Date(Date.UTC(2025, 0, 1 + DAYS));
  const window = (days: number) =>
    `from=${new Date(end.getTime() - days * 86_400_000).toISOString()}&to=${end.toISOString()}`;
  const yearUrl = (run: number) => `${system}/stations/${1 + (run % STATIONS)}/history?${window(DAYS)}`;
  const year = await timed(yearUrl);
  const yearGzip = await timed(yearUrl, 'gzip');
  const month = await timed((run) => `${system}/stations/${1 + (run % STATIONS)}/history?${window(31)}`);
  const day = await timed((run) => `${system}/stations/${1 + (run % STATIONS)}/history?${window(1)}`);
  const replay = await timed(() => `${system}/replay?${window(2)}`);
  const page = await timed(() => `${system}/changes?${window(DAYS)}&limit=1000`);
  await live.stop();
  return {
    title: `A year of ${STATIONS} stations over HTTP (median of ${RUNS})`,
    measures: [
      {
        what: 'the year of one station, by the hour',
        measured: `${year.medianMs.toFixed(0)} ms, ${(year.bytes / 1e6).toFixed(1)} MB`,
        bar: '100 ms',
        met: year.medianMs <= 100,
      },
      {
        what: 'the same compressed, as a browser asks for it',
        measured: `${yearGzip.medianMs.toFixed(0)} ms`,
        bar: '100 ms',
        met: yearGzip.medianMs <= 100,
      },
      { what: 'its last 31 days, as steps', measured: `${month.medianMs.toFixed(0)} ms` },
      { what: 'its last 24 h', measured: `${day.medianMs.toFixed(0)} ms` },
      {
        what: 'replay of 48 h',
        measured: `${replay.medianMs.toFixed(0)} ms, ${(replay.bytes / 1e6).toFixed(1)} MB`,
      },
      { what: 'the first 1,000 changes of the year', measured: `${page.medianMs.toFixed(0)} ms` },
    ],
  };
}

/** @returns how long it took, and how long the answer is when it is not compressed */
async function timed(
  urlOf: (run: number) => string,
  encoding: 'identity' | 'gzip' = 'identity',
): Promise<{ medianMs: number; bytes: number }> {
  const times: number[] = [];
  let bytes = 0;
  for (let run = 0; run < RUNS; run++) {
    const start = performance.now();
    const answer = await fetch(urlOf(run), { headers: { 'accept-encoding': encoding } });
    bytes = (await answer.arrayBuffer()).byteLength;
    times.push(performance.now() - start);
    if (!answer.ok) throw new Error(`${urlOf(run)} was answered with ${answer.status}`);
  }
  return { medianMs: times.sort((a, b) => a - b)[RUNS >> 1] ?? Number.NaN, bytes };
}

/** As the store does it by and by. */
async function rollUp(database: string): Promise<void> {
  const pool = await openDatabase(database, { connectionsMax: 2 });
  await rollUpAll(pool);
  await pool.end();
}

/** Made by PostgreSQL, in the order in which live rows come. */
async function makeYear(database: string): Promise<void> {
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  const [start, end] = [new Date(Date.UTC(2025, 0, 1)), new Date(Date.UTC(2025, 0, 1 + DAYS))];
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
  await client.query(`insert into velolog.observed_range values (1, $1, $2, 30000)`, [start, end]);
  for (let month = 0; month < 12; month++) {
    const [from, to] = [Date.UTC(2025, month, 1), Date.UTC(2025, month + 1, 1)].map((day) =>
      new Date(day).toISOString(),
    );
    await client.query(
      `create table velolog.station_status_m${month} partition of velolog.station_status for values from ('${from}') to ('${to}')`,
    );
  }
  await client.query('select setseed(0.5)');
  for (let day = 0; day < DAYS; day++) {
    await client.query(
      `insert into velolog.station_status (observed_at, last_reported, station_key, num_bikes_available, num_docks_available, flags)
       select at, at, station_key, (random() * 20)::int, (random() * 20)::int, 63
       from (
         select date_trunc('second', $1::timestamptz + random() * interval '1 day') as at, 1 + i % ${STATIONS} as station_key
         from generate_series(0, ${STATIONS * ROWS_PER_STATION_AND_DAY} - 1) as i order by 1
       ) as moved
       on conflict do nothing`,
      [new Date(start.getTime() + day * 86_400_000)],
    );
  }
  await client.query(
    `insert into velolog.station_state select distinct on (station_key) station_key, observed_at, last_reported, num_bikes_available,
       num_docks_available, num_bikes_disabled, num_docks_disabled, flags, observed_at
     from velolog.station_status where observed_at > $1 order by station_key, observed_at desc`,
    [new Date(end.getTime() - 30 * 86_400_000)],
  );
  await client.query('vacuum analyze');
  await client.end();
}
