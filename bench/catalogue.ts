import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { WORKER_ENVIRONMENT, WORKER_NODE_ARGUMENTS } from '@velolog/cli/supervisor/worker-process';
import { freePort } from '@velolog/embedded/free-port';
import { spawnGroup } from '@velolog/embedded/process-group';
import pg from 'pg';
import { createBenchDatabase, type Servers } from './given/pipeline.ts';
import { measureQualityPass } from './given/quality-pass.ts';
import { type Measure, type Part, whole } from './instruments/measure.ts';
import { type Usage, usagesOf } from './instruments/process-usage.ts';
import { type ResidentMemory, watchMemory } from './instruments/resident-memory.ts';
import { memoryBar } from './stack.ts';

const SYSTEMS = 1520;
const STATIONS = 230_000;
const TTL_SECONDS = 60;
/** Loopback addresses: six systems share a host, so that the limits per host apply but do not dominate. */
const HOSTS = 250;
/** Time for the discovery of all systems, their static feeds and the first stations. */
const WARM_UP_SECONDS = 100;

type Running = { process: ChildProcess; url: string };

/** Additional feeds of free-floating vehicles, whose ids last for different times. */
const FLEETS = 400;
const VEHICLES_OF_FLEET = 750;

/**
 * Simulates the public catalogue: one ingest polls all of it every 60 s and one store worker stores it.
 * @param withFleets adds 400 systems with vehicles
 */
