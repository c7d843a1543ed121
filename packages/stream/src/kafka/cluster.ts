import type { KafkaBroker } from './kafka-request.ts';
import type { Kafka, KafkaMessage } from './kafka-types.ts';

/** The part of kafkajs' internal cluster that we use. */
export type Cluster = {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  brokerPool: { findConnectedBroker(): Promise<KafkaBroker> };
  refreshMetadata(): Promise<void>;
  addTargetTopic(topic: string): Promise<void>;
  findTopicPartitionMetadata(topic: string): { partitionId: number; leader: number }[];
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
export async function connectCluster(kafka: Kafka): Promise<Cluster> {
  const symbol = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === CREATE_CLUSTER,
  );
  if (symbol === undefined) throw new TypeError('kafkajs is not the version this was built for');
  const create = (kafka as unknown as Record<symbol, (options: object) => Cluster>)[symbol];
  const cluster = create?.call(kafka, { allowAutoTopicCreation: false, metadataMaxAge: 300_000 });
  if (cluster === undefined) throw new TypeError('kafkajs is not the version this was built for');
  await cluster.connect();
  await cluster.refreshMetadata();
  return cluster;
}
