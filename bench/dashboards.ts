import { migrate } from '@velolog/store/migrate/migrate';
import { openDatabase } from '@velolog/store/tables/database';
import { rollUpAll } from '@velolog/store/upkeep/roll-up';
import pg from 'pg';
import { connect } from '../grafana/test/run-query.ts';
import { type PanelTime, timePanels } from './given/panel-times.ts';
import { createBenchDatabase, type Servers } from './given/pipeline.ts';
import type { Part } from './instruments/measure.ts';

const STATIONS = 250;
const POLL_SECONDS = 30;
/** One row per 20 polls of a station, as measured on recorded feeds. */
const ROWS_PER_DAY = (STATIONS * 86_400) / POLL_SECONDS / 20;
const RUNS = 7;
const READER_PASSWORD = 'bench';

/** The longest that a viewer may have to wait for a panel. */
const MS_MAX = 100;

/**
 * Times every SQL query of every dashboard as velolog_reader, for the dashboard's default time range, on a city of 250 stations with as many
 * days of history up to now as the largest of `stages`.
 */
export async function benchDashboards(servers: Servers, stages: number[]): Promise<Part> {
  const days = Math.max(...stages);
  const times = await askAll(servers, days);
  return {
    title: `Questions of the dashboards' panels, ${STATIONS} stations, ${days} days of history (CPU of PostgreSQL, best of ${RUNS})`,
    measures: times
      .toSorted((a, b) => b.cpuMs - a.cpuMs)
      .map(({ dashboard, panel, rows, cpuMs, wallMs }) => ({
        what: `${dashboard.replace('.json', '')}: ${panel}`,
        measured: `${rows} rows in ${cpuMs.toFixed(1)} ms, ${wallMs.toFixed(1)} ms until they were here`,
        bar: `at most ${MS_MAX} ms`,
        met: cpuMs <= MS_MAX,
      })),
  };
}

async function askAll(servers: Servers, days: number): Promise<PanelTime[]> {
  const url = await createBenchDatabase(servers, `bench_dashboards_${days}`);
  await migrate(url, { readerPassword: READER_PASSWORD });
  await makeCity(url, days);
  const pool = await openDatabase(url, { connectionsMax: 2 });
  await rollUpAll(pool);
  await pool.end();
  const owner = new pg.Client({ connectionString: url });
  await owner.connect();
  await owner.query('vacuum analyze');
  await owner.end();
  const asReader = new URL(url);
  asReader.username = 'velolog_reader';
  asReader.password = READER_PASSWORD;
  const reader = await connect(asReader.href);
  try {
    return await timePanels(reader, {
      isWanted: () => true,
      given: { system: 'bench', station: '17' },
      runs: RUNS,
    });
  } finally {
    await reader.end();
  }
}

/** Creates stations that fill and drain during the day, each at its own hour; some become completely full or empty. */
async function makeCity(url: string, days: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const end = new Date();
  const start = new Date(end.getTime() - days * 86_400_000);
  await client.query(
    `insert into velolog.system (system_id, name, timezone) values ('bench', 'Bench City', 'Europe/Oslo')`,
  );
  await client.query(
    `insert into velolog.station (system_key, station_id, name, lat, lon, capacity, first_observed_at)
     select 1, i::text, 'Station ' || i, 59.9 + i % 16 / 300.0, 10.7 + i / 16 / 300.0, 20, $1 from generate_series(1, ${STATIONS}) as i`,
    [start],
  );
  for (const feed of ['station_status', 'station_information', 'gbfs']) {
    await client.query(
      `insert into velolog.feed (system_key, feed, last_fetched_at, last_success_at, success_interval_seconds, last_updated, ttl_seconds)
       values (1, $1, $2, $2, 30, $2, 30)`,
      [feed, end],
    );
  }
  // Each day is observed, with one failed poll at its end.
  await client.query(
    `insert into velolog.coverage
     select 1, at + run.begins, least($2, at + run.ends), run.polls, run.outcome
     from generate_series($1::timestamptz, $2::timestamptz - interval '1 s', interval '1 day') as at,
       (values (interval '0', interval '23:59:00', 2879, 'observed'), (interval '23:59:30', interval '23:59:30', 1, 'failed')) as run (begins, ends, polls, outcome)
     where at + run.begins <= $2`,
    [start, end],
  );
  await client.query(`insert into velolog.observed_range values (1, $1, $2, ${POLL_SECONDS * 1000})`, [
    start,
    end,
  ]);
  await makePartitions(client, start, end);
  await client.query('select setseed(0.5)');
  for (let day = 0; day < days; day++) {
    await client.query(
      `insert into velolog.station_status (observed_at, last_reported, station_key, num_bikes_available, num_docks_available, flags)
       select at, at, station_key, bikes, 20 - bikes, 63
       from (
         select at, station_key, greatest(0, least(20,
           round(10 + 11 * sin(extract(epoch from at) / 86400 * 2 * pi() + station_key) + 3 * (random() - 0.5))))::smallint as bikes
         from (
           select $1::timestamptz + (i * 20 / ${STATIONS}) * interval '${POLL_SECONDS} s' as at, 1 + floor(random() * ${STATIONS})::int as station_key
           from generate_series(0, ${ROWS_PER_DAY} - 1) as i
         ) as moved
         where at <= $2
       ) as counted
       on conflict do nothing`,
      [new Date(start.getTime() + day * 86_400_000), end],
    );
  }
  await client.query(
    `insert into velolog.station_state
     select distinct on (station_key) station_key, observed_at, last_reported, num_bikes_available, num_docks_available,
       num_bikes_disabled, num_docks_disabled, flags, observed_at
     from velolog.station_status
     where observed_at > $1
     order by station_key, observed_at desc`,
    [new Date(end.getTime() - 2 * 86_400_000)],
  );
  await client.query('vacuum analyze');
  await client.end();
}

async function makePartitions(client: pg.Client, start: Date, end: Date): Promise<void> {
  const month = new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth(), 1));
  while (month <= end) {
    const from = month.toISOString();
    month.setUTCMonth(month.getUTCMonth() + 1);
    const name = `velolog.station_status_${from.slice(0, 7).replace('-', '_')}`;
    await client.query(
      `create table if not exists ${name} partition of velolog.station_status for values from ('${from}') to ('${month.toISOString()}')`,
    );
  }
}
