import { join } from 'node:path';
import { createKafka } from '@velolog/stream/kafka/client';
import { kafkaSettings } from '@velolog/stream/kafka/kafka-settings';
import { createProducer } from '@velolog/stream/kafka/producer';
import { encodePoll } from '@velolog/stream/poll-record';
import { ensureTopics, POLLS_TOPIC } from '@velolog/stream/topics';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { minutePoll } from '../workers/status-poll.ts';
import { untilStored } from '../workers/until-stored.ts';
import { cutLog } from './cut-log.ts';
import { type OwnServers, startOwnServers } from './own-servers.ts';
import { startStoreProcess } from './store-process.ts';

// The tests go on from each other.

const stops: (() => Promise<void>)[] = [];
let servers: OwnServers;
let minute = 0;

beforeAll(async () => {
  servers = await startOwnServers(stops);
  await ensureTopics(kafka(), settings());
});
afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
});

const settings = () => kafkaSettings.parse({ KAFKA_BROKERS: servers.brokers, KAFKA_TOPIC_PARTITIONS: '1' });
const kafka = () => createKafka(settings(), { clientId: 'test' });

/** A batch of its own for each poll, as ingest does on a quiet day. In each the station has as many bikes as minutes have passed. */
async function publish(count: number): Promise<void> {
  const producer = createProducer(kafka());
  await producer.connect();
  for (const until = minute + count; minute < until; minute++)
    await producer.send({ topic: POLLS_TOPIC, messages: [encodePoll(minutePoll('city', minute))] });
  await producer.disconnect();
}

async function end(): Promise<bigint> {
  const admin = kafka().admin();
  await admin.connect();
  const [offsets] = await admin.fetchTopicOffsets(POLLS_TOPIC);
  await admin.disconnect();
  return BigInt(offsets?.high ?? 0);
}

async function storeAll(): Promise<void> {
  const store = startStoreProcess('store', servers.folder, {
    KAFKA_BROKERS: servers.brokers,
    KAFKA_TOPIC_PARTITIONS: '1',
    KAFKA_SESSION_TIMEOUT_SECONDS: String(servers.sessionSeconds),
    DATABASE_URL: servers.databaseUrl,
  });
  stops.push(async () => store.kill('SIGKILL'));
  await store.joined;
  await untilStored(servers.databaseUrl, new Map([[0, await end()]]), true);
  store.kill('SIGTERM');
  await store.ended;
}

/** As a power cut: returns at which offset the log ends now. */
async function cutPower(share: number): Promise<bigint> {
  servers.killKafka();
  cutLog(join(servers.folder, 'kafka'), POLLS_TOPIC, 0, share);
  await servers.startKafka();
  return await end();
}

async function ask(query: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: servers.databaseUrl });
  await client.connect();
  const { rows } = await client.query(query);
  await client.end();
  return rows;
}
const bikes = async () =>
  (await ask('select num_bikes_available as n from velolog.station_status order by observed_at')).map(
    ({ n }) => n,
  );
const outcomes = async () =>
  (await ask('select outcome from velolog.coverage order by from_at')).map(({ outcome }) => outcome);
const losses = () =>
  ask(
    'select from_offset::int as from, to_offset::int as to, reason from velolog.kafka_loss order by loss_key',
  );

test('a log that lost its end is read on from there: nothing is read twice, and the loss is counted', async () => {
  await publish(20);
  await storeAll();
  const cutAt = Number(await cutPower(0.5));
  expect(cutAt).toBeLessThan(15);
  await publish(3);
  await storeAll();
  expect(await bikes()).toEqual([...Array(23).keys()]);
  expect(await outcomes()).toEqual(['observed', 'lost', 'observed']);
  expect(await losses()).toEqual([{ from: cutAt, to: 20, reason: 'cut_back' }]);
});

test('also when it has grown past the position since: nothing is skipped', async () => {
  const position = Number(await end());
  const cutAt = Number(await cutPower(0.5));
  expect(cutAt).toBeLessThan(position);
  await publish(30);
  expect(Number(await end())).toBeGreaterThan(position);
  await storeAll();
  expect(await bikes()).toEqual([...Array(53).keys()]);
  expect((await losses()).at(-1)).toEqual({ from: cutAt, to: position, reason: 'cut_back' });
});

test('a killed Kafka that lost nothing counts as no loss', async () => {
  const before = await losses();
  servers.killKafka();
  await servers.startKafka();
  await publish(5);
  await storeAll();
  expect(await bikes()).toEqual([...Array(58).keys()]);
  expect(await losses()).toEqual(before);
  const [dead] = await ask(
    "select count(*)::int as polls from velolog.coverage where outcome <> 'observed' and outcome <> 'lost'",
  );
  expect(dead).toEqual({ polls: 0 });
});
