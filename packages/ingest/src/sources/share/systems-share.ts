import { membersOf } from '@velolog/stream/group/group-member';
import type { Kafka } from '@velolog/stream/kafka/kafka-types';
import { type TopicSettings, TopicTooSmall } from '@velolog/stream/topics';
import { type Clock, systemClock, waitFor } from '../../clock.ts';
import type { RecordedSystem } from '../../fetch/feed.ts';
import type { Log } from '../../log.ts';
import type { IngestMetrics } from '../../metrics.ts';
import type { KeptPoliteness } from '../../politeness/kept-politeness.ts';
import type { Recorder } from '../../schedule/recorder.ts';
import { partitionFor } from '../topic.ts';
import { type GroupSettings, Membership } from './membership.ts';

export type ShareDependencies = {
  kafka: Kafka;
  topic: Pick<TopicSettings, 'partitions' | 'replicationFactor'>;
  politeness: KeptPoliteness;
  recorder: Pick<Recorder, 'recall' | 'recallToken' | 'settled'>;
  metrics: Pick<IngestMetrics, 'partitions_held'>;
  log: Log;
  clock?: Clock;
};

export type ShareListener = {
  onChange: () => void;
  /** Reads the entries of partitions again before they are held: one of their systems may have been removed in the meantime. */
  refresh: (partitions: readonly number[], signal: AbortSignal) => Promise<void>;
};

const RETRY_MS = 1000;

/**
 * Which partitions of velolog.systems are polled here: those that the consumer group assigns. A worker with a shard
 * polls all, but only while the group has no member: otherwise two workers would poll the same publishers.
 *
 * A partition is elsewhere -> being taken over (reading what others noted, and waiting for those who still poll) ->
 * held -> being given back (its requests are aborted, and what is known of it is written) -> elsewhere. A group that
 * has not answered for a session may have given our partitions away, or may have gained a member beside our shard:
 * nothing is polled until it answers. Only a worker that was alone continues while Kafka is away, because nobody else
 * can have its partitions.
 */
export class SystemsShare {
  readonly #dependencies: ShareDependencies;
  readonly #group: GroupSettings;
  readonly #hasShard: boolean;
  readonly #clock: Clock;
  readonly #membership: Membership;
  readonly #held = new Set<number>();
  #partitions = 0;
  #listener: ShareListener = { onChange: () => {}, refresh: async () => {} };
  #changed = Promise.withResolvers<void>();
  #takingOver = new AbortController();

  constructor(group: GroupSettings, hasShard: boolean, dependencies: ShareDependencies) {
    this.#group = group;
    this.#hasShard = hasShard;
    this.#dependencies = dependencies;
    this.#clock = dependencies.clock ?? systemClock;
    const { kafka, log, politeness } = dependencies;
    this.#membership = new Membership(
      group,
      { kafka, log, clock: this.#clock, held: () => [...this.#held] },
      {
        onAssigned: () => this.#takeAnew(),
        onNewMember: () => this.#loseAll(),
        onLost: () => this.#mayAsk(),
        onBack: () => this.#changed.resolve(),
      },
    );
    politeness.guardBy(
      () => this.#mayAsk(),
      () => this.#membership.assignment?.isAlone !== true,
    );
  }

  /** Whether the systems of this domain are polled here. */
  holds(discoveryUrl: string): boolean {
    return this.#partitions > 0 && this.#held.has(partitionFor(discoveryUrl, this.#partitions));
  }

