import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Simulator, startSimulator } from '@velolog/simulator/simulator';
import { migrate } from '@velolog/store/migrate/migrate';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readTableRows } from '../history/table-rows.ts';
import { untilStored } from '../workers/until-stored.ts';
import { ask, startWorkerProcess, statusOf, sumOf, type WorkerProcess } from '../workers/worker-process.ts';
import { endsOfPolls, setMessageBytesMax, storeMembers } from './kafka-now.ts';
import { type OwnServers, startOwnServers } from './own-servers.ts';

// The workers as they are for users, on a PostgreSQL and a Kafka that are killed. The tests go on from each other.

const SYSTEMS = 8;
const PARTITIONS = 4;
/** Every wait ends with what it waits for; this only ends one that hangs. */
const within = { timeout: Number(process.env.WITHIN_MS ?? 280_000), interval: 100 };

const stops: (() => Promise<void>)[] = [];
let servers: OwnServers;
let simulator: Simulator;
let ingest: WorkerProcess;
let stores: [WorkerProcess, WorkerProcess];

function startStore(more: Record<string, string> = {}): WorkerProcess {
  const store = startWorkerProcess('store', {
    KAFKA_BROKERS: servers.brokers,
    KAFKA_TOPIC_PARTITIONS: String(PARTITIONS),
    KAFKA_SESSION_TIMEOUT_SECONDS: String(servers.sessionSeconds),
    DATABASE_URL: servers.databaseUrl,
    ...more,
  });
  stops.push(async () => void store.child.kill('SIGKILL'));
  return store;
}

function startIngest(): WorkerProcess {
  const systemsFile = join(servers.folder, 'systems.json');
  writeFileSync(systemsFile, JSON.stringify(simulator.systemsFile()));
  const worker = startWorkerProcess('ingest', {
    KAFKA_BROKERS: servers.brokers,
    KAFKA_TOPIC_PARTITIONS: String(PARTITIONS),
    SYSTEMS_FILE: systemsFile,
    USER_AGENT_CONTACT: 'velolog tests',
    ALLOW_PRIVATE_FEEDS: '1',
    POLL_FLOOR_SECONDS: '0.5',
    HOST_REQUESTS_PER_SECOND_MAX: '1000',
    HOST_REQUESTS_AT_ONCE_MAX: '10',
  });
  stops.push(async () => void worker.child.kill('SIGKILL'));
  return worker;
}

beforeAll(async () => {
  servers = await startOwnServers(stops);
  simulator = await startSimulator({ systems: SYSTEMS, stations: 20, ttlSeconds: 0, timeFactor: 60 });
  stops.push(() => simulator.close());
  ingest = startIngest();
  stores = [startStore(), startStore()];
});

afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
});

async function untilReady(...workers: WorkerProcess[]): Promise<void> {
  for (const worker of workers) await expect.poll(() => statusOf(worker, '/readyz'), within).toBe(200);
}

/** Which partitions a store says it has, by the series of its lag. */
async function partitionsOf(store: WorkerProcess): Promise<number[]> {
  const { text } = await ask(store, '/metrics');
  const series = text.matchAll(
    /^velolog_consumer_lag_messages\{topic="velolog\.polls",partition="(\d+)"\}/gm,
  );
  return Array.from(series, ([, partition]) => Number(partition)).sort();
}

const members = () => storeMembers(servers.brokers);
const ends = () => endsOfPolls(servers.brokers);

async function storedPolls(): Promise<number> {
  const client = new pg.Client({ connectionString: servers.databaseUrl });
  await client.connect();
  const { rows } = await client.query('select sum(next_offset)::int as polls from velolog.kafka_position');
  await client.end();
  return rows[0].polls;
}

test('two store workers become ready and share the partitions', async () => {
  await untilReady(ingest, ...stores);
  const shares = async () => [await partitionsOf(stores[0]), await partitionsOf(stores[1])];
  await expect
    .poll(async () => (await shares()).flat().sort(), within)
    .toEqual(Array.from({ length: PARTITIONS }, (_, partition) => partition));
  for (const share of await shares()) expect(share.length).toBe(PARTITIONS / 2);
  expect(await statusOf(stores[0], '/startupz')).toBe(200);
});

test('the metrics of both running workers pass `promtool check metrics`', async ({ skip }) => {
  skip(spawnSync('promtool', ['--version']).status !== 0, 'promtool is not installed');
  for (const worker of [ingest, stores[0]]) {
    const { text } = await ask(worker, '/metrics');
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text });
    expect({ status, output: `${stdout}${stderr}` }).toEqual({ status: 0, output: '' });
  }
});

