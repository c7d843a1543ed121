import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createKafka, type KafkaSettings } from '@velolog/stream/kafka/client';
import { topicLogs } from '@velolog/stream/topic-logs';
import { ensureTopics } from '@velolog/stream/topics';
import { withAdmin } from '../../servers/with-admin.ts';
import { cutLog } from '../cut-log.ts';
import type { OwnServers } from '../own-servers.ts';
import type { RecordArchive, TopicEnds } from './record-archive.ts';

// How Kafka loses records. Nothing may be on its way to Kafka: the archive must have everything that is lost.

/** Deletes a topic with its content, read or not, and creates one of the same name. */
export async function makeTopicAnew(
  settings: KafkaSettings,
  archive: RecordArchive,
  topic: string,
): Promise<void> {
  const kafka = createKafka(settings, { clientId: 'faults' });
  const { topic_id } = await withAdmin(kafka, async (admin) => {
    const before = await archive.take(kafka, admin, topic);
    archive.topicGone(before);
    await admin.deleteTopics({ topics: [topic] });
    return before;
  });
  const logs = topicLogs(kafka);
  // Kafka deletes asynchronously: for a moment the old topic still exists.
  while (((await logs.topicId(topic).catch(() => null)) ?? topic_id) === topic_id) {
    await ensureTopics(kafka, settings).catch(() => {});
    await wait(50);
  }
  await logs.close();
}

/** Kills Kafka and cuts off the end of each partition of these topics, as a power cut does. */
export async function cutLogs(
  servers: OwnServers,
  settings: KafkaSettings,
  archive: RecordArchive,
  { topics, share, pauseMs }: { topics: string[]; share: number; pauseMs: number },
): Promise<void> {
  const kafka = createKafka(settings, { clientId: 'faults' });
  const before: TopicEnds[] = [];
  await withAdmin(kafka, async (admin) => {
    for (const topic of topics) before.push(await archive.take(kafka, admin, topic));
  });
  servers.killKafka();
  await wait(pauseMs);
  for (const { topic, ends } of before)
    for (const partition of ends.keys()) cutLog(join(servers.folder, 'kafka'), topic, partition, share);
  await servers.startKafka();
  for (const ends of before) {
    const after = await withAdmin(kafka, (admin) => admin.fetchTopicOffsets(ends.topic));
    for (const { partition, high } of after) archive.endGone(ends, partition, BigInt(high));
  }
}
