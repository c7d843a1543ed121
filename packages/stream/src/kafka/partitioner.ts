import kafkajs from 'kafkajs';

const partition = kafkajs.Partitioners.DefaultPartitioner();

/** The partition that Kafka's own clients choose for a key: murmur2 of its UTF-8 bytes, made positive, modulo the number of partitions. */
export function partitionOf(key: string | Buffer, partitions: number): number {
  // With a key, the partitioner looks only at the number of partitions.
  const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
    partitionErrorCode: 0,
    partitionId,
    leader: 0,
    replicas: [],
    isr: [],
  }));
  return partition({ topic: '', partitionMetadata, message: { key, value: null } });
}
