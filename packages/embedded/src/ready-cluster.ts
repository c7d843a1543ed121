import { connect } from 'node:net';
import { createKafka } from '@velolog/stream/kafka/client';
import { kafkaSettings } from '@velolog/stream/kafka/kafka-settings';
import { type KafkaLogin, loginEnvironment } from './broker-properties.ts';

/** The id of the cluster whose broker answers on the port and leads its partitions; null until it does. */
export async function readyCluster(port: number, login: KafkaLogin | undefined): Promise<string | null> {
  if (!(await portOpen(port))) return null;
  const settings = kafkaSettings.parse({ KAFKA_BROKERS: `127.0.0.1:${port}`, ...loginEnvironment(login) });
  const admin = createKafka(settings, { clientId: 'velolog-supervisor' }).admin({ retry: { retries: 0 } });
  try {
    await admin.connect();
    const { clusterId } = await admin.describeCluster();
    // After a kill the broker answers before it leads its partitions again; until then it refuses to give their end offsets.
    for (const topic of await admin.listTopics()) await admin.fetchTopicOffsets(topic);
    return clusterId;
  } catch {
    return null;
  } finally {
    await admin.disconnect().catch(() => {});
  }
}

function portOpen(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ port, host: '127.0.0.1' });
  socket.once('connect', () => resolve(true));
  socket.once('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}
