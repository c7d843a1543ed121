import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { untilKnown } from '../topics.ts';
import { createKafka, kafkaSettings } from './client.ts';
import { EndOffsets } from './end-offsets.ts';
import { createProducer } from './producer.ts';

const settings = kafkaSettings.parse({ KAFKA_BROKERS: inject('brokers') });
const kafka = createKafka(settings, { clientId: 'end-offsets-test' });
const admin = kafka.admin();
const producer = createProducer(kafka);
const topic = `end-offsets-${randomUUID()}`;

beforeAll(async () => {
  await Promise.all([admin.connect(), producer.connect()]);
});

afterAll(async () => {
  await admin.deleteTopics({ topics: [topic] }).catch(() => {});
  await Promise.all([admin.disconnect(), producer.disconnect()]);
});

async function make(partitions: number): Promise<void> {
  await admin.createTopics({ topics: [{ topic, numPartitions: partitions }], waitForLeaders: false });
  await untilKnown(admin, topic);
}

async function send(partition: number, records: number): Promise<void> {
  const messages = Array.from({ length: records }, (_, at) => ({ partition, value: `${at}` }));
  await producer.send({ topic, messages });
}

test('the ends are those of each partition now, also of a topic that was deleted and made anew with fewer', async () => {
  await make(3);
  const ends = await EndOffsets.connect(kafka, topic);
  try {
    await send(1, 5);
    expect(await ends.read()).toEqual(
      new Map([
        [0, 0n],
        [1, 5n],
        [2, 0n],
      ]),
    );
    await send(2, 2);
    expect((await ends.read()).get(2)).toBe(2n);

    await admin.deleteTopics({ topics: [topic] });
    await expect(ends.read()).rejects.toThrow();
    await make(1);
    await expect.poll(() => ends.read().catch(() => null), { timeout: 20_000 }).toEqual(new Map([[0, 0n]]));
  } finally {
    await ends.close();
  }
});
