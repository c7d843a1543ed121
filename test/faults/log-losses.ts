import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createKafka, type KafkaSettings } from '@velolog/stream/kafka/client';
import type { Admin, Kafka } from '@velolog/stream/kafka/kafka-types';
import { topicLogs } from '@velolog/stream/topic-logs';
import { ensureTopics, POLLS_TOPIC } from '@velolog/stream/topics';
import { cutLog } from './cut-log.ts';
import type { OwnServers } from './own-servers.ts';
import type { RecordArchive } from './record-archive.ts';

// How Kafka loses records. Nothing may be on its way to it: the archive is to have all that goes.

/** Deletes the topic of the polls with all that is in it, read or not, and makes one of the same name. */
export async function makeTopicAnew(settings: KafkaSettings, archive: RecordArchive): Promise<void> {
  const kafka = createKafka(settings, { clientId: 'faults' });
  const { topic_id } = await withAdmin(kafka, async (admin) => {
    const before = await archive.take(kafka, admin);
    archive.topicGone(before.topic_id);
    await admin.deleteTopics({ topics: [POLLS_TOPIC] });
    return before;
  });
  const logs = topicLogs(kafka);
  // Kafka deletes in its own time: for a moment the old one is still there.
  while (((await logs.topicId(POLLS_TOPIC).catch(() => null)) ?? topic_id) === topic_id) {
    await ensureTopics(kafka, settings).catch(() => {});
    await wait(50);
  }
  await logs.close();
}

/** Kills Kafka and cuts off the end of each partition of the topic, as a power cut does. */
export async function cutLogs(
  servers: OwnServers,
  settings: KafkaSettings,
  archive: RecordArchive,
  { share, pauseMs }: { share: number; pauseMs: number },
): Promise<void> {
  const kafka = createKafka(settings, { clientId: 'faults' });
  const before = await withAdmin(kafka, (admin) => archive.take(kafka, admin));
  servers.killKafka();
  await wait(pauseMs);
  for (const partition of before.ends.keys())
    cutLog(join(servers.folder, 'kafka'), POLLS_TOPIC, partition, share);
  await servers.startKafka();
  const after = await withAdmin(kafka, (admin) => admin.fetchTopicOffsets(POLLS_TOPIC));
  for (const { partition, high } of after) {
    const end = before.ends.get(partition)?.next_offset ?? 0n;
    archive.endGone(before.topic_id, partition, BigInt(high), end);
  }
}

export async function withAdmin<T>(kafka: Kafka, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}