  /** @throws Error until it is known what is polled here */
  checkJoined(): void {
    if (this.#membership.isBesideGroup)
      throw new Error(
        'this worker waits: INGEST_SHARD is set, but a group of ingest workers polls these systems',
      );
    if (this.#membership.assignment !== null) return;
    throw new Error(
      this.#hasShard
        ? 'it is not known yet whether a group of ingest workers is polling'
        : 'not a member of the group of ingest workers yet',
    );
  }

  /** Shares until the signal aborts. @throws TopicTooSmall */
  async shareForever(partitions: number, listener: ShareListener, signal: AbortSignal): Promise<void> {
    const { politeness, topic, log } = this.#dependencies;
    this.#partitions = partitions;
    this.#listener = listener;
    await this.#untilDone(
      () =>
        politeness.open(topic, ({ settings }: RecordedSystem) =>
          partitionFor(settings.discovery_url, partitions),
        ),
      signal,
    );
    if (signal.aborted) return;
    const all = Array.from({ length: partitions }, (_, partition) => partition);
    const joining = this.#hasShard
      ? [this.#membership.giveWayForever(all, signal)]
      : [this.#membership.joinForever(signal), this.#watchLease(signal)];
    await Promise.all([this.#takeForever(signal), ...joining]);
    log.debug({ event: 'sharing_ended' });
  }

  /** Gives back all held partitions and leaves the group. No request may start after this. */
  async close(): Promise<void> {
    const held = [...this.#held];
    this.#held.clear();
    try {
      await this.#dependencies.politeness.release(held);
    } catch (error) {
      this.#dependencies.log.warn({ event: 'not_given_back', reason: (error as Error).message });
    } finally {
      await this.#membership.leave();
    }
  }

  /** Gives up what is held when the lease is over, also while nothing is due to be polled. */
  async #watchLease(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#mayAsk();
      await waitFor(this.#clock, this.#group.sessionMs / 4, signal).catch(() => {});
    }
  }

  /** False when the held partitions have been lost. */
  #mayAsk(): boolean {
    const { leaseEndMs, assignment } = this.#membership;
    if (this.#clock.nowMs() <= leaseEndMs) return true;
    const isKafkaAway = this.#dependencies.politeness.writtenAtMs <= leaseEndMs;
    if (assignment?.isAlone && isKafkaAway) return true;
    if (this.#held.size > 0) this.#loseAll();
    return false;
  }

  /** Writes nothing: the partitions may belong to another worker already. */
  #loseAll(): void {
    const held = [...this.#held];
    if (held.length === 0) return;
    this.#held.clear();
    this.#dependencies.log.warn({ event: 'share_lost', partitions: held.length });
    this.#tell();
    this.#dependencies.politeness.drop(held);
  }

  #takeAnew(): void {
    this.#takingOver.abort(new Error('the group has changed'));
    this.#takingOver = new AbortController();
    this.#changed.resolve();
  }

  async #takeForever(signal: AbortSignal): Promise<void> {
    const stop = (): void => {
      this.#takingOver.abort(signal.reason);
      this.#changed.resolve();
    };
    signal.addEventListener('abort', stop, { once: true });
    while (!signal.aborted) {
      await this.#changed.promise;
      this.#changed = Promise.withResolvers();
      try {
        await this.#takeOnce(this.#takingOver.signal);
      } catch (error) {
        if (this.#takingOver.signal.aborted || signal.aborted) continue;
        if (error instanceof TopicTooSmall) throw error;
        this.#dependencies.log.warn({ event: 'share_not_taken', reason: (error as Error).message });
        await waitFor(this.#clock, RETRY_MS, signal).catch(() => {});
        this.#changed.resolve();
      }
    }
  }

  /** Brings the held partitions in line with the assigned ones: gives back first, then takes over. */
  async #takeOnce(signal: AbortSignal): Promise<void> {
    const { politeness, recorder, log, kafka } = this.#dependencies;
    const { assignment } = this.#membership;
    if (assignment === null || signal.aborted) return;
    const lost = [...this.#held].filter((partition) => !assignment.partitions.includes(partition));
    if (lost.length > 0) {
      for (const partition of lost) this.#held.delete(partition);
      this.#tell();
      await recorder.settled();
      await politeness.release(lost);
    }
    const gained = assignment.partitions.filter((partition) => !this.#held.has(partition));
    if (gained.length > 0) {
      const { groupId, sessionMs } = this.#group;
      await politeness.takeOver(
        {
          partitions: gained,
          memberId: this.#hasShard ? null : assignment.memberId,
          members: async () => await membersOf(kafka, groupId),
          leaseMs: sessionMs,
          signal,
        },
        recorder,
      );
      await this.#listener.refresh(gained, signal);
      signal.throwIfAborted();
      if (!this.#mayAsk()) return;
      for (const partition of gained) this.#held.add(partition);
    }
    if (lost.length + gained.length > 0)
      log.info({ event: 'share', held: this.#held.size, gained: gained.length, given_back: lost.length });
    this.#tell();
  }

  #tell(): void {
    this.#dependencies.metrics.partitions_held.set(this.#held.size);
    this.#listener.onChange();
  }

  async #untilDone(work: () => Promise<void>, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        return await work();
      } catch (error) {
        if (error instanceof TopicTooSmall) throw error;
        this.#dependencies.log.warn({ event: 'share_not_taken', reason: (error as Error).message });
        await waitFor(this.#clock, RETRY_MS, signal).catch(() => {});
      }
    }
  }
}
