import { createKafka, kafkaSettings } from '@velolog/stream/kafka/client';
import { PartitionReader } from '@velolog/stream/kafka/partition-reader';
import { POLITENESS_TOPIC } from '@velolog/stream/politeness-topic';
import { readSettings } from '@velolog/worker/settings';

/** The hosts that asked for a pause, according to velolog.politeness. */
export async function hostsLeftAlone(brokers: string): Promise<string[]> {
  const kafka = createKafka(readSettings(kafkaSettings, { KAFKA_BROKERS: brokers }), { clientId: 'reader' });
  const reader = new PartitionReader(kafka);
  const waits = new Map<string, string | null>();
  for (const [partition, { low, high }] of await reader.bounds(POLITENESS_TOPIC)) {
    for (let next = low; next < high; ) {
      const read = await reader.read(POLITENESS_TOPIC, partition, next, 1000);
      for (const { key, value } of read.records) if (key.startsWith('wait ')) waits.set(key, value);
      if (read.next === next) break;
      next = read.next;
    }
  }
  await reader.close();
  return [...waits].flatMap(([key, value]) => (value === null ? [] : key.split(' ').slice(2)));
}
