import { readFileSync } from 'node:fs';
import { migrate } from '@velolog/store/migrate/migrate';
import pg from 'pg';
import { type Measure, type Part, whole } from '../instruments/measure.ts';
import { STATIONS } from './bodies.ts';
import { createBenchDatabase, type Servers } from './pipeline.ts';
import { openReaderSession, READER_PASSWORD } from './reader-session.ts';

const POLL_SECONDS = 30;
const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2025, 0, 1);
/** Each day begins with a time in which the feed did not answer, each week with a time in which no station was listed. */
const UNSEEN_SECONDS = 600;
/** One row per 20 polls of a station, as measured on recorded feeds. */
const ROWS_PER_DAY = (STATIONS * (86_400 - UNSEEN_SECONDS)) / POLL_SECONDS / 20;
const RUNS = 15;

type WindowResult = {
  days: number;
  rows: number;
  changes: number;
  serverMs: number;
  hourlyMs: number;
  wholeMs: number;
  bytesPerChange: number;
};

/**
 * Times station_change_between for the last 24 h as velolog_reader while the history grows, and measures what a change takes on disk.
 * PostgreSQL generates the history in the order in which live rows arrive.
 */
export async function benchWindow(servers: Servers, stages: number[]): Promise<Part> {
  const url = await createBenchDatabase(servers, 'bench_window');
  await migrate(url, { readerPassword: READER_PASSWORD });
  const owner = new pg.Client({ connectionString: url });
  await owner.connect();
  await makeStations(owner);
  const results: WindowResult[] = [];
  let made = 0;
  for (const days of stages.toSorted((a, b) => a - b)) {
    for (; made < days; made++) await makeDay(owner, made);
    await owner.query('vacuum analyze');
    results.push(await measureStage(owner, url, days));
  }
  await owner.end();
  const first = results[0];
  return {
    title: `The changes of the last 24 h, ${STATIONS} stations polled every ${POLL_SECONDS} s, as history grows (best of ${RUNS})`,
    measures: results.flatMap((result) => measuresOf(result, first ?? result)),
  };
}

function measuresOf(result: WindowResult, first: WindowResult): Measure[] {
  const { days, rows, changes, serverMs, hourlyMs, wholeMs, bytesPerChange } = result;
  const history = `${days} ${days === 1 ? 'day' : 'days'}`;
  const ratio = serverMs / first.serverMs;
  return [
    {
      what: `${history}, ${whole(rows)} rows: CPU of PostgreSQL`,
      measured: `${whole(changes)} in ${serverMs.toFixed(1)} ms (${ratio.toFixed(2)})`,
      bar: '50 ms and 1.2 times',
      met: serverMs <= 50 && ratio <= 1.2,
    },
    { what: '  counted by hour, as a dashboard does', measured: `${hourlyMs.toFixed(1)} ms` },
    { what: '  every row, until JavaScript has it', measured: `${wholeMs.toFixed(1)} ms` },
    {
      what: '  on disk, tables and indexes',
      measured: `${bytesPerChange.toFixed(1)} bytes per change`,
      bar: 'at most 100',
      met: bytesPerChange <= 100,
    },
  ];
}

async function measureStage(owner: pg.Client, url: string, days: number): Promise<WindowResult> {
  const { reader, session } = await openReaderSession(url);
  const to = dayAt(days);
  const window = `station_change_between('${dayAt(days - 1)}', '${to}', 'bench')`;
  const plans = `explain (analyze, timing off, buffers off) select * from ${window}`;
  const serverMs = await bestOf(() => serverCpuMs(session, () => reader.query(plans)));
  const hourlyMs = await bestOf(() =>
    timed(
      reader,
      `select date_trunc('hour', observed_at), count(*), sum(abs(bikes_delta)) from ${window} group by 1`,
    ),
  );
  const wholeMs = await bestOf(() => timed(reader, `select * from ${window}`));
  const { rowCount } = await reader.query(`select from ${window}`);
  await reader.end();
  const { rows } = await owner.query(`
    select sum(pg_total_relation_size(inhrelid))::float8 as bytes, (select count(*) from velolog.station_status)::float8 as rows
    from pg_inherits where inhparent = 'velolog.station_status'::regclass`);
  return {
    days,
    rows: rows[0].rows,
    changes: rowCount ?? 0,
    serverMs,
    hourlyMs,
    wholeMs,
    bytesPerChange: rows[0].bytes / rows[0].rows,
  };
}

export async function bestOf(run: () => Promise<number>): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let done = 0; done < RUNS; done++) best = Math.min(best, await run());
  return best;
}

/**
 * CPU time of the PostgreSQL session that answers. This is what the query takes on an idle machine, even if this machine is busy.
 * Linux reports it in nanoseconds; on other systems the elapsed time is used.
 */
export async function serverCpuMs(session: number, ask: () => Promise<unknown>): Promise<number> {
  const cpuMs = (): number => {
    if (process.platform !== 'linux') return performance.now();
    return Number(readFileSync(`/proc/${session}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
  };
  const before = cpuMs();
  await ask();
  return cpuMs() - before;
}

async function timed(client: pg.Client, query: string): Promise<number> {
  const start = performance.now();
  await client.query(query);
  return performance.now() - start;
}

/** Creates a system `bench` with stations but no history; makeDay adds each day. */
export async function makeStations(client: pg.Client): Promise<void> {
  await client.query(`insert into velolog.system (system_id) values ('bench')`);
  await client.query(
    `insert into velolog.station (system_key, station_id, name, first_observed_at)
     select 1, i::text, 'Station ' || i, '${dayAt(0)}' from generate_series(1, ${STATIONS}) as i`,
  );
  await client.query(
    `insert into velolog.feed (system_key, feed, last_fetched_at) values (1, 'station_status', '${dayAt(0)}')`,
  );
  await client.query('select setseed(0.5)');
}

export async function makeDay(client: pg.Client, day: number): Promise<void> {
  const at = new Date(START_MS + day * DAY_MS);
  if (at.getUTCDate() === 1) await makeMonth(client, at);
  const seenFrom = new Date(at.getTime() + UNSEEN_SECONDS * 500).toISOString();
  await client.query(
    `insert into velolog.coverage values (1, '${seenFrom}', '${dayAt(day + 1)}', 2870, 'observed')`,
  );
  if (day % 7 === 0) {
    await client.query(
      `insert into velolog.station_absence select station_key, '${seenFrom}', '${seenFrom}', '${seenFrom}'::timestamptz + interval '5 min' from velolog.station`,
    );
  }
  await client.query(`
    insert into velolog.station_status (observed_at, last_reported, station_key, num_bikes_available, num_docks_available, flags)
    select at, at, station_key, (random() * 20)::int, (random() * 20)::int, 63
    from (
      select
        '${at.toISOString()}'::timestamptz + interval '${UNSEEN_SECONDS} s' + (i * 20 / ${STATIONS}) * interval '${POLL_SECONDS} s' as at,
        1 + floor(random() * ${STATIONS})::int as station_key
      from generate_series(0, ${ROWS_PER_DAY} - 1) as i
    ) as moved
    on conflict do nothing`);
}

async function makeMonth(client: pg.Client, first: Date): Promise<void> {
  const next = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 1)).toISOString();
  const name = `station_status_${first.toISOString().slice(0, 7).replace('-', '_')}`;
  await client.query(
    `create table velolog.${name} partition of velolog.station_status for values from ('${first.toISOString()}') to ('${next}')`,
  );
}

export function dayAt(day: number): string {
  return new Date(START_MS + day * DAY_MS).toISOString();
}
