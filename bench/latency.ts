import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { statusBodies } from './given/bodies.ts';
import {
  createBenchDatabase,
  openPublisher,
  type Servers,
  startBenchStore,
  statusPoll,
  untilStored,
} from './given/pipeline.ts';
import { type Part, whole } from './instruments/measure.ts';

const SYSTEMS = 100;
const SECONDS = 20;

/**
 * Measures the time from a poll's fetch until its rows are committed, in milliseconds, at 100 polls per second. The commit times come from
 * PostgreSQL (track_commit_timestamp), so nothing is estimated from histogram buckets.
 */
export async function benchLatency(servers: Servers): Promise<Part> {
  const topic = `bench-latency-${process.pid}`;
  const database = await createBenchDatabase(servers, 'bench_latency');
  const publisher = await openPublisher(servers, topic);
  const worker = await startBenchStore(servers, database, topic);
  const bodies = statusBodies(SECONDS + 1);
  const start = performance.now();
  const sent: Promise<void>[] = [];
  for (let poll = 0; poll < SYSTEMS * SECONDS; poll++) {
    await wait(Math.max(0, start + poll * 10 - performance.now()));
    const body = bodies[Math.floor(poll / SYSTEMS)] as Buffer;
    sent.push(publisher.publish([statusPoll(`system-${poll % SYSTEMS}`, new Date(), body)]));
  }
  await Promise.all(sent);
  await untilStored(database, SYSTEMS * SECONDS);
  await worker.stop();
  await publisher.close();
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  // The first round adds all stations of all systems and fills the worker's caches, so it is not representative and is left out.
  const { rows } = await client.query(`
    select count(*)::int as rows,
      percentile_cont(0.5) within group (order by ms) as p50, percentile_cont(0.99) within group (order by ms) as p99
    from (
      select extract(epoch from pg_xact_commit_timestamp(xmin) - observed_at)::float8 * 1000 as ms
      from velolog.station_status
      where observed_at > (select min(observed_at) + interval '3 s' from velolog.station_status)
    ) as written`);
  await client.end();
  const { p50, p99, rows: count } = rows[0];
  return {
    title: `From a poll to its committed rows at ${SYSTEMS} polls a second`,
    measures: [
      { what: 'median', measured: `${p50.toFixed(0)} ms` },
      {
        what: `99th percentile of ${whole(count)} rows`,
        measured: `${p99.toFixed(0)} ms`,
        bar: 'at most 250 ms',
        met: p99 <= 250,
      },
    ],
  };
}
