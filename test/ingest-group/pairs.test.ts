import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedKafka, startEmbeddedKafka } from '@velolog/embedded/embedded-kafka';
import { freePort } from '@velolog/embedded/free-port';
import { startFeedServer } from '@velolog/ingest/fetch/test-feed-server';
import { parseEntry, SystemsTable } from '@velolog/ingest/sources/topic';
import { createKafka, kafkaSettings } from '@velolog/stream/kafka/client';
import type { Kafka } from '@velolog/stream/kafka/kafka-types';
import { createProducer } from '@velolog/stream/kafka/producer';
import { readSystems, SYSTEMS_TOPIC, type SystemRecord, writeSystems } from '@velolog/stream/systems-topic';
import { readSettings } from '@velolog/worker/settings';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTcpProxy, type TcpProxy } from '../servers/tcp-proxy.ts';
import { ask, type WorkerProcess } from '../workers/worker-process.ts';
import { IngestWorkers } from './ingest-workers.ts';
import { PolitePublishers } from './polite-publishers.ts';
import { findDisorder, readPolls } from './recorded-polls.ts';
import { findBreaches } from './seen-breaches.ts';

// Where two rules meet: two ingest workers of a group, one of which can be cut off from Kafka, and one with a shard. The tests go on from
// each other.

const seed = Number(process.env.SEED ?? randomInt(2 ** 31));
const SESSION_SECONDS = 4;
const RULES = { atOnceMax: 2, requestsPerSecond: 5, ttlSeconds: 2, staticSeconds: 6 };
const within = { timeout: 120_000, interval: 100 };
const PARTITIONS = 12;

let folder: string;
let kafka: EmbeddedKafka;
let proxy: TcpProxy;
let publishers: PolitePublishers;
let catalogue: Awaited<ReturnType<typeof startFeedServer>>;
let workers: IngestWorkers;
let client: Kafka;

