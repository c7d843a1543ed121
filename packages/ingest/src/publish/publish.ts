import { setTimeout as wait } from 'node:timers/promises';
import { hasVehicleIds } from '@velolog/gbfs/feeds';
import type { Admin, Kafka, Producer, RecordMetadata } from '@velolog/stream/kafka/kafka-types';
import { createProducer } from '@velolog/stream/kafka/producer';
import { ZSTD } from '@velolog/stream/kafka/zstd';
import { encodePoll, type PollRecord } from '@velolog/stream/poll-record';
import { topicLogs } from '@velolog/stream/topic-logs';
import {
  ensureTopics,
  type TopicSettings,
  TopicTooSmall,
  topicNames,
  topicsOfFeed,
} from '@velolog/stream/topics';
import { backOff } from '@velolog/worker/back-off';
import type { Log } from '../log.ts';
import type { IngestMetrics } from '../metrics.ts';
import { jittered } from '../schedule/back-off.ts';
import { AcknowledgedBodies, type KnownTopic } from './acknowledged-bodies.ts';
import { type BodyFate, type BufferedPoll, PublishBuffer, unpacked } from './publish-buffer.ts';

export type PublishSettings = { bufferBytesMax: number };

/** Long enough for polls that finish together to share a request, but short compared with every other delay. */
const LINGER_MS = 3;
/** Before compression. The topic accepts 16 MiB after compression. A larger single body is sent alone. */
const BATCH_BYTES_MAX = 4 * 1024 * 1024;
const RETRY_MS = { first: 400, longest: 5_000 };

/**
 * Sends polls to Kafka in the order they were published, one request at a time, so that the records of a system never
 * overtake each other.
 *
 * States: connecting (topics not verified) -> connected -> away (the last request failed and is repeated) -> connected;
 * back to connecting when the topic is gone. While not connected, polls wait in the buffer, compressed; if it is full,
 * the oldest are dropped for the newest.
 */
export class Publisher {
  readonly #kafka: Kafka;
  readonly #topics: TopicSettings;
  readonly #metrics: IngestMetrics;
  readonly #log: Log;
  readonly #buffer: PublishBuffer;
  readonly #producer: Producer;
  readonly #acknowledged = new AcknowledgedBodies();
  #topicsAsFound: ReadonlyMap<string, KnownTopic> = new Map();
  #state: 'connecting' | 'connected' | 'away' = 'connecting';
  #batchBytesMax = BATCH_BYTES_MAX;
  #changed = Promise.withResolvers<void>();
  #probe: Promise<Admin> | undefined;

