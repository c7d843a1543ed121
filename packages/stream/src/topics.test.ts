import { randomUUID } from 'node:crypto';
import kafkajs from 'kafkajs';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { ANSWERED } from '../../../test/workers/answered.ts';
import { encodeDeadLetter } from './dead-letter.ts';
import { createKafka, kafkaSettings } from './kafka/client.ts';
import type { KafkaMessage } from './kafka/kafka-types.ts';
import { createProducer } from './kafka/producer.ts';
import { ZSTD } from './kafka/zstd.ts';
import { encodePoll, type PollRecord } from './poll-record.ts';
import { decodePoll } from './read-poll-record.ts';
import { DEAD_LETTERS_TOPIC, ensureTopics, POLLS_TOPIC, TopicTooSmall, untilKnown } from './topics.ts';

const settings = kafkaSettings.parse({ KAFKA_BROKERS: inject('brokers'), KAFKA_TOPIC_PARTITIONS: '3' });
const kafka = createKafka(settings, { clientId: 'topics-test' });
const admin = kafka.admin();
const created: string[] = [];

function ownTopics() {
  const prefix = `topics-test-${randomUUID()}`;
  const own = { pollsTopic: `${prefix}.polls`, deadLettersTopic: `${prefix}.dead-letters` };
  for (const topic of Object.values(own)) created.push(topic, `${topic}.vehicles`);
  return { ...settings, ...own };
}

beforeAll(() => admin.connect());

afterAll(async () => {
  const existing = new Set(await admin.listTopics());
  await admin.deleteTopics({ topics: created.filter((topic) => existing.has(topic)) });
  await admin.disconnect();
});

async function configOf(topic: string): Promise<Record<string, string>> {
  const { TOPIC } = kafkajs.ConfigResourceTypes;
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: TOPIC, name: topic }],
  });
  return Object.fromEntries(
    resources[0]?.configEntries.map(({ configName, configValue }) => [configName, configValue]) ?? [],
  );
}

describe('ensureTopics', () => {
  test('the topics are those of the contract', () => {
    expect([POLLS_TOPIC, DEAD_LETTERS_TOPIC]).toEqual(['velolog.polls', 'velolog.dead-letters']);
  });

  test('creates both with the limits of the contract, also when two workers start at once and again later', async () => {
    const own = ownTopics();
    await Promise.all([ensureTopics(kafka, own), ensureTopics(kafka, own)]);
    await ensureTopics(kafka, own);
    for (const topic of [own.pollsTopic, own.deadLettersTopic]) {
      expect(await configOf(topic)).toMatchObject({
        'max.message.bytes': '16777216',
        'message.timestamp.type': 'LogAppendTime',
        'compression.type': 'producer',
        'retention.ms': '604800000',
        'cleanup.policy': 'delete',
      });
    }
    const { topics } = await admin.fetchTopicMetadata({ topics: [own.pollsTopic, own.deadLettersTopic] });
    expect(new Map(topics.map(({ name, partitions }) => [name, partitions.length]))).toEqual(
      new Map([
        [own.pollsTopic, 3],
        [own.deadLettersTopic, 1],
      ]),
    );
  });

  test('leaves the replication factor to the broker when it is -1', async () => {
    const own = ownTopics();
    await ensureTopics(kafka, { ...own, replicationFactor: -1 });
    expect(await admin.listTopics()).toEqual(expect.arrayContaining([own.pollsTopic, own.deadLettersTopic]));
  });

  test('refuses a topic that would lose polls, and names the command that puts it right', async () => {
    const own = ownTopics();
    // Kafka's own default, spelled out: the brokers of tests have a larger one.
    const configEntries = [{ name: 'max.message.bytes', value: '1048588' }];
    await admin.createTopics({
      topics: [{ topic: own.pollsTopic, numPartitions: 1, configEntries }],
      waitForLeaders: false,
    });
    const error = await ensureTopics(kafka, own).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(TopicTooSmall);
    expect(error.message).toContain('max.message.bytes is 1048588 (');
    expect(error.message).toContain('message.timestamp.type is CreateTime (');
    expect(error.message).toContain(
      `--alter --entity-type topics --entity-name ${own.pollsTopic} --add-config max.message.bytes=16777216,message.timestamp.type=LogAppendTime`,
    );
  });

  test('reports a topic that keeps vehicle ids for longer than a day, with the command that corrects it, and none that it made itself', async () => {
    const own = ownTopics();
    const problems: string[] = [];
    await ensureTopics(kafka, { ...own, onProblem: (problem) => problems.push(problem) });
    await ensureTopics(kafka, { ...own, onProblem: (problem) => problems.push(problem) });
    expect(problems).toEqual([]);
    const kept = ownTopics();
    const entries = { 'max.message.bytes': '16777216', 'message.timestamp.type': 'LogAppendTime' };
    const make = (topic: string, more: Record<string, string>) =>
      admin.createTopics({
        topics: [
          {
            topic,
            configEntries: Object.entries({ ...entries, ...more }).map(([name, value]) => ({ name, value })),
          },
        ],
      });
    await make(`${kept.pollsTopic}.vehicles`, { 'retention.ms': '604800000', 'segment.ms': '3600000' });
    await make(`${kept.deadLettersTopic}.vehicles`, { 'retention.ms': '-1' });
    await ensureTopics(kafka, { ...kept, onProblem: (problem) => problems.push(problem) });
    expect(problems).toEqual([
      `The Kafka topic ${kept.pollsTopic}.vehicles keeps ids of vehicles for longer than 24 hours (retention.ms is 604800000). To fix it, run: kafka-configs.sh --bootstrap-server HOST:PORT --alter --entity-type topics --entity-name ${kept.pollsTopic}.vehicles --add-config retention.ms=86400000`,
      expect.stringMatching(
        /retention\.ms is -1, segment\.ms is 604800000\)\..* --add-config retention\.ms=86400000,segment\.ms=3600000$/,
      ),
    ]);
  });

  test('takes a topic whose limits are larger than asked for', async () => {
    const own = ownTopics();
    const configEntries = [
      { name: 'max.message.bytes', value: '33554432' },
      { name: 'message.timestamp.type', value: 'LogAppendTime' },
    ];
    await admin.createTopics({
      topics: [{ topic: own.pollsTopic, numPartitions: 1, configEntries }],
      waitForLeaders: false,
    });
    await expect(ensureTopics(kafka, own)).resolves.toBeUndefined();
  });
});