/** A broker with a second door, which can be shut. */
async function startKafka(): Promise<EmbeddedKafka> {
  const [port, controllerPort, behind] = [await freePort(), await freePort(), await freePort()];
  proxy = await startTcpProxy({ host: '127.0.0.1', port: behind });
  return await startEmbeddedKafka({
    directory: join(folder, 'kafka'),
    port,
    settings: {
      'group.min.session.timeout.ms': '1000',
      listeners: `BROKER://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort},DOOR://127.0.0.1:${behind}`,
      'advertised.listeners': `BROKER://127.0.0.1:${port},DOOR://127.0.0.1:${proxy.port}`,
      'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,BROKER:PLAINTEXT,DOOR:PLAINTEXT',
      'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    },
  });
}

beforeAll(async () => {
  console.log(`SEED=${seed}`);
  folder = mkdtempSync(join(tmpdir(), 'velolog-pairs-'));
  kafka = await startKafka();
  client = createKafka(readSettings(kafkaSettings, { KAFKA_BROKERS: kafka.brokers.join(',') }), {
    clientId: 'test',
  });
  publishers = await PolitePublishers.start({
    seed,
    domains: 8,
    systemsOfEach: 2,
    ttlSeconds: RULES.ttlSeconds,
  });
  catalogue = await startFeedServer();
  const systemsFile = join(folder, 'systems.json');
  writeFileSync(systemsFile, JSON.stringify({ systems: publishers.systems }));
  workers = new IngestWorkers({
    KAFKA_BROKERS: kafka.brokers.join(','),
    SYSTEMS_FILE: systemsFile,
    ALLOW_PRIVATE_FEEDS: '1',
    CATALOGUE_URL: `${catalogue.url}/systems.csv`,
    HEAL_AFTER_HOURS: String(3 / 3600),
    POLL_FLOOR_SECONDS: String(RULES.ttlSeconds),
    STATIC_INTERVAL_SECONDS: String(RULES.staticSeconds),
    HOST_REQUESTS_PER_SECOND_MAX: String(RULES.requestsPerSecond),
    INGEST_SESSION_SECONDS: String(SESSION_SECONDS),
    CONNECT_TIMEOUT_SECONDS: '1',
    HEADERS_TIMEOUT_SECONDS: '4',
    BODY_TIMEOUT_SECONDS: '4',
  });
}, 240_000);

afterAll(async () => {
  for (const { child } of workers?.running ?? []) child.kill('SIGKILL');
  await publishers?.[Symbol.asyncDispose]();
  await catalogue?.[Symbol.asyncDispose]();
  kafka?.kill();
  await proxy?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** Each asks in its own name. */
const start = (name: string, env: Record<string, string> = {}): WorkerProcess =>
  workers.start({ USER_AGENT_CONTACT: name, ...env });
const byName = (name: string, from = 0) =>
  publishers.seen.slice(from).filter(({ agent }) => agent.includes(`+${name})`));
const systemsAsked = (from: number, name?: string) =>
  new Set(
    (name === undefined ? publishers.seen.slice(from) : byName(name, from)).map(({ system }) => system),
  );

/** Each system is asked by one of these workers alone, and each of them asks some. @returns what each of them asks */
async function settled(...names: string[]): Promise<string[][]> {
  let shares: string[][] = [];
  const isShared = async () => {
    const held = await workers.held();
    if (held.reduce((sum, count) => sum + count, 0) !== PARTITIONS) return 0;
    const from = publishers.seen.length;
    await expect.poll(() => systemsAsked(from).size, within).toBeGreaterThanOrEqual(wanted.size);
    shares = names.map((name) => [...systemsAsked(from, name)]);
    const all = shares.flat();
    return shares.every(({ length }) => length > 0) && new Set(all).size === all.length ? all.length : 0;
  };
  const wanted = new Set(
    publishers.systems.map(({ id }) => id).filter((id) => !publishers.gone.has(id) && !removed.has(id)),
  );
  await expect.poll(isShared, within).toBeGreaterThanOrEqual(wanted.size);
  return shares;
}
const removed = new Set<string>();

async function change(records: (table: SystemsTable) => SystemRecord[]): Promise<void> {
  const table = new SystemsTable();
  for (const record of await readSystems(client, SYSTEMS_TOPIC, AbortSignal.timeout(60_000)))
    table.note(record);
  const producer = createProducer(client);
  await producer.connect();
  await writeSystems(producer, SYSTEMS_TOPIC, records(table));
  await producer.disconnect();
}

function expectPolite(): void {
  expect(findBreaches(publishers.seen, RULES)).toEqual([]);
}

const domainOf = (system: string) =>
  new URL(publishers.systems.find(({ id }) => id === system)?.discovery_url ?? '').host;

test('a system that moves to the domain of another worker is asked there by that worker alone', {
  timeout: 300_000,
}, async () => {
  start('first');
  start('second', { KAFKA_BROKERS: `127.0.0.1:${proxy.port}` });
  const [first = [], second = []] = await settled('first', 'second');
  expect([first.length, second.length].every((count) => count > 0)).toBe(true);
  const from = `http://${domainOf(first[0] ?? '')}/mover-before/gbfs`;
  const to = `http://${domainOf(second[0] ?? '')}/mover-after/gbfs`;
  catalogue.answers['/systems.csv'] = (_, response) =>
    response.end(`Country Code,Name,Location,System ID,URL,Auto-Discovery URL\nNO,Mover,Oslo,mover,,${to}`);
  publishers.gone.add('mover-before');
  const entry = { id: 'mover', discovery_url: from, source: 'catalogue' };
  await change((table) => table.put(parseEntry('mover', JSON.stringify(entry)), PARTITIONS));
  const asked = (name: string, system: string, since = 0) =>
    byName(name, since).filter((one) => one.system === system).length;
  await expect.poll(() => asked('second', 'mover-after'), within).toBeGreaterThan(3);
  const since = publishers.seen.length;
  await expect.poll(() => asked('second', 'mover-after', since), within).toBeGreaterThan(3);
  expect(asked('first', 'mover-before')).toBeGreaterThan(0);
  expect(asked('second', 'mover-before')).toBe(0);
  expect(asked('first', 'mover-after')).toBe(0);
  expect(systemsAsked(since)).not.toContain('mover-before');
  expectPolite();
  expect(findDisorder(await readPolls(kafka.brokers.join(',')))).toEqual([]);
});

test('a worker that loses Kafka stops before another takes over, and a system removed meanwhile is not polled', {
  timeout: 300_000,
}, async () => {
  const [, second = []] = await settled('first', 'second');
  const taken = second.filter((system) => system.startsWith('city-'));
  const [gone = ''] = taken;
  const cutFrom = publishers.seen.length;
  const cutAtMs = performance.now();
  await proxy.cut();
  removed.add(gone);
  await change((table) => table.remove(gone, 'command'));
  await expect
    .poll(
      () => taken.filter((system) => system !== gone && systemsAsked(cutFrom, 'first').has(system)).length,
      within,
    )
    .toBe(taken.length - 1);
  const last = Math.max(cutAtMs, ...byName('second', cutFrom).map(({ atMs }) => atMs));
  const takenOver = byName('first', cutFrom).filter(({ system }) => taken.includes(system));
  // It still asked for a while: only the group may give its systems away.
  expect(last - cutAtMs).toBeLessThan(SESSION_SECONDS * 1000 + 1000);
  expect(Math.min(...takenOver.map(({ atMs }) => atMs))).toBeGreaterThan(last);
  expect(systemsAsked(cutFrom, 'first')).not.toContain(gone);
  expectPolite();
  const mendedFrom = publishers.seen.length;
  await proxy.mend();
  const [, again = []] = await settled('first', 'second');
  expect(again.length).toBeGreaterThan(0);
  // Nor by the one that was cut off, which hears of the removal last.
  expect(systemsAsked(mendedFrom)).not.toContain(gone);
  expectPolite();
});

test('a system that is removed while its worker is dead, before another takes over, is polled no more', {
  timeout: 300_000,
}, async () => {
  const [, second = []] = await settled('first', 'second');
  const taken = second.filter((system) => system.startsWith('city-'));
  const [gone = ''] = taken;
  await workers.end(workers.running[1] as WorkerProcess, 'SIGKILL');
  removed.add(gone);
  const from = publishers.seen.length;
  await change((table) => table.remove(gone, 'command'));
  await expect
    .poll(() => taken.filter((system) => systemsAsked(from, 'first').has(system)).length, within)
    .toBe(taken.length - 1);
  expect(systemsAsked(from)).not.toContain(gone);
  expectPolite();
});

test('a worker with a shard polls nothing while a group does, takes over when that has ended, and gives way again', {
  timeout: 300_000,
}, async () => {
  const shard = start('shard', { INGEST_SHARD: '1/1' });
  await expect.poll(() => shard.said.join('\n'), within).toContain('shard_beside_group');
  expect((await ask(shard, '/readyz?verbose')).text).toContain('a group of ingest workers polls');
  expect(byName('shard')).toEqual([]);
  await workers.end(workers.running[0] as WorkerProcess, 'SIGTERM');
  await settled('shard');
  const third = start('third');
  await settled('third');
  const since = publishers.seen.length;
  await expect.poll(() => systemsAsked(since, 'third').size, within).toBeGreaterThan(3);
  expect(byName('shard', since)).toEqual([]);
  expectPolite();
  await workers.end(third, 'SIGTERM');
});
