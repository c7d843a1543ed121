import { migrate } from '@velolog/store/migrate/migrate';
import { openDatabase } from '@velolog/store/tables/database';
import { makeMonthsOf, noMonths } from '@velolog/store/tables/month-partitions';
import { fitForecasts } from '@velolog/store/upkeep/forecast/fit-forecasts';
import { measureTempo } from '@velolog/store/upkeep/forecast/measure-tempo';
import pg from 'pg';
import { createBenchDatabase, type Servers } from './given/pipeline.ts';
import { openReaderSession, READER_PASSWORD } from './given/reader-session.ts';
import { serverCpuMs } from './given/window.ts';
import { type Measure, type Part, whole } from './instruments/measure.ts';

const CAPACITY = 20;
const RUNS = 15;
/** Time between two observations of a station. About a quarter of them show another count, as in Oslo. */
const STEP_SECONDS = 600;
const DAY_SECONDS = 86_400;
const MEGABYTE = 2 ** 20;
const FIT_MEGABYTES_MAX = 200;

type City = { system_id: string; stations: number; days: number };
const CITY: City = { system_id: 'city', stations: 250, days: 56 };
const METROPOLIS: City = { system_id: 'metropolis', stations: 2400, days: 3 };

/**
 * Measures what fitting eight weeks costs the store, and how long velolog_reader waits for the forecasts of a whole system. In the large city every
 * station changed within the last hour, which is the most that a query may have to look up.
 */
export async function benchForecast(servers: Servers): Promise<Part> {
  const url = await createBenchDatabase(servers, 'bench_forecast');
  await migrate(url, { readerPassword: READER_PASSWORD });
  const pool = await openDatabase(url, { connectionsMax: 2 });
  const owner = new pg.Client({ connectionString: url });
  await owner.connect();
  try {
    const now = Math.floor(Date.now() / 1000) - 20;
    const months = noMonths();
    for (let day = 0; day <= CITY.days; day += 1)
      await makeMonthsOf(pool, months, 'station_status', [(now - day * DAY_SECONDS) * 1000]);
    for (const city of [CITY, METROPOLIS]) await makeCity(owner, city, now);
    await owner.query('vacuum analyze');
    return {
      title: 'Forecasts: the daily fit, and what a question takes (middle of 15)',
      measures: [...(await measureFit(pool, owner)), ...(await ask(url))],
    };
  } finally {
    await pool.end();
    await owner.end();
  }
}

/** Creates bikes that come and go by the hour and by chance. In the large city every station changes in the last hour. */
async function makeCity(owner: pg.Client, { system_id, stations, days }: City, now: number): Promise<void> {
  await owner.query('select setseed(0.5)');
  await owner.query(
    `with system as (insert into velolog.system (system_id, timezone) values ('${system_id}', 'Europe/Oslo') returning system_key),
    feed as (
      insert into velolog.feed (system_key, feed, last_fetched_at, last_polled_at, last_success_at, success_interval_seconds, ttl_seconds)
      select system_key, 'station_status', to_timestamp(${now}), to_timestamp(${now}), to_timestamp(${now}), 60, 60 from system returning feed_key
    ), coverage as (
      insert into velolog.coverage select feed_key, to_timestamp(${now - days * DAY_SECONDS}), to_timestamp(${now}), ${days * 1440}, 'observed' from feed
    )
    insert into velolog.station (system_key, station_id, name, lat, lon, capacity, first_observed_at)
    select system_key, i::text, 'Station ' || i, 59.9, 10.7, ${CAPACITY}, to_timestamp(${now - days * DAY_SECONDS}) from system, generate_series(1, ${stations}) as i`,
  );
  await owner.query(`
    insert into velolog.station_status (observed_at, last_reported, station_key, num_bikes_available, num_docks_available, flags)
    select to_timestamp(at), null, station_key, bikes, ${CAPACITY} - bikes, 63
    from (
      select at, station_key, bikes, lag(bikes) over (partition by station_key order by at) as bikes_before
      from (
        select at, station_key,
          greatest(0, least(${CAPACITY}, round(6 + 7 * sin(at * (2 * pi() / ${DAY_SECONDS}) + station_key) + 2 * random()
            + case when at > ${now - 3600} then station_key % 2 else 0 end)))::int as bikes
        from generate_series(${now - days * DAY_SECONDS}, ${now - 60}, ${STEP_SECONDS}) as at
        cross join velolog.station
        join velolog.system using (system_key) where system_id = '${system_id}'
      ) as seen
    ) as seen
    where bikes is distinct from bikes_before
    order by at, station_key`);
  await owner.query(`
    insert into velolog.station_state
    select distinct on (station_key) station_key, observed_at, null, num_bikes_available, num_docks_available, null, null, flags, observed_at
    from velolog.station_status
    join velolog.station using (station_key)
    join velolog.system using (system_key) where system_id = '${system_id}'
    order by station_key, observed_at desc`);
}

