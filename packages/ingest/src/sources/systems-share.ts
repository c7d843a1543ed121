import { type Assignment, createMember, membersOf, takePart } from '@velolog/stream/group/group-member';
import type { Consumer, Kafka } from '@velolog/stream/kafka/kafka-types';
import { SYSTEMS_TOPIC } from '@velolog/stream/systems-topic';
import { type TopicSettings, TopicTooSmall } from '@velolog/stream/topics';
import { type Clock, systemClock, waitFor } from '../clock.ts';
import type { RecordedSystem } from '../fetch/feed.ts';
import type { Log } from '../log.ts';
import type { IngestMetrics } from '../metrics.ts';
import type { KeptPoliteness } from '../politeness/kept-politeness.ts';
import type { Recorder } from '../schedule/recorder.ts';
import { partitionFor } from './topic.ts';
import { watchGroup } from './watch-group.ts';

export type GroupSettings = { groupId: string; sessionMs: number };

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
  readonly #held = new Set<number>();
  #partitions = 0;
  /** We have a shard, and the group has members. */
  #isBesideGroup = false;
  #wanted: Assignment | null = null;
  /** Until then the group gives our partitions to nobody else. */
  #leaseEndMs = Number.NEGATIVE_INFINITY;
  #listener: ShareListener = { onChange: () => {}, refresh: async () => {} };
  #changed = Promise.withResolvers<void>();
  #takingOver = new AbortController();
  #member: Consumer | null = null;

  constructor(group: GroupSettings, hasShard: boolean, dependencies: ShareDependencies) {
    this.#group = group;
    this.#hasShard = hasShard;
    this.#dependencies = dependencies;
    this.#clock = dependencies.clock ?? systemClock;
    dependencies.politeness.guardBy(
      () => this.#mayAsk(),
      () => this.#wanted?.isAlone !== true,
    );
  }

  /** Whether the systems of this domain are polled here. */
  holds(discoveryUrl: string): boolean {
    return this.#partitions > 0 && this.#held.has(partitionFor(discoveryUrl, this.#partitions));
  }

  /** @throws Error until it is known what is polled here */
  checkJoined(): void {
    if (this.#isBesideGroup)
      throw new Error(
        'this worker waits: INGEST_SHARD is set, but a group of ingest workers polls these systems',
      );
    if (this.#wanted !== null) return;
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
    const taking = this.#takeForever(signal);
    const joining = this.#hasShard
      ? this.#giveWayForever(all, signal)
      : this.#joinForever(this.#group, signal);
    await Promise.all([taking, joining]);
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
      await this.#member?.disconnect();
    }
  }

  async #joinForever({ groupId, sessionMs }: GroupSettings, signal: AbortSignal): Promise<void> {
    const { kafka, log } = this.#dependencies;
    const watch = async (): Promise<void> => {
      while (!signal.aborted) {
        this.#mayAsk();
        await waitFor(this.#clock, sessionMs / 4, signal).catch(() => {});
      }
    };
    const watching = watch();
    while (!signal.aborted) {
      const ended = Promise.withResolvers<void>();
      const member = createMember(kafka, {
        topic: SYSTEMS_TOPIC,
        groupId,
        sessionMs,
        held: () => [...this.#held],
        onAssigned: (assignment) => this.#onAssigned(assignment),
        onContact: () => this.#renew(),
        onLost: () => this.#onLost(),
      });
      this.#member = member;
      member.on('consumer.crash', ({ payload }) => {
        if (!payload.restart) ended.resolve();
      });
      signal.addEventListener('abort', () => ended.resolve(), { once: true });
      try {
        await takePart(member, SYSTEMS_TOPIC);
        await ended.promise;
      } catch (error) {
        log.warn({ event: 'group_unreachable', reason: (error as Error).message });
      }
      if (signal.aborted) break;
      await member.disconnect().catch(() => {});
      await waitFor(this.#clock, RETRY_MS, signal).catch(() => {});
    }
    await watching;
  }

  /**
   * Checks twice per lease, which any worker that joins the group waits for. Before the first answer nothing is polled: a group may be at
   * work.
   */
  async #giveWayForever(all: number[], signal: AbortSignal): Promise<void> {
    const { kafka, log } = this.#dependencies;
    const { groupId, sessionMs } = this.#group;
    const onLook = (members: number, lookedAtMs: number): void => {
      if (members > 0) this.#giveWay(members);
      else this.#standIn(all, lookedAtMs);
    };
    await watchGroup({ kafka, groupId, everyMs: sessionMs / 2, clock: this.#clock, log, onLook, signal });
  }

  #giveWay(members: number): void {
    if (this.#isBesideGroup) return;
    this.#isBesideGroup = true;
    const hint =
      'INGEST_SHARD is for workers without a group: unset it here, or set it for all of them. Until then this worker polls nothing';
    this.#dependencies.log.error({ event: 'shard_beside_group', group: this.#group.groupId, members, hint });
    this.#want({ partitions: [], memberId: '', isAlone: true });
  }

  /** The group had no members when it was checked. */
  #standIn(all: number[], lookedAtMs: number): void {
    this.#renew(lookedAtMs);
    if (this.#wanted !== null && !this.#isBesideGroup) return;
    this.#isBesideGroup = false;
    this.#want({ partitions: all, memberId: '', isAlone: true });
  }

  #onAssigned(assignment: Assignment): void {
    // A new id means that we were out of the group: others may have held our partitions.
    if (this.#wanted !== null && this.#wanted.memberId !== assignment.memberId) this.#loseAll();
    this.#renew();
    const { partitions, isAlone } = assignment;
    this.#dependencies.log.info({ event: 'share_assigned', partitions: partitions.length, alone: isAlone });
    this.#want(assignment);
  }

  #want(assignment: Assignment): void {
    this.#wanted = assignment;
    this.#takingOver.abort(new Error('the group has changed'));
    this.#takingOver = new AbortController();
    this.#changed.resolve();
  }

  #renew(fromMs = this.#clock.nowMs()): void {
    const wasOver = this.#clock.nowMs() > this.#leaseEndMs;
    this.#leaseEndMs = fromMs + this.#group.sessionMs;
    if (wasOver) this.#changed.resolve();
  }

  /** Our consumer has left the group, or failed even to do that. */
  #onLost(): void {
    this.#leaseEndMs = Math.min(this.#leaseEndMs, this.#clock.nowMs());
    this.#mayAsk();
  }

  /** False when the held partitions have been lost. */
  #mayAsk(): boolean {
    if (this.#clock.nowMs() <= this.#leaseEndMs) return true;
    const { politeness } = this.#dependencies;
    const isKafkaAway = politeness.writtenAtMs <= this.#leaseEndMs;
    if (this.#wanted?.isAlone && isKafkaAway) return true;
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

  /** Brings the held partitions in line with the wanted ones: gives back first, then takes over. */
  async #takeOnce(signal: AbortSignal): Promise<void> {
    const { politeness, recorder, log, kafka } = this.#dependencies;
    const wanted = this.#wanted;
    if (wanted === null || signal.aborted) return;
    const lost = [...this.#held].filter((partition) => !wanted.partitions.includes(partition));
    if (lost.length > 0) {
      for (const partition of lost) this.#held.delete(partition);
      this.#tell();
      await recorder.settled();
      await politeness.release(lost);
    }
    const gained = wanted.partitions.filter((partition) => !this.#held.has(partition));
    if (gained.length > 0) {
      const { groupId, sessionMs } = this.#group;
      await politeness.takeOver(
        {
          partitions: gained,
          memberId: this.#hasShard ? null : wanted.memberId,
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