test('the metrics behind dashboards and alerts exist, and an unknown value has no series', async () => {
  await expect.poll(() => sumOf(stores[0], /^velolog_poll_to_row_seconds_count /), within).toBeGreaterThan(0);
  const family = (name: string) => expect.stringMatching(new RegExp(`^${name}\\{`, 'm'));
  const { text: ofIngest } = await ask(ingest, '/metrics');
  for (const name of [
    'gbfs_feed_last_success_timestamp_seconds',
    'gbfs_feed_last_updated_timestamp_seconds',
    'gbfs_feed_ttl_seconds',
    'gbfs_polls_total',
    'gbfs_poll_duration_seconds_bucket',
  ]) {
    expect(ofIngest).toEqual(family(name));
  }
  expect(ofIngest).toMatch(/^velolog_publish_failures_total \d+$/m);
  expect(ofIngest).toMatch(/^velolog_build_info\{worker="ingest"/m);
  expect(ofIngest).toMatch(
    /^gbfs_polls_total\{system="[^"]+",feed="station_status",outcome="fetched"\} \d+$/m,
  );

  const { text: ofStore } = await ask(stores[0], '/metrics');
  for (const name of [
    'velolog_consumer_lag_messages',
    'velolog_consumer_lag_seconds',
    'velolog_rows_written_total',
    'velolog_records_total',
    'velolog_poll_to_row_seconds_bucket',
    'velolog_build_info',
  ]) {
    expect(ofStore).toEqual(family(name));
  }
  expect(ofStore).toMatch(/^velolog_last_commit_timestamp_seconds [\d.]+(e\+9)?$/m);
  // The simulator's feeds have no rows to reject: the family is declared, and has no series.
  expect(ofStore).toMatch(/^# TYPE gbfs_feed_rejected_rows_total counter$/m);
  expect(ofStore).not.toMatch(/^gbfs_feed_rejected_rows_total/m);
});

test('when PostgreSQL goes, the store is unready but alive and a member of its group; it goes on when it is back', async () => {
  const before = await members();
  servers.killPostgres();
  for (const store of stores) await expect.poll(() => statusOf(store, '/readyz'), within).toBe(503);
  expect((await ask(stores[0], '/readyz')).text).toMatch(/^\[-\]database failed: /m);
  expect(await statusOf(ingest, '/readyz')).toBe(200);
  // Longer than a member may be silent: by then a poll of each system has arrived, too.
  const polls = await sumOf(ingest, /^gbfs_polls_total\{/);
  const until = Date.now() + 2 * servers.sessionSeconds * 1000;
  await expect
    .poll(async () => Date.now() > until && (await sumOf(ingest, /^gbfs_polls_total\{/)), within)
    .toBeGreaterThan(polls + SYSTEMS);
  expect(await members()).toEqual(before);
  expect(await statusOf(stores[0], '/livez')).toBe(200);

  await servers.startPostgres();
  await untilReady(...stores);
  await untilStored(servers.databaseUrl, await ends());
  expect(await members()).toEqual(before);
});

test('when Kafka goes, both workers are unready but alive, and ingest goes on polling; they go on when it is back', async () => {
  const [polls, stored] = [await sumOf(ingest, /^gbfs_polls_total\{/), await storedPolls()];
  servers.killKafka();
  for (const worker of [ingest, ...stores])
    await expect.poll(() => statusOf(worker, '/readyz'), within).toBe(503);
  // A store that has left its group says so at once, and that the broker is silent 10 s later.
  await expect
    .poll(async () => (await ask(stores[0], '/readyz')).text, within)
    .toMatch(/^\[-\]broker failed: /m);
  await expect.poll(() => sumOf(ingest, /^gbfs_polls_total\{/), within).toBeGreaterThan(polls + 3 * SYSTEMS);
  await expect.poll(() => sumOf(ingest, /^velolog_publish_buffer_bytes /), within).toBeGreaterThan(0);
  await expect.poll(() => sumOf(ingest, /^velolog_publish_failures_total /), within).toBeGreaterThan(0);
  for (const worker of [ingest, ...stores]) expect(await statusOf(worker, '/livez')).toBe(200);

  await servers.startKafka();
  await untilReady(ingest, ...stores);
  await expect.poll(storedPolls, within).toBeGreaterThan(stored + 3 * SYSTEMS);
  expect(await sumOf(ingest, /^velolog_publish_dropped_total /)).toBe(0);
  for (const worker of [ingest, ...stores]) expect(worker.child.exitCode).toBeNull();
});

test('when one of two store workers is killed, the other one takes its partitions; nothing is lost, nothing is there twice', async () => {
  stores[0].child.kill('SIGKILL');
  expect(await stores[0].ended).toEqual({ code: null, signal: 'SIGKILL' });
  await expect.poll(async () => (await partitionsOf(stores[1])).length, within).toBe(PARTITIONS);
  ingest.child.kill('SIGTERM');
  expect(await ingest.ended).toEqual({ code: 0, signal: null });
  const all = await ends();
  await untilStored(servers.databaseUrl, all);
  // Those that ingest took on its way are all there: one record for each poll it counted is checked by its own tests.
  expect(ingest.said.join('\n')).not.toContain('polls_lost');

  const client = new pg.Client({ connectionString: servers.databaseUrl });
  await client.connect();
  await client.query('create database reference');
  await client.end();
  const url = new URL(servers.databaseUrl);
  url.pathname = '/reference';
  const reference = startStore({ DATABASE_URL: url.href, KAFKA_GROUP_ID: 'reference' });
  await untilReady(reference);
  await untilStored(url.href, all);
  expect(await readTableRows(servers.databaseUrl)).toEqual(await readTableRows(url.href));
  reference.child.kill('SIGTERM');
  expect(await reference.ended).toEqual({ code: 0, signal: null });
});

test('a problem around a worker gives one line that says what to do and an exit code, and no stack trace', async () => {
  const client = new pg.Client({ connectionString: servers.databaseUrl });
  await client.connect();
  await client.query('create database newer');
  await client.end();
  const at = (change: (url: URL) => void) => {
    const url = new URL(servers.databaseUrl);
    change(url);
    return { DATABASE_URL: url.href, KAFKA_GROUP_ID: 'wrong' };
  };
  const newer = at((url) => {
    url.pathname = '/newer';
  });
  await migrate(newer.DATABASE_URL);
  const newerClient = new pg.Client({ connectionString: newer.DATABASE_URL });
  await newerClient.connect();
  await newerClient.query("insert into velolog.migration (name, hash) values ('9999-later.sql', 'x')");
  await newerClient.end();
  const nowhere = at((url) => {
    url.pathname = '/nowhere';
  });
  const stranger = at((url) => {
    url.password = 'wrong';
  });
  const { port } = new URL(await stores[1].url);
  const wrong: [WorkerProcess, number, RegExp][] = [
    [
      startStore({ DATABASE_URL: 'mysql://localhost/velolog' }),
      2,
      /DATABASE_URL: must be a URL such as postgres/,
    ],
    [startStore({ KAFKA_BROKERS: 'kafka' }), 2, /KAFKA_BROKERS: expected host:port/],
    [startStore({ STORE_PORT: port }), 1, /another program listens there\. Stop it, or set another port/],
    [startStore(newer), 2, /9999-later\.sql.* made by a newer version\. Run that version/],
    [startStore(nowhere), 2, /database "nowhere" does not exist/],
    [startStore(stranger), 2, /password authentication failed/],
  ];
  for (const [worker, code, message] of wrong) await expectRefusal(worker, code, message);

  await setMessageBytesMax(servers.brokers, '1048588');
  const refusal =
    /velolog\.polls exists, but max\.message\.bytes is 1048588 .*kafka-configs\.sh .*max\.message\.bytes=16777216/;
  await expectRefusal(startStore({ KAFKA_GROUP_ID: 'wrong' }), 2, refusal);
  await expectRefusal(startIngest(), 2, refusal);
  await setMessageBytesMax(servers.brokers, '16777216');
});

async function expectRefusal(worker: WorkerProcess, code: number, message: RegExp): Promise<void> {
  expect(await worker.ended).toEqual({ code, signal: null });
  const events = worker.said.map((line) => JSON.parse(line));
  expect(events.at(-1)).toMatchObject({ level: 'fatal', msg: expect.stringMatching(message) });
  expect(worker.said.join('\n')).not.toContain('"stack"');
}

test('a store stopped while PostgreSQL is away stops in order, and an ingest worker stopped while Kafka is away says what is lost', async () => {
  ingest = startIngest();
  await untilReady(ingest);
  servers.killPostgres();
  await expect.poll(() => statusOf(stores[1], '/readyz'), within).toBe(503);
  stores[1].child.kill('SIGTERM');
  expect(await stores[1].ended).toEqual({ code: 0, signal: null });

  servers.killKafka();
  await expect.poll(() => sumOf(ingest, /^velolog_publish_buffer_bytes /), within).toBeGreaterThan(0);
  ingest.child.kill('SIGTERM');
  expect(await ingest.ended).toEqual({ code: 0, signal: null });
  expect(ingest.said.join('\n')).toMatch(/"event":"polls_lost","count":\d+/);
});
