import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { createKafka, kafkaSettings } from '../kafka/client.ts';
import type { Consumer } from '../kafka/kafka-types.ts';
import { createProducer } from '../kafka/producer.ts';
import { untilKnown } from '../topics.ts';
import { type Assignment, createMember, takePart } from './group-member.ts';

const kafka = createKafka(kafkaSettings.parse({ KAFKA_BROKERS: inject('brokers') }), {
  clientId: 'group-member-test',
});
const admin = kafka.admin();
const producer = createProducer(kafka);
const topic = `group-member-${randomUUID()}`;
const groupId = randomUUID();

beforeAll(async () => {
  await Promise.all([admin.connect(), producer.connect()]);
  await admin.createTopics({ topics: [{ topic, numPartitions: 4 }], waitForLeaders: false });
  await untilKnown(admin, topic);
});

afterAll(async () => {
  await admin.deleteTopics({ topics: [topic] });
  await Promise.all([admin.disconnect(), producer.disconnect()]);
});

/** A member with what it was assigned last, and the requests that it has sent. */
function member(): { consumer: Consumer; requests: string[]; assigned: () => number[] } {
  let last: Assignment | null = null;
  const assigned = () => last?.partitions ?? [];
  const consumer = createMember(kafka, {
    topic,
    groupId,
    sessionMs: 6_000,
    held: assigned,
    onAssigned: (assignment) => {
      last = assignment;
    },
    onContact: () => {},
    onLost: () => {},
  });
  const requests: string[] = [];
  consumer.on(consumer.events.REQUEST, ({ payload }) => {
    requests.push(payload.apiName);
  });
  return { consumer, requests, assigned };
}

test('members share the partitions, also after one has left, and fetch none of their records', async () => {
  const first = member();
  const second = member();
  try {
    await takePart(first.consumer, topic);
    expect(first.assigned()).toHaveLength(4);
    await producer.send({ topic, messages: [0, 1, 2, 3].map((partition) => ({ partition, value: 'x' })) });
    await takePart(second.consumer, topic);
    await expect
      .poll(() => [first, second].map((one) => one.assigned().length), { timeout: 20_000 })
      .toEqual([2, 2]);
    await second.consumer.disconnect();
    await expect.poll(() => first.assigned().length, { timeout: 20_000 }).toBe(4);
    const sent = () => first.requests.filter((name) => name === 'Heartbeat').length;
    const before = sent();
    await expect.poll(sent, { timeout: 20_000 }).toBeGreaterThan(before + 2);
    expect([...first.requests, ...second.requests]).not.toContain('Fetch');
  } finally {
    await Promise.all([first.consumer.disconnect(), second.consumer.disconnect()]);
  }
});
