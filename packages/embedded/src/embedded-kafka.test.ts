import { join } from 'node:path';
import { createKafka } from '@velolog/stream/client';
import { kafkaSettings } from '@velolog/stream/kafka-settings';
import { createProducer } from '@velolog/stream/producer';
import { ensureTopics, POLLS_TOPIC } from '@velolog/stream/topics';
import { expect, test } from 'vitest';
import { createTestFolder } from '../../../test/embedded-servers.ts';
import { startEmbeddedKafka } from './embedded-kafka.ts';

test('a Kafka that was killed starts again, on its port and with all it had', async () => {
  const stops: (() => Promise<void>)[] = [];
  try {
    const directory = join(createTestFolder(stops), 'kafka');
    const first = await startEmbeddedKafka({ directory });
    stops.push(async () => first.kill());
    const settings = kafkaSettings.parse({ KAFKA_BROKERS: first.brokers.join(',') });
    const kafka = createKafka(settings, { clientId: 'test' });
    await ensureTopics(kafka, settings);
    const producer = createProducer(kafka);
    await producer.connect();
    await producer.send({ topic: POLLS_TOPIC, messages: [{ key: 'a', value: 'kept', partition: 0 }] });
    await producer.disconnect();
    first.kill();

    const second = await startEmbeddedKafka({ directory });
    stops.push(async () => second.kill());
    expect(second).toMatchObject({ port: first.port, adopted: false });
    const admin = kafka.admin();
    await admin.connect();
    const offsets = await admin.fetchTopicOffsets(POLLS_TOPIC);
    await admin.disconnect();
    expect(offsets.find(({ partition }) => partition === 0)?.high).toBe('1');
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
});
