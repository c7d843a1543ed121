import { Partitioners } from 'kafkajs';
import type { Kafka, Producer, ProducerConfig } from './kafka-types.ts';

/** Creates a producer with Kafka's own partitioner (murmur2 of the key). It never creates topics: ensureTopics does, with the right limits. */
export function createProducer(kafka: Kafka, config: ProducerConfig = {}): Producer {
  return kafka.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
    ...config,
  });
}