async function measureFit(pool: Parameters<typeof fitForecasts>[0], owner: pg.Client): Promise<Measure[]> {
  await owner.query(`update velolog.feed set last_polled_at = null where system_key = 2`);
  const before = process.cpuUsage();
  const memory = watchMemory();
  await fitForecasts(pool);
  const { user, system } = process.cpuUsage(before);
  const seconds = (user + system) / 1e6;
  await owner.query(`update velolog.feed set last_polled_at = last_fetched_at`);
  await fitForecasts(pool);
  const { more, most } = memory.end();
  await measureTempo(pool);
  await owner.query('vacuum analyze velolog.forecast_model, velolog.forecast_hour');
  return [
    {
      what: `fitting ${CITY.stations} stations with ${CITY.days / 7} weeks, CPU of the store`,
      measured: `${seconds.toFixed(1)} s`,
      bar: 'under 10 s',
      met: seconds < 10,
    },
    {
      what: 'memory of the process while it fits both cities',
      measured: `${whole(most)} MB, ${whole(more)} more than before`,
      bar: `under ${FIT_MEGABYTES_MAX} MB more`,
      met: more < FIT_MEGABYTES_MAX,
    },
  ];
}

/** Samples this process's resident memory every 20 ms. The fit runs in its own thread, so this one is free to do so. */
function watchMemory(): { end: () => { more: number; most: number } } {
  const before = process.memoryUsage.rss();
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 20);
  return {
    end: () => {
      clearInterval(timer);
      return { more: (most - before) / MEGABYTE, most: most / MEGABYTE };
    },
  };
}

async function ask(url: string): Promise<Measure[]> {
  const { reader, session } = await openReaderSession(url);
  const measures: Measure[] = [];
  for (const [{ system_id, stations }, bar] of [
    [CITY, 30],
    [METROPOLIS, 150],
  ] as const) {
    for (const minutes of [20, 25]) {
      const query = `select * from station_forecast('${system_id}', ${minutes})`;
      let forecasts = 0;
      const run = async () => {
        const { rows } = await reader.query(query);
        forecasts = rows.filter(({ p_bike }) => p_bike !== null).length;
      };
      const serverMs = await middleOf(() => serverCpuMs(session, run));
      const wholeMs = await middleOf(async () => {
        const start = performance.now();
        await run();
        return performance.now() - start;
      });
      measures.push({
        what: `in ${minutes} minutes, ${whole(stations)} stations: CPU of PostgreSQL`,
        measured: `${serverMs.toFixed(1)} ms (until the rows are here ${wholeMs.toFixed(1)} ms)`,
        bar: `under ${bar} ms`,
        met: forecasts === stations && serverMs < bar,
      });
    }
  }
  await reader.end();
  return measures;
}

async function middleOf(run: () => Promise<number>): Promise<number> {
  const times: number[] = [];
  for (let done = 0; done < RUNS; done += 1) times.push(await run());
  return times.toSorted((a, b) => a - b)[Math.floor(RUNS / 2)] as number;
}
