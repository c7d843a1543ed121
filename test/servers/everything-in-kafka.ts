import { randomUUID } from 'node:crypto';
import { createKafka, kafkaSettings } from '@velolog/stream/kafka/client';
import { readSettings } from '@velolog/worker/settings';
import { expect } from 'vitest';
import { withAdmin } from './with-admin.ts';

/** Every record of every topic, or of those that are wanted: key, headers and value as text. */
export async function everythingInKafka(
  brokers: string,
  within: { timeout: number; interval: number },
  isWanted = (topic: string) => topic.startsWith('velolog.'),
): Promise<string[]> {
  const kafka = createKafka(readSettings(kafkaSettings, { KAFKA_BROKERS: brokers }), { clientId: 'canary' });
  const { topics, left } = await withAdmin(kafka, async (admin) => {
    const topics = (await admin.listTopics()).filter(isWanted);
    let left = 0;
    for (const topic of topics)
      for (const { low, high } of await admin.fetchTopicOffsets(topic)) left += Number(high) - Number(low);
    return { topics, left };
  });
  const consumer = kafka.consumer({ groupId: `canary-${randomUUID()}` });
  await consumer.connect();
  await consumer.subscribe({ topics, fromBeginning: true });
  const texts: string[] = [];
  await consumer.run({
    eachMessage: async ({ topic, message: { key, value, headers } }) => {
      const written = Object.entries(headers ?? {}).map(([name, header]) => `${name}=${header}`);
      texts.push([topic, key, ...written, value].join('\n'));
    },
  });
  // Compacted topics have fewer records than their offsets suggest, but not within a test.
  await expect.poll(() => texts.length, within).toBeGreaterThanOrEqual(left);
  await consumer.disconnect();
  return texts;
}
