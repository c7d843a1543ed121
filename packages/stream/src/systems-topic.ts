import { randomBytes } from 'node:crypto';
import { ensureCompactedTopic } from './compacted-topic.ts';
import type { Consumer, IHeaders, Kafka, Producer } from './kafka/kafka-types.ts';
import { PartitionReader } from './kafka/partition-reader.ts';
import { runAlways } from './kafka/run-always.ts';
import type { TopicSettings } from './topics.ts';

/** The systems that are recorded. The last record of each system counts. */
export const SYSTEMS_TOPIC = 'velolog.systems';

/** An entry of the topic. A null value removes the system. */
export type SystemRecord = {
  system_id: string;
  partition: number;
  value: string | null;
  /** Who removed the system: a command, or ingest because its systems.json no longer lists it. */
  by?: 'command' | 'file' | undefined;
  /** The systems.json that no longer lists it. */
  file?: SystemsFileVersion | undefined;
};
/** `name` only tells whether two versions belong to the same file. */
export type SystemsFileVersion = { name: string; modifiedAtMs: number };

/** A record as read. Its time comes from the broker's clock, so the later of two records in different partitions is known. */
export type SystemRecordRead = SystemRecord & { timestampMs: number };

export type SystemsTopicSettings = Pick<TopicSettings, 'partitions' | 'replicationFactor'> & {
  /** Defaults to SYSTEMS_TOPIC. */
  systemsTopic?: string;
};

export type SystemsFollower = {
  /** Called for each record in partition order, and again from the start after a lost connection. */
  onRecord: (record: SystemRecordRead) => void;
  /** Called once, when everything that was in the topic at the start has been read. */
  onCaughtUp: () => void;
  signal: AbortSignal;
};

/** When the last records of a partition were compacted away, its end offset is never reached. So this long without a record counts as the end. */
const QUIET_MS = 2000;
const QUIET_FETCHES = 2;
/**
 * How long a broker without records keeps a fetch open. One record answers it, so this is no delay; but who leaves waits until it is
 * answered, and each fetch costs the broker and us CPU.
 */
const READ_WAIT_MS = 200;
const FOLLOW_WAIT_MS = 1000;

/**
 * Creates the topic when it is missing.
 * @returns the number of partitions
 * @throws TopicTooSmall when it exists and is not compacted: the list of systems would be lost after a while
 */
export async function ensureSystemsTopic(kafka: Kafka, settings: SystemsTopicSettings): Promise<number> {
  const { systemsTopic: topic = SYSTEMS_TOPIC, partitions, replicationFactor } = settings;
  const loss = 'what is recorded would be forgotten';
  return await ensureCompactedTopic(kafka, { topic, partitions, replicationFactor, loss });
}

/** Reads the topic from its start and follows it until the signal. After a lost connection it reads everything again. */
export async function followSystems(kafka: Kafka, topic: string, follower: SystemsFollower): Promise<void> {
  await follow(kafka, topic, follower, FOLLOW_WAIT_MS);
}

