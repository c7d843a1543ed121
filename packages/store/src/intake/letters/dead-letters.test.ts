import { randomBytes } from 'node:crypto';
import type { KafkaMessage } from '@velolog/stream/kafka/kafka-types';
import { createProducer } from '@velolog/stream/kafka/producer';
import { ZSTD } from '@velolog/stream/kafka/zstd';
import type pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { TestDatabase } from '../../../../../test/servers/test-database.ts';
import { minutePoll, statusPoll } from '../../../../../test/workers/status-poll.ts';
import {
  openStoreSurroundings,
  type StoreSurroundings,
} from '../../../../../test/workers/store-surroundings.ts';
import { startTestWorker, type TestTopics } from '../../../../../test/workers/test-worker.ts';
import { untilStored } from '../../../../../test/workers/until-stored.ts';

let surroundings: StoreSurroundings;
let topics: TestTopics;
let database: TestDatabase;
let client: pg.Client;

beforeEach(async () => {
  surroundings = await openStoreSurroundings(1);
  ({ topics, database, client } = surroundings);
});
afterEach(() => surroundings[Symbol.asyncDispose]());

/** As Kafka's protocol numbers it. */
const TOPIC_RESOURCE = 2;

const good = (minute: number) => minutePoll('good', minute);

/** A body with a list that is none, of so many bytes. */
const bad = (minute: number, bytes: number) =>
  statusPoll('bad', minute, { data: { stations: null }, note: 'x'.repeat(bytes) });

async function bikesOfGood(): Promise<number[]> {
  const { rows } = await client.query(
    `select num_bikes_available as n from velolog.station_status join velolog.station using (station_key)
     join velolog.system using (system_key) where system_id = 'good' order by observed_at`,
  );
  return rows.map(({ n }) => n);
}

async function storeAll(): Promise<string> {
  const worker = await startTestWorker(database, topics);
  await untilStored(database.url, await topics.ends());
  const metrics = await (await fetch(`${worker.health.url}/metrics`)).text();
  await worker.stop();
  return metrics;
}

/** All letters, with their headers as text. */
async function letters(count: number): Promise<{ message: KafkaMessage; headers: Record<string, string> }[]> {
  const consumer = topics.kafka.consumer({ groupId: `letters-${randomBytes(6).toString('hex')}` });
  await consumer.connect();
  await consumer.subscribe({ topic: topics.names.deadLettersTopic, fromBeginning: true });
  const found: KafkaMessage[] = [];
  const all = Promise.withResolvers<void>();
  await consumer.run({
    eachMessage: async ({ message }) => {
      found.push(message);
      if (found.length >= count) all.resolve();
    },
  });
  await all.promise;
  await consumer.disconnect();
  const [end] = await topics.admin.fetchTopicOffsets(topics.names.deadLettersTopic);
  expect(Number(end?.high)).toBe(count);
  return found.map((message) => ({
    message,
    headers: Object.fromEntries(
      Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)]),
    ),
  }));
}

async function limitDeadLetters(bytes: number): Promise<void> {
  await topics.admin.alterConfigs({
    validateOnly: false,
    resources: [
      {
        type: TOPIC_RESOURCE,
        name: topics.names.deadLettersTopic,
        configEntries: [
          { name: 'max.message.bytes', value: String(bytes) },
          { name: 'message.timestamp.type', value: 'LogAppendTime' },
        ],
      },
    ],
  });
}

test('a body of 18 MB that is refused becomes a dead letter as it was, and the partition goes on', async () => {
  await topics.publish([good(0), bad(0, 18_000_000), good(1)]);
  await storeAll();
  expect(await bikesOfGood()).toEqual([0, 1]);
  const [letter] = await letters(1);
  expect(letter?.headers).toMatchObject({ dlreason: 'no_station_list', dloffset: '1', ce_subject: 'bad' });
  expect(letter?.message.value?.equals(bad(0, 18_000_000).body)).toBe(true);
});

test('a value that the topic of the dead letters would refuse is left out and said; smaller ones beside it are not', async () => {
  await limitDeadLetters(20_000);
  const random = statusPoll('bad', 0, Buffer.from(randomBytes(40_000).toString('hex')));
  await topics.publish([bad(1, 10), random, bad(2, 10), good(1)]);
  const metrics = await storeAll();
  expect(await bikesOfGood()).toEqual([1]);
  const found = await letters(3);
  expect(found.map(({ headers }) => [headers.dloffset, headers.dlreason, headers.dlvalue])).toEqual([
    ['0', 'no_station_list', undefined],
    ['1', 'not_json', 'omitted'],
    ['2', 'no_station_list', undefined],
  ]);
  expect(found.map(({ message }) => message.value === null)).toEqual([false, true, false]);
  expect(metrics).not.toMatch(/^velolog_batch_failures_total/m);
});

test('headers that are too large alone are left out and said, headers without a value and without a key pass', async () => {
  await limitDeadLetters(2_000);
  const producer = createProducer(topics.kafka);
  await producer.connect();
  const send = (headers: object, key: string | null) =>
    producer.send({
      topic: topics.names.pollsTopic,
      compression: ZSTD,
      messages: [{ key, value: 'no poll', headers: headers as Record<string, string> }],
    });
  await send({ noise: randomBytes(8_000).toString('hex') }, 'bad');
  await send({ many: ['1', '2'] }, null);
  await send({}, randomBytes(4_000).toString('hex'));
  await producer.disconnect();
  await topics.publish([good(0)]);
  await storeAll();
  expect(await bikesOfGood()).toEqual([0]);
  const found = await letters(3);
  expect(found.map(({ headers }) => [headers.dlvalue, headers.dlheaders, headers.dlkey])).toEqual([
    ['omitted', 'omitted', undefined],
    [undefined, undefined, undefined],
    ['omitted', undefined, 'omitted'],
  ]);
  expect(found.map(({ headers }) => headers.dloffset)).toEqual(['0', '1', '2']);
});

test('the topic of the dead letters is made again where it is gone, and the letter arrives', async () => {
  const worker = await startTestWorker(database, topics);
  await topics.publish([bad(0, 10), good(0)]);
  await untilStored(database.url, await topics.ends());
  await letters(1);
  await topics.admin.deleteTopics({ topics: [topics.names.deadLettersTopic] });
  await topics.publish([bad(1, 10), good(1)]);
  await untilStored(database.url, await topics.ends());
  await worker.stop();
  expect(await bikesOfGood()).toEqual([0, 1]);
  const [letter] = await letters(1);
  expect(letter?.headers.dloffset).toBe('2');
});

test('a letter is sent once however often its transaction is tried again', async () => {
  await topics.publish([bad(0, 10), good(0)]);
  let failures = 3;
  const worker = await startTestWorker(database, topics, {
    passing: (point) => {
      if (point === 'in_transaction' && failures-- > 0)
        throw Object.assign(new Error('out of disk'), { code: '53100' });
    },
  });
  await untilStored(database.url, await topics.ends());
  const metrics = await (await fetch(`${worker.health.url}/metrics`)).text();
  await worker.stop();
  expect(metrics).toContain('velolog_batch_failures_total{cause="database"} 3');
  expect(await bikesOfGood()).toEqual([0]);
  await letters(1);
});
