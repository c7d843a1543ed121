import { type Cluster, connectCluster } from './cluster.ts';
import { kafkaErrorType } from './kafka-error.ts';
import type { IHeaders, Kafka } from './kafka-types.ts';

export type ReadRecord = {
  key: string;
  value: string | null;
  headers: IHeaders | undefined;
  offset: bigint;
  timestampMs: number;
};

const BYTES_MAX = 4 * 1024 * 1024;
const STALE = new Set(['NOT_LEADER_FOR_PARTITION', 'LEADER_NOT_AVAILABLE', 'UNKNOWN_TOPIC_OR_PARTITION']);

/** Reads partitions without a consumer group, so that a reader need not wait until the group has formed. */
export class PartitionReader {
  readonly #kafka: Kafka;
  #cluster: Promise<Cluster> | undefined;

  constructor(kafka: Kafka) {
    this.#kafka = kafka;
  }

  /** Reads the records from an offset on: at least one, unless none arrives within `waitMs`. `next` is the offset to continue from. */
  async read(
    topic: string,
    partition: number,
    start: bigint,
    waitMs: number,
  ): Promise<{ records: ReadRecord[]; next: bigint }> {
    try {
      const cluster = await this.#connected(topic);
      const leader = cluster.findTopicPartitionMetadata(topic).find((one) => one.partitionId === partition);
      const broker = await cluster.findBroker({ nodeId: leader?.leader ?? -1 });
      const { responses } = await broker.fetch({
        isolationLevel: 1,
        maxWaitTime: waitMs,
        minBytes: 1,
        maxBytes: BYTES_MAX,
        topics: [{ topic, partitions: [{ partition, fetchOffset: String(start), maxBytes: BYTES_MAX }] }],
      });
      const messages = responses[0]?.partitions[0]?.messages ?? [];
      // Kafka returns whole batches, so the first one may contain records from before the offset.
      const records = messages.flatMap(({ key, value, headers, offset, timestamp }) =>
        key === null || BigInt(offset) < start
          ? []
          : [
              {
                key: key.toString(),
                value: value?.toString() || null,
                headers,
                offset: BigInt(offset),
                timestampMs: Number(timestamp),
              },
            ],
      );
      const last = messages.at(-1);
      return { records, next: last === undefined ? start : BigInt(last.offset) + 1n };
    } catch (error) {
      if (STALE.has(kafkaErrorType(error) ?? '') || (error as Error).name.includes('Connection')) {
        await this.close();
      }
      throw error;
    }
  }

  /** For each partition: the offset of its first record, and the offset that its next record will get. */
  async bounds(topic: string): Promise<Map<number, { low: bigint; high: bigint }>> {
    const admin = this.#kafka.admin({ retry: { retries: 1 } });
    try {
      await admin.connect();
      const offsets = await admin.fetchTopicOffsets(topic);
      return new Map(
        offsets.map(({ partition, low, high }) => [partition, { low: BigInt(low), high: BigInt(high) }]),
      );
    } finally {
      await admin.disconnect();
    }
  }

  async close(): Promise<void> {
    const cluster = this.#cluster;
    this.#cluster = undefined;
    await cluster?.then((one) => one.disconnect()).catch(() => {});
  }

  async #connected(topic: string): Promise<Cluster> {
    this.#cluster ??= connectCluster(this.#kafka);
    try {
      const cluster = await this.#cluster;
      await cluster.addTargetTopic(topic);
      return cluster;
    } catch (error) {
      this.#cluster = undefined;
      throw error;
    }
  }
}
