import type { KafkaBroker } from './kafka-request.ts';
import type { Kafka, KafkaMessage } from './kafka-types.ts';

/** The part of kafkajs' internal cluster that we use. */
export type Cluster = {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  brokerPool: { findConnectedBroker(): Promise<KafkaBroker> };
  refreshMetadata(): Promise<void>;
  /** Reads the metadata again when it is older than `metadataMaxAgeMs`. */
  refreshMetadataIfNecessary(): Promise<void>;
  addTargetTopic(topic: string): Promise<void>;
  findTopicPartitionMetadata(topic: string): { partitionId: number; leader: number }[];
  /** One request to each broker that leads some of the partitions. */
  fetchTopicsOffset(
    topics: { topic: string; partitions: { partition: number }[]; fromBeginning: boolean }[],
  ): Promise<{ topic: string; partitions: { partition: number; offset: string }[] }[]>;
  findBroker(broker: { nodeId: number }): Promise<KafkaBroker & FetchingBroker>;
};

type FetchingBroker = {
  fetch(request: {
    isolationLevel: number;
    maxWaitTime: number;
    minBytes: number;
    maxBytes: number;
    topics: {
      topic: string;
      partitions: { partition: number; fetchOffset: string; maxBytes: number }[];
    }[];
  }): Promise<{
    responses: {
      partitions: { partition: number; highWatermark: string; messages: KafkaMessage[] }[];
    }[];
  }>;
};

const CREATE_CLUSTER = 'private:Kafka:createCluster';

/** Opens a separate connection, through a part of kafkajs that its types leave out. */
export async function connectCluster(
  kafka: Kafka,
  { metadataMaxAgeMs = 300_000 }: { metadataMaxAgeMs?: number } = {},
): Promise<Cluster> {
  const symbol = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === CREATE_CLUSTER,
  );
  if (symbol === undefined) throw new TypeError('kafkajs is not the version this was built for');
  const create = (kafka as unknown as Record<symbol, (options: object) => Cluster>)[symbol];
  const cluster = create?.call(kafka, { allowAutoTopicCreation: false, metadataMaxAge: metadataMaxAgeMs });
  if (cluster === undefined) throw new TypeError('kafkajs is not the version this was built for');
  try {
    await cluster.connect();
    await cluster.refreshMetadata();
    return cluster;
  } catch (error) {
    await cluster.disconnect();
    throw error;
  }
}