  constructor(
    kafka: Kafka,
    settings: PublishSettings & { topics: TopicSettings },
    observers: { metrics: IngestMetrics; log: Log },
  ) {
    this.#kafka = kafka;
    this.#topics = settings.topics;
    this.#metrics = observers.metrics;
    this.#log = observers.log;
    this.#buffer = new PublishBuffer(settings.bufferBytesMax, () =>
      this.#metrics.publish_dropped_total.inc(),
    );
    this.#metrics.onCollectBuffer(() => this.#buffer.bytes);
    // The client retries little: while it retries it holds the batch, and the loop here could not choose what to drop.
    this.#producer = createProducer(kafka, { retry: { retries: 1, initialRetryTime: 100 } });
  }

  /** Accepts a poll to be sent; never waits and never fails. `fate` is shared with the 304s that refer to the body of this poll. */
  publish(poll: PollRecord, fate: BodyFate | null): void {
    this.#buffer.push(poll, fate, { pack: this.#state === 'away' });
    this.#changed.resolve();
  }

  /**
   * Publishes until the signal aborts, even while Kafka is away.
   * @throws TopicTooSmall
   */
  async publishForever(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      const done = this.#state === 'connecting' ? await this.#connect() : await this.publishOnce();
      failures = done ? 0 : failures + 1;
      if (!done) await pause(jittered(backOff(failures, RETRY_MS), -0.2, 0, Math.random), signal);
      else if (this.#buffer.length === 0) await this.#waitForPolls(signal);
    }
  }

  /** Sends one batch of the waiting polls. False when it must be tried again. */
  async publishOnce(): Promise<boolean> {
    const taken = this.#buffer.take(this.#batchBytesMax);
    if (taken.length === 0) return true;
    let acknowledged: RecordMetadata[];
    try {
      acknowledged = await this.#producer.sendBatch({
        compression: ZSTD,
        topicMessages: this.#byTopic(taken),
      });
    } catch (error) {
      return this.#afterFailure(taken, error);
    }
    this.#buffer.settle(taken);
    this.#noteAcknowledged(taken, acknowledged);
    this.#metrics.published_records_total.inc(taken.length);
    if (this.#state === 'away') this.#log.info({ event: 'kafka_back', waiting: this.#buffer.length });
    this.#state = 'connected';
    this.#changed.resolve();
    return true;
  }

  /** Registers a body that 304s may refer to although another worker published it. */
  adopt(feed: { system_id: string; feed: string }, fate: BodyFate): void {
    this.#acknowledged.adopt(feed, fate);
  }

  /** Waits until all polls are sent; false when the signal aborts first. */
  async flush(signal: AbortSignal): Promise<boolean> {
    while (!this.#buffer.isSettled && !signal.aborted) await pause(LINGER_MS, signal);
    return this.#buffer.isSettled;
  }

  /** How many polls would be lost if the worker ended now. */
  get waiting(): number {
    return this.#buffer.unsettled;
  }

  /** @throws Error stating why nothing can be published now */
  async check(signal: AbortSignal): Promise<void> {
    if (this.#state === 'connecting') throw new Error('not connected to Kafka yet');
    if (this.#state === 'away' && this.#buffer.length > 0) {
      throw new Error(`Kafka is away; ${this.#buffer.length} polls wait`);
    }
    this.#probe ??= this.#connectProbe();
    const aborted = Promise.withResolvers<never>();
    const stop = (): void => aborted.reject(new Error('Kafka does not answer', { cause: signal.reason }));
    signal.addEventListener('abort', stop, { once: true });
    try {
      await Promise.race([this.#probe.then((admin) => admin.describeCluster()), aborted.promise]);
    } catch (cause) {
      void this.#closeProbe();
      throw new Error(`Kafka does not answer: ${(cause as Error).message}`, { cause });
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#producer.disconnect(), this.#closeProbe()]);
  }

  async #connect(): Promise<boolean> {
    try {
      await ensureTopics(this.#kafka, this.#topics);
      const [found] = await Promise.all([this.#describeTopics(), this.#producer.connect()]);
      this.#topicsAsFound = found;
    } catch (error) {
      if (error instanceof TopicTooSmall) throw error;
      this.#metrics.publish_failures_total.inc();
      this.#log.warn({ event: 'kafka_unreachable', reason: (error as Error).message });
      return false;
    }
    this.#state = 'connected';
    this.#log.info({ event: 'kafka_connected', waiting: this.#buffer.length });
    return true;
  }

  async #describeTopics(): Promise<Map<string, KnownTopic>> {
    const { pollsTopic, vehiclePollsTopic } = topicNames(this.#topics);
    const logs = topicLogs(this.#kafka);
    try {
      const described = [pollsTopic, vehiclePollsTopic].map(
        async (topic): Promise<[string, KnownTopic]> => [
          topic,
          { topicId: await logs.topicId(topic), partitions: await logs.partitions(topic) },
        ],
      );
      return new Map(await Promise.all(described));
    } finally {
      await logs.close();
    }
  }

  #topicOf(poll: PollRecord): string {
    return topicsOfFeed(topicNames(this.#topics), { hasVehicleIds: hasVehicleIds(poll.feed) }).polls;
  }

  #byTopic(taken: BufferedPoll[]): { topic: string; messages: ReturnType<typeof encodePoll>[] }[] {
    const topics = new Map<string, ReturnType<typeof encodePoll>[]>();
    for (const buffered of taken) {
      const topic = this.#topicOf(buffered.poll);
      const messages = topics.get(topic) ?? [];
      topics.set(topic, messages);
      messages.push(encodePoll(unpacked(buffered)));
    }
    return Array.from(topics, ([topic, messages]) => ({ topic, messages }));
  }

  #noteAcknowledged(taken: BufferedPoll[], acknowledged: RecordMetadata[]): void {
    const lost = this.#acknowledged.note(taken, acknowledged, this.#topicsAsFound, (poll) =>
      this.#topicOf(poll),
    );
    if (lost === 0) return;
    this.#metrics.published_lost_total.inc(lost);
    this.#log.warn({ event: 'kafka_lost_polls', at_least: lost });
  }

  #afterFailure(taken: BufferedPoll[], error: unknown): boolean {
    const type = protocolErrorOf(error);
    if (type === 'MESSAGE_TOO_LARGE' || type === 'RECORD_LIST_TOO_LARGE') return this.#afterTooLarge(taken);
    this.#buffer.putBack(taken);
    this.#metrics.publish_failures_total.inc();
    if (this.#state === 'connected') {
      this.#log.warn({ event: 'kafka_away', reason: (error as Error).message });
    }
    this.#state = type === 'UNKNOWN_TOPIC_OR_PARTITION' ? 'connecting' : 'away';
    return false;
  }

  /** The poll took place, so it is recorded without the body, which is too large to send. */
  #afterTooLarge(taken: BufferedPoll[]): boolean {
    const [only] = taken;
    if (only === undefined || taken.length > 1) {
      this.#batchBytesMax = 0;
      this.#buffer.putBack(taken);
      return true;
    }
    const { poll } = only;
    this.#log.warn({
      event: 'body_refused_by_kafka',
      system: poll.system_id,
      feed: poll.feed,
      bytes: only.sentBytes,
    });
    if (only.fate !== null) only.fate.tooLarge = true;
    this.#buffer.replaceByFailure(only, 'body_too_large');
    return true;
  }

  async #waitForPolls(signal: AbortSignal): Promise<void> {
    const stop = (): void => this.#changed.resolve();
    signal.addEventListener('abort', stop, { once: true });
    while (this.#buffer.length === 0 && !signal.aborted) {
      this.#changed = Promise.withResolvers();
      await this.#changed.promise;
    }
    signal.removeEventListener('abort', stop);
    await pause(LINGER_MS, signal);
  }

  async #connectProbe(): Promise<Admin> {
    const admin = this.#kafka.admin({ retry: { retries: 0 } });
    await admin.connect();
    return admin;
  }

  async #closeProbe(): Promise<void> {
    const probe = this.#probe;
    this.#probe = undefined;
    await probe?.then((admin) => admin.disconnect()).catch(() => {});
  }
}

/** Waits; returns early when the signal aborts. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal }).catch(() => {});
}

function protocolErrorOf(error: unknown): string | undefined {
  const { type, cause } = error as { type?: string; cause?: unknown };
  return type ?? (cause instanceof Error ? protocolErrorOf(cause) : undefined);
}
