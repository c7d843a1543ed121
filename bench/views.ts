import { migrate } from '@velolog/store/migrate/migrate';
import { openDatabase } from '@velolog/store/tables/database';
import { rollUpAll } from '@velolog/store/upkeep/roll-up';
import pg from 'pg';
import { STATIONS } from './given/bodies.ts';
import { createBenchDatabase, type Servers } from './given/pipeline.ts';
import { openReaderSession, READER_PASSWORD } from './given/reader-session.ts';
import { bestOf, dayAt, makeDay, makeStations, serverCpuMs } from './given/window.ts';
import { type Measure, type Part, whole } from './instruments/measure.ts';

const BAR_MS = 100;

/**
 * Times the views of outages, hours, service levels, flows and profiles as velolog_reader, for the default ranges of the dashboards. The last
 * hour of the history is not rolled up, which is the most that the store leaves. Also measures what it takes to roll up a day, in time and
 * on disk. Every fifth row changes the station's state here, several times as often as in a city.
 */
export async function benchViews(servers: Servers, days: number): Promise<Part> {
  const url = await createBenchDatabase(servers, 'bench_views');
  await migrate(url, { readerPassword: READER_PASSWORD });
  const owner = new pg.Client({ connectionString: url });
  await owner.connect();
  await makeStations(owner);
  for (let day = 0; day < days; day++) await makeDay(owner, day);
  const end = new Date(Date.parse(dayAt(days)) - 1000).toISOString();
  await settle(owner, end);
  const pool = await openDatabase(url, { connectionsMax: 2 });
  const start = performance.now();
  await rollUpAll(pool);
  const rollUpMs = (performance.now() - start) / days;
  await pool.end();
  await owner.query('vacuum analyze');
  const { rows } = await owner.query<{ bytes: number }>(
    `select (pg_total_relation_size('velolog.station_hour') + pg_total_relation_size('velolog.station_spell'))::float8 as bytes`,
  );
  await owner.end();
  return {
    title: `Outages, hours and service levels of ${STATIONS} stations with ${days} days of history, CPU of PostgreSQL (best of 15)`,
    measures: [
      ...(await askAll(url, end)),
      { what: 'rolling up a day', measured: `${whole(rollUpMs)} ms` },
      {
        what: 'rolled up, on disk, tables and indexes',
        measured: `${whole((rows[0]?.bytes ?? 0) / days / STATIONS)} bytes a station and day`,
      },
    ],
  };
}

/** Makes the end of the history look as the store would have left it. */
async function settle(owner: pg.Client, end: string): Promise<void> {
  await owner.query(`
    delete from velolog.station_status where observed_at > '${end}';
    update velolog.coverage set to_at = '${end}' where to_at > '${end}';
    insert into velolog.observed_range values (1, '${dayAt(0)}', '${end}', 30000);
    insert into velolog.station_state
    select distinct on (station_key) station_key, observed_at, last_reported, num_bikes_available, num_docks_available,
      null, null, flags, observed_at
    from velolog.station_status
    where observed_at > '${end}'::timestamptz - interval '2 days'
    order by station_key, observed_at desc`);
}

async function askAll(url: string, end: string): Promise<Measure[]> {
  const { reader, session } = await openReaderSession(url);
  const measures: Measure[] = [];
  for (const [what, query] of Object.entries(questionsAt(`'${end}'::timestamptz`))) {
    const { rowCount } = await reader.query(query);
    const ms = await bestOf(() => serverCpuMs(session, () => reader.query(query)));
    measures.push({
      what,
      measured: `${whole(rowCount ?? 0)} rows in ${ms.toFixed(1)} ms`,
      bar: `at most ${BAR_MS} ms`,
      met: ms <= BAR_MS,
    });
  }
  await reader.end();
  return measures;
}

function questionsAt(end: string): Record<string, string> {
  const last = (days: number) => `${end} - interval '${days} days', ${end}, 'bench'`;
  return {
    'outages of 24 h': `select * from outage_episode_between(${last(1)})`,
    'outages of 24 h of a station': `select * from outage_episode_between(${last(1)}, '7')`,
    'outages of now': `select * from outage_episode_between(${last(0)}) where is_open`,
    'hours of 7 days, a line for the system': `select hour_at, avg(empty_share), avg(full_share) from station_hour_between(${last(7)}) group by hour_at`,
    'hours of 30 days of a station': `select * from station_hour_between(${last(30)}, '7')`,
    'service levels of 7 days': `select * from sla_compliance_between((${end})::date - 6, (${end})::date, 'bench')`,
    'flow of 24 h': `select * from flow_balance_between(${last(1)})`,
    'weekly profile of a station': `select * from profile_weekly_of('bench', '7')`,
  };
}
