import kafkajs from 'kafkajs';
import { type Cluster, connectCluster } from './kafka/cluster.ts';
import { type KafkaRequest, type ResponseDecoder, sendRequest, takes } from './kafka/kafka-request.ts';
import type { Kafka } from './kafka/kafka-types.ts';

/**
 * Tells which log the records of a topic are in. The name does not tell: a topic may be deleted and recreated under the same name, on a
 * cluster with the same id. But Kafka gives each topic its own topic id (Metadata since 2.8). A log may also lose its end in a power cut.
 * Kafka numbers the terms of its leaders (the leader epoch, in each batch of records) and tells where each ended (OffsetForLeaderEpoch).
 */
export type TopicLogs = {
  /** Null when the broker has no topic ids. @throws when there is no such topic, or Kafka cannot be reached */
  topicId(topic: string): Promise<string | null>;
  /** The current number of partitions. */
  partitions(topic: string): Promise<number>;
  /** The offset at which the records of an epoch end in the current log; null when the broker does not know. */
  endOfEpoch(topic: string, partition: number, epoch: number): Promise<bigint | null>;
  close(): Promise<void>;
};

/** Uses a separate connection, opened when first needed. */
export function topicLogs(kafka: Kafka): TopicLogs {
  let connecting: Promise<Cluster> | undefined;
  const connected = async (): Promise<Cluster> => {
    connecting ??= connectCluster(kafka);
    try {
      return await connecting;
    } catch (error) {
      connecting = undefined;
      throw error;
    }
  };
  const describe = async (topic: string): Promise<TopicMetadata | null> => {
    const broker = await (await connected()).brokerPool.findConnectedBroker();
    const request = metadataOf(topic);
    return takes(broker, request) ? sendRequest(broker, request) : null;
  };
  return {
    topicId: async (topic) => (await describe(topic))?.topicId ?? null,
    partitions: async (topic) => {
      const described = await describe(topic);
      if (described !== null) return described.partitions;
      const cluster = await connected();
      await cluster.addTargetTopic(topic);
      await cluster.refreshMetadata();
      return cluster.findTopicPartitionMetadata(topic).length;
    },
    endOfEpoch: async (topic, partition, epoch) => {
      const leader = (await describe(topic))?.leaders.get(partition);
      if (leader === undefined) return null;
      const broker = await (await connected()).findBroker({ nodeId: leader });
      const request = endOfEpoch(topic, partition, epoch);
      return takes(broker, request) ? sendRequest(broker, request) : null;
    },
    close: async () => {
      await (await connecting?.catch(() => undefined))?.disconnect();
    },
  };
}

type TopicMetadata = { topicId: string | null; partitions: number; leaders: Map<number, number> };

const NO_TAGS = 0;

/** Metadata version 10, the first with topic ids; brokers accept it since 2.8. It uses Kafka's flexible header and fields. */
function metadataOf(topic: string): KafkaRequest<TopicMetadata> {
  return {
    apiKey: 3,
    apiVersion: 10,
    apiName: 'Metadata',
    write: (encoder) =>
      encoder
        .writeUVarInt(NO_TAGS) // the end of the header
        .writeUVarInt(2) // one topic
        .writeBuffer(Buffer.alloc(16)) // named, not by its id
        .writeUVarIntString(topic)
        .writeUVarInt(NO_TAGS)
        .writeBoolean(false) // make no topic
        .writeBoolean(false) // nor tell what we may do with the cluster
        .writeBoolean(false) // and with the topic
        .writeUVarInt(NO_TAGS),
    read: (decoder) => {
      skipTags(decoder);
      decoder.readInt32(); // throttle time
      readArray(decoder, () => {
        decoder.readInt32();
        decoder.readUVarIntString();
        decoder.readInt32();
        decoder.readUVarIntString();
        skipTags(decoder);
      });
      decoder.readUVarIntString(); // cluster id
      decoder.readInt32(); // controller
      const [found] = readArray(decoder, () => readTopic(decoder));
      if (found === undefined) throw new Error(`Kafka does not describe the topic ${topic}`);
      return found;
    },
  };
}

function readTopic(decoder: ResponseDecoder): TopicMetadata {
  throwErrorOf(decoder.readInt16());
  decoder.readUVarIntString(); // its name
  const id = decoder.readBytes(16);
  decoder.readInt8(); // whether it is internal
  const leaders = readArray(decoder, (): [number, number] => {
    decoder.readInt16();
    const partition = decoder.readInt32();
    const leader = decoder.readInt32();
    decoder.readInt32(); // leader epoch
    for (let list = 0; list < 3; list++) readArray(decoder, () => decoder.readInt32()); // replicas
    skipTags(decoder);
    return [partition, leader];
  });
  decoder.readInt32(); // what we may do with it
  skipTags(decoder);
  return {
    // base64url, as Kafka writes it. A cluster that was upgraded may have topics without an id.
    topicId: id.every((byte) => byte === 0) ? null : id.toString('base64url'),
    partitions: leaders.length,
    leaders: new Map(leaders.filter(([, leader]) => leader >= 0)),
  };
}

/** OffsetForLeaderEpoch version 2: the oldest that Kafka 4 accepts; brokers accept it since 2.1. */
function endOfEpoch(topic: string, partition: number, epoch: number): KafkaRequest<bigint | null> {
  return {
    apiKey: 23,
    apiVersion: 2,
    apiName: 'OffsetForLeaderEpoch',
    write: (encoder) =>
      encoder
        .writeInt32(1)
        .writeString(topic)
        .writeInt32(1)
        .writeInt32(partition)
        .writeInt32(-1) // the leader's epoch as we know it: any
        .writeInt32(epoch),
    read: (decoder) => {
      decoder.readInt32(); // throttle time
      decoder.readInt32(); // one topic
      decoder.readString();
      decoder.readInt32(); // one partition
      throwErrorOf(decoder.readInt16());
      decoder.readInt32();
      decoder.readInt32(); // the newest epoch up to the one asked for
      const end = BigInt(decoder.readInt64().toString());
      return end < 0n ? null : end;
    },
  };
}

const { KafkaJSProtocolError } = kafkajs;
const ERRORS: Record<number, string> = {
  3: 'UNKNOWN_TOPIC_OR_PARTITION',
  5: 'LEADER_NOT_AVAILABLE',
  6: 'NOT_LEADER_FOR_PARTITION',
  29: 'TOPIC_AUTHORIZATION_FAILED',
};

function throwErrorOf(code: number): void {
  if (code === 0) return;
  const type = ERRORS[code] ?? `KAFKA_ERROR_${code}`;
  throw new KafkaJSProtocolError({
    type,
    code,
    message: `Kafka answered ${type}`,
    retriable: true,
  } as unknown as Error);
}

function readArray<T>(decoder: ResponseDecoder, read: () => T): T[] {
  return Array.from({ length: Math.max(0, decoder.readUVarInt() - 1) }, read);
}

function skipTags(decoder: ResponseDecoder): void {
  for (let left = decoder.readUVarInt(); left > 0; left--) {
    decoder.readUVarInt();
    decoder.forward(decoder.readUVarInt());
  }
}
