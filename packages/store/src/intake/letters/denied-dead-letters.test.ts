import { join } from 'node:path';
import { startEmbeddedKafka } from '@velolog/embedded/embedded-kafka';
import { createKafka } from '@velolog/stream/kafka/client';
import { kafkaSettings } from '@velolog/stream/kafka/kafka-settings';
import type { Admin } from '@velolog/stream/kafka/kafka-types';
import { createProducer } from '@velolog/stream/kafka/producer';
import { encodePoll, type PollRecord } from '@velolog/stream/poll-record';
import { DEAD_LETTERS_TOPIC, ensureTopics, POLLS_TOPIC } from '@velolog/stream/topics';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../../../test/servers/test-database.ts';
import { createTestFolder } from '../../../../../test/servers/test-folder.ts';
import { minutePoll, statusPoll } from '../../../../../test/workers/status-poll.ts';
import { startTestWorker } from '../../../../../test/workers/test-worker.ts';
import { untilStored } from '../../../../../test/workers/until-stored.ts';

const stops: (() => Promise<void>)[] = [];
let brokers: string;
let database: TestDatabase;
let admin: Admin;

beforeAll(async () => {
  const kafka = await startEmbeddedKafka({
    directory: join(createTestFolder(stops), 'kafka'),
    settings: {
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'allow.everyone.if.no.acl.found': 'true',
    },
  });
  stops.push(async () => kafka.kill());
  brokers = kafka.brokers.join(',');
  database = await createTestDatabase();
  stops.push(() => database.drop());
  admin = createKafka(settings(), { clientId: 'test' }).admin();
  await admin.connect();
  stops.push(() => admin.disconnect());
  await ensureTopics(createKafka(settings(), { clientId: 'test' }), settings());
});
afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
});

const settings = () => kafkaSettings.parse({ KAFKA_BROKERS: brokers, KAFKA_TOPIC_PARTITIONS: '1' });

// As Kafka's protocol numbers them.
const TOPIC = 2;
const LITERAL = 3;
const OPERATIONS = { ALL: 2, WRITE: 4 };
const PERMISSIONS = { DENY: 2, ALLOW: 3 };
const rule = (operation: keyof typeof OPERATIONS, permission: keyof typeof PERMISSIONS) => ({
  resourceType: TOPIC,
  resourceName: DEAD_LETTERS_TOPIC,
  resourcePatternType: LITERAL,
  principal: 'User:*',
  host: '*',
  operation: OPERATIONS[operation],
  permissionType: PERMISSIONS[permission],
});

async function publish(polls: PollRecord[]): Promise<void> {
  const producer = createProducer(createKafka(settings(), { clientId: 'test' }));
  await producer.connect();
  await producer.send({ topic: POLLS_TOPIC, messages: polls.map(encodePoll) });
  await producer.disconnect();
}
const bad = (minute: number) => statusPoll('bad', minute, Buffer.from('no JSON'));
const good = (minute: number) => minutePoll('good', minute);

async function endOf(topic: string): Promise<bigint> {
  const [offsets] = await admin.fetchTopicOffsets(topic);
  return BigInt(offsets?.high ?? 0);
}

async function bikes(): Promise<number[]> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const { rows } = await client.query(
    'select num_bikes_available as n from velolog.station_status order by observed_at',
  );
  await client.end();
  return rows.map(({ n }) => n);
}

test('dead letters that may not be written are lost after 15 s, which is counted, and the polls behind them are stored; once they may, they arrive', async () => {
  await admin.createAcls({ acl: [rule('ALL', 'ALLOW'), rule('WRITE', 'DENY')] });
  await publish([bad(0), good(0), bad(1), good(1)]);
  const worker = await startTestWorker(
    database,
    { names: { pollsTopic: POLLS_TOPIC, deadLettersTopic: DEAD_LETTERS_TOPIC } },
    { env: { KAFKA_BROKERS: brokers, KAFKA_TOPIC_PARTITIONS: '1' } },
  );
  await untilStored(database.url, new Map([[0, await endOf(POLLS_TOPIC)]]));
  const metrics = await (await fetch(`${worker.health.url}/metrics`)).text();
  expect(await bikes()).toEqual([0, 1]);
  expect(metrics).toContain('velolog_dead_letters_lost_total{cause="unavailable"} 2');
  expect(await endOf(DEAD_LETTERS_TOPIC)).toBe(0n);

  await admin.deleteAcls({
    filters: [rule('WRITE', 'DENY')],
  });
  await publish([bad(2), good(2)]);
  await untilStored(database.url, new Map([[0, await endOf(POLLS_TOPIC)]]));
  await worker.stop();
  expect(await bikes()).toEqual([0, 1, 2]);
  expect(await endOf(DEAD_LETTERS_TOPIC)).toBe(1n);
});