test('topics that have just been created can be written to and read from at once, also by a worker that did not create them', async () => {
  for (let round = 0; round < 10; round++) {
    const own = ownTopics();
    await Promise.all([ensureTopics(kafka, own), ensureTopics(kafka, own)]);
    const reader = kafka.consumer({ groupId: randomUUID() });
    await reader.connect();
    await expect(reader.subscribe({ topic: own.pollsTopic })).resolves.toBeUndefined();
    await reader.disconnect();
    expect((await admin.fetchTopicOffsets(own.pollsTopic)).length).toBe(3);
  }
});

test('a poll of 9 MB with history’s fetch time, and its dead letter, come back from the broker as they were', async () => {
  const own = ownTopics();
  await ensureTopics(kafka, own);
  const poll: PollRecord = {
    ...ANSWERED,
    system_id: 'oslobysykkel',
    fetched_at: new Date('2019-04-01T06:00:00.007Z'),
    imported: true,
    body: Buffer.from(`[${Array.from({ length: 1_500_000 }, (_, at) => at).join(',')}]`),
  };
  const producer = createProducer(kafka);
  await producer.connect();
  const sentAt = Date.now();
  await producer.send({ topic: own.pollsTopic, compression: ZSTD, messages: [encodePoll(poll)] });
  const message = await firstMessage(own.pollsTopic);
  expectSamePoll(decodePoll(message), poll);
  expect(Number(message.timestamp)).toBeGreaterThan(sentAt - 60_000);

  const origin = { reason: 'not_json', topic: own.pollsTopic, partition: 0, offset: message.offset };
  await producer.send({
    topic: own.deadLettersTopic,
    compression: ZSTD,
    messages: [encodeDeadLetter(message, origin)],
  });
  const letter = await firstMessage(own.deadLettersTopic);
  await producer.disconnect();
  expectSamePoll(decodePoll(letter), poll);
  expect(String(letter.headers?.dlreason)).toBe('not_json');
});

/** toEqual compares a Buffer byte by byte in JavaScript: many seconds for 9 MB. */
function expectSamePoll(
  { body, ...poll }: PollRecord,
  { body: expectedBody, ...expected }: PollRecord,
): void {
  expect(poll).toEqual(expected);
  expect(body.equals(expectedBody)).toBe(true);
}

async function firstMessage(topic: string): Promise<KafkaMessage> {
  const consumer = kafka.consumer({ groupId: randomUUID() });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const first = Promise.withResolvers<KafkaMessage>();
  await consumer.run({ eachMessage: async ({ message }) => first.resolve(message) });
  const message = await first.promise;
  await consumer.disconnect();
  return message;
}

test('a topic is known only when the broker that leads it knows that, too', async () => {
  const topic = ownTopics().pollsTopic;
  await ensureTopics(kafka, { ...settings, pollsTopic: topic });
  // What a busy broker answers for a moment after it has made a topic.
  const answers = [6, 5, 3].map((code) => Object.assign(new Error(), { type: TYPES[code], code }));
  const slow: typeof admin = {
    ...admin,
    fetchTopicOffsets: async (of) => {
      const answer = answers.shift();
      if (answer !== undefined) throw answer;
      return await admin.fetchTopicOffsets(of);
    },
  };
  await untilKnown(slow, topic);
  expect(answers).toEqual([]);
});

const TYPES: Record<number, string> = {
  3: 'UNKNOWN_TOPIC_OR_PARTITION',
  5: 'LEADER_NOT_AVAILABLE',
  6: 'NOT_LEADER_FOR_PARTITION',
};
