import { type Cluster, connectCluster } from './cluster.ts';
import type { Kafka } from './kafka-types.ts';

/** New partitions of the topic are found after this time at the latest. */
const METADATA_MS = 30_000;

/**
 * Says again and again where a topic ends. kafkajs' `admin.fetchTopicOffsets` sends three requests each time (metadata, ends, starts); this
 * sends one to each leader.
 */
export class EndOffsets {
  readonly #cluster: Cluster;
  readonly #topic: string;
  #hasFailed = false;

  private constructor(cluster: Cluster, topic: string) {
    this.#cluster = cluster;
    this.#topic = topic;
  }

  /** Opens a connection of its own. */
  static async connect(kafka: Kafka, topic: string): Promise<EndOffsets> {
    return new EndOffsets(await connectCluster(kafka, { metadataMaxAgeMs: METADATA_MS }), topic);
  }

  /**
   * For each partition: the offset that its next record will get.
   * @throws Error when a broker does not answer, or answers with an error
   */
  async read(): Promise<Map<number, bigint>> {
    const topic = this.#topic;
    const cluster = this.#cluster;
    try {
      // Another broker may lead now, or the topic may have been made anew.
      if (this.#hasFailed) await cluster.refreshMetadata();
      await cluster.addTargetTopic(topic);
      await cluster.refreshMetadataIfNecessary();
      const known = cluster.findTopicPartitionMetadata(topic);
      const partitions = known.map(({ partitionId }) => ({ partition: partitionId }));
      const [found] = await cluster.fetchTopicsOffset([{ topic, partitions, fromBeginning: false }]);
      this.#hasFailed = false;
      return new Map(found?.partitions.map(({ partition, offset }) => [partition, BigInt(offset)]));
    } catch (error) {
      this.#hasFailed = true;
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#cluster.disconnect();
  }
}