async function follow(
  kafka: Kafka,
  topic: string,
  { onRecord, onCaughtUp, signal }: SystemsFollower,
  maxWaitMs: number,
): Promise<void> {
  // Each reader has its own group and commits nothing, because it wants the whole topic from the start.
  const groupId = `velolog-systems-${randomBytes(6).toString('hex')}`;
  const left = await endsOf(kafka, topic);
  const reading = new Reading(left, onCaughtUp);
  const consumer = kafka.consumer({
    groupId,
    maxWaitTimeInMs: maxWaitMs,
    allowAutoTopicCreation: false,
  });
  const stopped = Promise.withResolvers<void>();
  stopped.promise.catch(() => {});
  const stop = (): void => stopped.resolve();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  consumer.on('consumer.fetch', () => reading.noteFetch());
  consumer.on('consumer.crash', ({ payload }) => {
    if (!payload.restart) stopped.reject(payload.error);
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await run(consumer, reading, onRecord);
    await stopped.promise;
  } finally {
    signal.removeEventListener('abort', stop);
    await consumer.disconnect();
    await forgetGroup(kafka, groupId);
  }
}

async function run(
  consumer: Consumer,
  reading: Reading,
  onRecord: SystemsFollower['onRecord'],
): Promise<void> {
  await runAlways(consumer, {
    autoCommit: false,
    eachMessage: async ({ partition, message: { key, value, headers, offset, timestamp } }) => {
      if (key !== null) {
        onRecord({
          system_id: key.toString(),
          partition,
          value: value?.toString() || null,
          ...removalOf(headers),
          timestampMs: Number(timestamp),
        });
      }
      reading.note(partition, BigInt(offset) + 1n);
    },
  });
  reading.begin();
}

/** Calls back once, when everything that was in the topic at the start has been read. */
class Reading {
  readonly #left: Map<number, bigint>;
  readonly #onCaughtUp: () => void;
  #fetches = 0;
  #quietSinceMs = Number.POSITIVE_INFINITY;
  #done = false;

  constructor(left: Map<number, bigint>, onCaughtUp: () => void) {
    this.#left = left;
    this.#onCaughtUp = onCaughtUp;
  }

  /** Called when the consumer has its partitions. */
  begin(): void {
    if (this.#left.size === 0) this.#finish();
  }

  note(partition: number, next: bigint): void {
    if (next >= (this.#left.get(partition) ?? 0n)) this.#left.delete(partition);
    this.#fetches = 0;
    if (this.#left.size === 0) this.#finish();
  }

  /** Called when the broker has answered a fetch; note() follows for each of its records. */
  noteFetch(): void {
    const nowMs = performance.now();
    this.#fetches++;
    if (this.#fetches === 1) this.#quietSinceMs = nowMs;
    if (this.#fetches > QUIET_FETCHES && nowMs - this.#quietSinceMs > QUIET_MS) this.#finish();
  }

  #finish(): void {
    if (this.#done) return;
    this.#done = true;
    this.#onCaughtUp();
  }
}

async function endsOf(kafka: Kafka, topic: string): Promise<Map<number, bigint>> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    const offsets = await admin.fetchTopicOffsets(topic);
    return new Map(
      offsets
        .filter(({ high, low }) => BigInt(high) > BigInt(low))
        .map(({ partition, high }) => [partition, BigInt(high)]),
    );
  } finally {
    await admin.disconnect();
  }
}

/** Kafka would remove an empty group by itself, but only after days. */
async function forgetGroup(kafka: Kafka, groupId: string): Promise<void> {
  const admin = kafka.admin({ retry: { retries: 0 } });
  try {
    await admin.connect();
    await admin.deleteGroups([groupId]);
  } catch {
    // Kafka is away, or we are not allowed to.
  } finally {
    await admin.disconnect();
  }
}

/** Reads all records that are there now, in partition order. */
export async function readSystems(
  kafka: Kafka,
  topic: string,
  signal: AbortSignal,
): Promise<SystemRecordRead[]> {
  const records: SystemRecordRead[] = [];
  const caughtUp = new AbortController();
  const follower: SystemsFollower = {
    onRecord: (record) => records.push(record),
    onCaughtUp: () => caughtUp.abort(),
    signal: AbortSignal.any([signal, caughtUp.signal]),
  };
  await follow(kafka, topic, follower, READ_WAIT_MS);
  signal.throwIfAborted();
  return records;
}

/** Reads what these partitions contain now, in partition order. It forms no group, so it takes no longer than its requests. */
export async function readPartitions(
  kafka: Kafka,
  topic: string,
  partitions: readonly number[],
  signal: AbortSignal,
): Promise<SystemRecordRead[]> {
  const reader = new PartitionReader(kafka);
  const found: SystemRecordRead[] = [];
  try {
    const bounds = await reader.bounds(topic);
    for (const partition of partitions) {
      const { low, high } = bounds.get(partition) ?? { low: 0n, high: 0n };
      for (let start = low; start < high; ) {
        signal.throwIfAborted();
        const { records, next } = await reader.read(topic, partition, start, READ_WAIT_MS);
        for (const { key, value, headers, timestampMs } of records)
          found.push({ system_id: key, partition, value, ...removalOf(headers), timestampMs });
        // The last records were compacted away.
        if (next === start) break;
        start = next;
      }
    }
  } finally {
    await reader.close();
  }
  return found;
}

export async function writeSystems(
  producer: Producer,
  topic: string,
  records: SystemRecord[],
): Promise<void> {
  if (records.length === 0) return;
  await producer.send({
    topic,
    messages: records.map(({ system_id, partition, value, by, file }) => ({
      key: system_id,
      partition,
      value,
      ...(by !== undefined && {
        headers: {
          by,
          ...(file && { file: file.name, filemodified: new Date(file.modifiedAtMs).toISOString() }),
        },
      }),
    })),
  });
}

function removalOf(headers: IHeaders | undefined): Pick<SystemRecord, 'by' | 'file'> {
  const by = headers?.by?.toString() === 'file' ? 'file' : undefined;
  return { by, file: readFileVersion(headers) };
}

function readFileVersion(headers: IHeaders | undefined): SystemsFileVersion | undefined {
  const name = headers?.file?.toString();
  const modifiedAtMs = Date.parse(headers?.filemodified?.toString() ?? '');
  return name === undefined || Number.isNaN(modifiedAtMs) ? undefined : { name, modifiedAtMs };
}