export async function benchCatalogue(
  servers: Servers & { pids: { kafka: number; postgres: number }; home: string },
  seconds: number,
  withFleets = false,
): Promise<Part> {
  const databaseUrl = await createBenchDatabase(servers, withFleets ? 'bench_vehicles' : 'bench_catalogue');
  const running: Running[] = [];
  const run = async (name: string, portVariable: string, args: string[], env: NodeJS.ProcessEnv) => {
    const port = await freePort();
    const script = fileURLToPath(import.meta.resolve(`@velolog/${name}/main`));
    const child = spawnGroup(
      process.execPath,
      [...WORKER_NODE_ARGUMENTS, script, ...args.map((arg) => arg.replace('PORT', `${port}`))],
      {
        env: { ...process.env, ...WORKER_ENVIRONMENT, ...env, [portVariable]: `${port}` },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const log = createWriteStream(join(servers.home, `${name}.log`));
    child.stdout?.pipe(log);
    child.stderr?.pipe(log);
    const one = { process: child, url: `http://127.0.0.1:${port}` };
    running.push(one);
    return one;
  };
  try {
    const size = [
      '--systems',
      `${SYSTEMS}`,
      '--total-stations',
      `${STATIONS}`,
      '--versions',
      '1.0,2.3,2.3,3.0',
    ];
    const simulator = await run(
      'simulator',
      'UNUSED',
      [...size, '--ttl', `${TTL_SECONDS}`, '--hosts', `${HOSTS}`, '--port', 'PORT'],
      {},
    );
    const listed: ListedSystem[] = JSON.parse(await untilAnswer(simulator, '/systems.json')).systems;
    if (withFleets) {
      const size = ['--systems', `${FLEETS}`, '--stations', '2', '--vehicles', `${VEHICLES_OF_FLEET}`];
      const ids = ['--vehicle-ids', 'static,resetting,rotating', '--versions', '2.3,3.0'];
      const fleets = await run(
        'simulator',
        'UNUSED',
        [...size, ...ids, '--ttl', `${TTL_SECONDS}`, '--hosts', '60', '--port', 'PORT'],
        {},
      );
      const theirs: ListedSystem[] = JSON.parse(await untilAnswer(fleets, '/systems.json')).systems;
      // Both simulators use the same city names.
      listed.push(...theirs.map((system) => ({ ...system, id: `fleet-${system.id}` })));
    }
    const systems = join(servers.home, 'catalogue.json');
    writeFileSync(systems, JSON.stringify({ systems: listed }));
    const kafka = { KAFKA_BROKERS: servers.brokers, KAFKA_TOPIC_PARTITIONS: '4', LOG_LEVEL: 'warn' };
    const store = await run('store', 'STORE_PORT', [], { ...kafka, DATABASE_URL: databaseUrl });
    await untilAnswer(store, '/readyz');
    const ingest = await run('ingest', 'INGEST_PORT', [], {
      ...kafka,
      SYSTEMS_FILE: systems,
      ALLOW_PRIVATE_FEEDS: '1',
      USER_AGENT_CONTACT: 'velolog bench',
    });
    await wait(WARM_UP_SECONDS * 1000);
    const pids = {
      ingest: ingest.process.pid as number,
      store: store.process.pid as number,
      kafka: servers.pids.kafka,
      postgres: servers.pids.postgres,
    };
    const before = { usage: usagesOf(pids), ...(await readMetrics(ingest, store)) };
    const memory = await watchMemory(pids, seconds);
    const after = { usage: usagesOf(pids), ...(await readMetrics(ingest, store)) };
    // In a system with a fleet, the two stations are polled, too.
    const feeds = SYSTEMS + (withFleets ? 2 * FLEETS : 0);
    const measures = measuresOf(before, after, memory, seconds, feeds);
    const fleets = withFleets ? ` and ${whole(FLEETS * VEHICLES_OF_FLEET)} vehicles in ${FLEETS} feeds` : '';
    return {
      title: `The whole catalogue simulated: ${SYSTEMS} systems, ${whole(STATIONS)} stations${fleets}, polled every ${TTL_SECONDS} s, ${seconds} s of it`,
      measures: [
        ...measures,
        ...(withFleets ? await vehicleMeasures(databaseUrl) : await rowMeasures(databaseUrl)),
        await measureQualityPass(databaseUrl),
      ],
    };
  } finally {
    for (const { process: child } of running.toReversed()) {
      const ended = once(child, 'exit');
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGTERM');
      await ended;
    }
  }
}

type ListedSystem = { id: string; discovery_url: string };

type Snapshot = { usage: Record<string, Usage>; metrics: Map<string, number> };

function measuresOf(
  before: Snapshot,
  after: Snapshot,
  memory: Record<string, ResidentMemory>,
  seconds: number,
  feeds: number,
): Measure[] {
  const grown = (series: string) => (after.metrics.get(series) ?? 0) - (before.metrics.get(series) ?? 0);
  const cores = (name: string) =>
    ((after.usage[name]?.cpuSeconds ?? 0) - (before.usage[name]?.cpuSeconds ?? 0)) / seconds;
  const names = Object.keys(after.usage);
  const all = names.reduce((sum, name) => sum + cores(name), 0);
  const polls = grown('velolog_poll_delay_seconds_count');
  const late = polls - grown('velolog_poll_delay_seconds_bucket{le="5"}');
  const lateASecond = polls - grown('velolog_poll_delay_seconds_bucket{le="1"}');
  const stored = grown('velolog_poll_to_row_seconds_count');
  const quick = grown('velolog_poll_to_row_seconds_bucket{le="1"}');
  const due = (feeds * seconds) / (TTL_SECONDS * 1.025);
  return [
    {
      what: 'polls begun, of those due',
      measured: `${whole(polls)} of ${whole(due)}`,
      bar: 'at least 97 %',
      met: polls >= 0.97 * due,
    },
    {
      what: 'polls begun more than 5 s late',
      measured: `${late} (${lateASecond} more than 1 s)`,
      bar: 'none',
      met: late === 0,
    },
    {
      what: 'stored within 1 s of the fetch',
      measured: `${((100 * quick) / stored).toFixed(1)} % of ${whole(stored)}`,
    },
    {
      what: 'CPU of ingest, store, Kafka and PostgreSQL',
      measured: `${all.toFixed(2)} cores`,
      bar: 'under 1 (half of 2)',
      met: all < 1,
    },
    ...names.map((name) => {
      const { mean = 0, least = 0, most = 0 } = memory[name] ?? {};
      return {
        what: `  ${name}`,
        measured: `${cores(name).toFixed(2)} cores, ${whole(mean)} MB (${whole(least)} to ${whole(most)})`,
        ...memoryBar(name, mean),
      };
    }),
  ];
}

/** How many vehicles are listed, and how many stays began per vehicle and hour after each feed's first poll. */
async function vehicleMeasures(databaseUrl: string): Promise<Measure[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query(`
    with run as (
      select feed_key, min(from_at) as from_at, max(to_at) as to_at, sum(polls) as polls
      from velolog.coverage join velolog.feed using (feed_key)
      where feed in ('free_bike_status', 'vehicle_status') and outcome = 'observed'
      group by 1
    ), listed as (
      select feed_key, count(*) as vehicles from velolog.vehicle_stay where to_at is null group by 1
    )
    select count(*)::int as feeds, sum(vehicles)::int as vehicles, sum(polls)::int as polls,
      sum(vehicles * extract(epoch from to_at - from_at) / 3600)::float8 as vehicle_hours,
      (select count(*)::int from velolog.vehicle_stay join run using (feed_key) where vehicle_stay.from_at > run.from_at) as stays
    from run join listed using (feed_key)`);
  await client.end();
  const { feeds, vehicles, polls, vehicle_hours, stays } = rows[0];
  return [
    {
      what: 'feeds, vehicles listed now, polls of them',
      measured: `${feeds}, ${whole(vehicles)}, ${whole(polls)}`,
      bar: 'all feeds',
      met: feeds === FLEETS,
    },
    { what: 'stays begun per vehicle and hour (simulated)', measured: (stays / vehicle_hours).toFixed(2) },
  ];
}

async function rowMeasures(databaseUrl: string): Promise<Measure[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query(`
    select (select count(*) from api.system)::int as systems, (select count(*) from api.station_current)::int as stations,
      (select count(*) from velolog.station_status)::int as rows,
      (select sum(polls * stations) from (
        select polls, (select count(*) from velolog.station where station.system_key = feed.system_key) as stations
        from velolog.coverage join velolog.feed using (feed_key) where feed = 'station_status' and outcome = 'observed'
      ) as seen)::float8 as polled,
      (select coalesce(sum(polls), 0) from api.feed_coverage where outcome <> 'observed')::int as not_observed`);
  const time = async (query: string) => {
    const start = performance.now();
    await client.query(query);
    return `${(performance.now() - start).toFixed(0)} ms`;
  };
  const questions = [
    { what: 'api.system', measured: await time('select * from api.system') },
    {
      what: 'api.station_current of one system',
      measured: await time(`select * from api.station_current where system_id = 'sim-oslo'`),
    },
    {
      what: 'api.station_current, all of it, in PostgreSQL',
      measured: await time('select count(current) from api.station_current as current'),
    },
    { what: 'api.feed_health', measured: await time('select * from api.feed_health') },
  ];
  await client.end();
  const { systems, stations, rows: stored, polled, not_observed } = rows[0];
  return [
    {
      what: 'systems and stations in the views',
      measured: `${whole(systems)}, ${whole(stations)}`,
      bar: 'all',
      met: systems === SYSTEMS && stations === STATIONS,
    },
    {
      what: 'polls that were no observation',
      measured: whole(not_observed),
      bar: 'none',
      met: not_observed === 0,
    },
    {
      what: 'rows per station and poll, after the first',
      measured: `1 in ${((polled - stations) / (stored - stations)).toFixed(1)}`,
    },
    ...questions,
  ];
}

async function untilAnswer({ process: child, url }: Running, path: string): Promise<string> {
  for (;;) {
    if (child.exitCode !== null)
      throw new Error(`A worker ended with exit code ${child.exitCode} before it answered at ${path}`);
    const answer = await fetch(new URL(path, url)).catch(() => null);
    if (answer?.ok) return answer.text();
    await wait(100);
  }
}

async function readMetrics(...workers: Running[]): Promise<{ metrics: Map<string, number> }> {
  const texts = await Promise.all(
    workers.map(({ url }) => fetch(new URL('/metrics', url)).then((answer) => answer.text())),
  );
  const lines = texts
    .join('\n')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  return {
    metrics: new Map(
      lines.map((line) => {
        const space = line.lastIndexOf(' ');
        return [line.slice(0, space), Number(line.slice(space + 1))];
      }),
    ),
  };
}
