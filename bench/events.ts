import { get, type IncomingMessage } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { STATIONS, statusBodies } from './given/bodies.ts';
import { migrateWithReader, startLiveProcess } from './given/live-process.ts';
import {
  createBenchDatabase,
  openPublisher,
  type Servers,
  startBenchStore,
  statusPoll,
  untilStored,
} from './given/pipeline.ts';
import type { Part } from './instruments/measure.ts';

const CLIENTS = 500;
const POLLS = 100;
const POLL_INTERVAL_MS = 250;
const SYSTEM = 'bench';

/** By cursor: when the event reached each client, in epoch milliseconds. */
type Arrivals = Map<string, number[]>;

/**
 * Many clients follow one system. Measures the time from the commit of its rows (according to PostgreSQL) until each client has the event, the
 * memory that the server needs, and how often it queries the database.
 */
export async function benchEvents(servers: Servers): Promise<Part> {
  const topic = `bench-events-${process.pid}`;
  const database = await createBenchDatabase(servers, 'bench_events');
  const readerUrl = await migrateWithReader(database);
  const publisher = await openPublisher(servers, topic);
  const store = await startBenchStore(servers, database, topic);
  const [first, ...bodies] = statusBodies(POLLS + 1) as [Buffer, ...Buffer[]];
  await publisher.publish([statusPoll(SYSTEM, new Date(), first)]);
  await untilStored(database, 1);
  const live = await startLiveProcess(readerUrl);
  const arrivals: Arrivals = new Map();
  const clients = [];
  for (let client = 0; client < CLIENTS; client++) clients.push(await follow(live.url, arrivals));
  const before = await counters(live.url);
  let residentMax = 0;
  for (const [poll, body] of bodies.entries()) {
    await wait(POLL_INTERVAL_MS);
    await publisher.publish([statusPoll(SYSTEM, new Date(), body)]);
    if (poll % 10 === 0) residentMax = Math.max(residentMax, await live.residentMegabytes());
  }
  await untilStored(database, POLLS + 1);
  await wait(1_000);
  residentMax = Math.max(residentMax, await live.residentMegabytes());
  const after = await counters(live.url);
  const { latencies, lost, repeated } = await compare(database, arrivals);
  for (const client of clients) client.destroy();
  await live.stop();
  await store.stop();
  await publisher.close();
  const p99 = percentile(latencies, 0.99);
  const queries = after.queries - before.queries;
  const wakeups = after.wakeups - before.wakeups;
  return {
    title: `${CLIENTS} clients follow the events of one system of ${STATIONS} stations (${POLLS} polls with changes)`,
    measures: [
      {
        what: 'committed row to event, p50 and p99',
        measured: `${percentile(latencies, 0.5).toFixed(0)} and ${p99.toFixed(0)} ms`,
        bar: 'p99 500 ms',
        met: p99 <= 500,
      },
      {
        what: 'events lost and repeated',
        measured: `${lost} and ${repeated} of ${latencies.length}`,
        bar: 'none',
        met: lost === 0 && repeated === 0,
      },
      {
        what: 'queries for wake-ups',
        measured: `${queries} for ${wakeups}`,
        bar: 'one for each',
        met: queries <= wakeups,
      },
      {
        what: 'memory of the live worker',
        measured: `${residentMax.toFixed(0)} MB`,
        bar: '150 MB',
        met: residentMax <= 150,
      },
    ],
  };
}

/** Opens a stream and records when each `stations` event arrives. */
async function follow(url: string, arrivals: Arrivals): Promise<IncomingMessage> {
  const answered = Promise.withResolvers<IncomingMessage>();
  get(`${url}/api/v1/systems/${SYSTEM}/events`, { agent: false }, answered.resolve).on(
    'error',
    answered.reject,
  );
  const response = await answered.promise;
  if (response.statusCode !== 200) throw new Error(`The events were answered with ${response.statusCode}`);
  response.setEncoding('utf8');
  response.on('data', (text: string) => {
    const now = performance.timeOrigin + performance.now();
    for (const [, cursor = ''] of text.matchAll(/event: stations\nid: (\d+)/g)) {
      const times = arrivals.get(cursor) ?? [];
      arrivals.set(cursor, times);
      times.push(now);
    }
  });
  response.on('error', () => {});
  return response;
}

async function compare(
  database: string,
  arrivals: Arrivals,
): Promise<{ latencies: number[]; lost: number; repeated: number }> {
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  const { rows } = await client.query<{ cursor: string; committed: number }>(`
    select (extract(epoch from observed_at) * 1000)::bigint::text as cursor,
      max(extract(epoch from pg_xact_commit_timestamp(xmin)) * 1000)::float8 as committed
    from velolog.station_status
    where observed_at > (select min(observed_at) from velolog.station_status)
    group by observed_at order by observed_at`);
  await client.end();
  const latencies: number[] = [];
  let lost = 0;
  let repeated = 0;
  // Rows that were committed while a query ran arrive with the next event.
  let committed: number[] = [];
  for (const row of rows) {
    committed.push(row.committed);
    const times = arrivals.get(row.cursor);
    if (times === undefined) continue;
    lost += Math.max(0, CLIENTS - times.length);
    repeated += Math.max(0, times.length - CLIENTS);
    for (const time of times) for (const at of committed) latencies.push(time - at);
    committed = [];
  }
  return { latencies: latencies.sort((a, b) => a - b), lost: lost + committed.length * CLIENTS, repeated };
}

async function counters(url: string): Promise<{ queries: number; wakeups: number }> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const sum = (name: string) =>
    [...text.matchAll(new RegExp(`^${name}\\{.*\\} (\\S+)$`, 'gm'))].reduce(
      (total, [, value]) => total + Number(value),
      0,
    );
  return { queries: sum('velolog_live_event_queries_total'), wakeups: sum('velolog_live_wakeups_total') };
}

function percentile(sorted: number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
