import { createKafka } from '@velolog/stream/kafka/client';
import { kafkaSettings } from '@velolog/stream/kafka/kafka-settings';
import { POLLS_TOPIC } from '@velolog/stream/topics';
import { withAdmin } from '../servers/with-admin.ts';

/** What Kafka says, when asked beside the workers, and what is changed there under them. */

/** Kafka's number for the configuration of a topic. */
const TOPIC = 2;

const kafka = (brokers: string) =>
  createKafka(kafkaSettings.parse({ KAFKA_BROKERS: brokers }), { clientId: 'test' });

export function storeMembers(brokers: string): Promise<string[] | undefined> {
  return withAdmin(kafka(brokers), async (admin) => {
    const { groups } = await admin.describeGroups(['velolog-store']);
    return groups[0]?.members.map(({ memberId }) => memberId).sort();
  });
}

/** Where the log of polls ends, by partition. */
export function endsOfPolls(brokers: string): Promise<Map<number, bigint>> {
  return withAdmin(kafka(brokers), async (admin) => {
    const offsets = await admin.fetchTopicOffsets(POLLS_TOPIC);
    return new Map(offsets.map(({ partition, high }) => [partition, BigInt(high)]));
  });
}

export function setMessageBytesMax(brokers: string, value: string): Promise<unknown> {
  const configEntries = [
    { name: 'max.message.bytes', value },
    { name: 'message.timestamp.type', value: 'LogAppendTime' },
  ];
  return withAdmin(kafka(brokers), (admin) =>
    admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: TOPIC, name: POLLS_TOPIC, configEntries }],
    }),
  );
}
