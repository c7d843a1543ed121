import { type Assignment, createMember, takePart } from '@velolog/stream/group/group-member';
import type { Consumer, Kafka } from '@velolog/stream/kafka/kafka-types';
import { SYSTEMS_TOPIC } from '@velolog/stream/systems-topic';
import { type Clock, waitFor } from '../../clock.ts';
import type { Log } from '../../log.ts';
import { watchGroup } from './watch-group.ts';

export type GroupSettings = { groupId: string; sessionMs: number };

export type MembershipDependencies = {
  kafka: Kafka;
  log: Log;
  clock: Clock;
  /** The partitions held now: the group's next assignment takes away as few as possible. */
  held: () => readonly number[];
};

export type MembershipListener = {
  /** There is another assignment. */
  onAssigned: () => void;
  /** We were out of the group for a while: others may have held our partitions. */
  onNewMember: () => void;
  /** The lease is over, or may be. */
  onLost: () => void;
  /** The group has answered again after the lease was over. */
  onBack: () => void;
};

const RETRY_MS = 1000;

/**
 * What the consumer group of ingest workers gives to this worker, and until when nobody else can be given it. A worker
 * with a shard is no member: it is given all partitions, but only while the group has no member.
 */
export class Membership {
  readonly #group: GroupSettings;
  readonly #dependencies: MembershipDependencies;
  readonly #listener: MembershipListener;
  /** We have a shard, and the group has members. */
  #isBesideGroup = false;
  #assignment: Assignment | null = null;
  #leaseEndMs = Number.NEGATIVE_INFINITY;
  #member: Consumer | null = null;

  constructor(group: GroupSettings, dependencies: MembershipDependencies, listener: MembershipListener) {
    this.#group = group;
    this.#dependencies = dependencies;
    this.#listener = listener;
  }

  /** Null until it is known what is polled here. */
  get assignment(): Assignment | null {
    return this.#assignment;
  }

  get isBesideGroup(): boolean {
    return this.#isBesideGroup;
  }

  /** Until then the group gives our partitions to nobody else. */
  get leaseEndMs(): number {
    return this.#leaseEndMs;
  }

  /** Stays a member of the group until the signal aborts. */
  async joinForever(signal: AbortSignal): Promise<void> {
    const { log, clock } = this.#dependencies;
    while (!signal.aborted) {
      const ended = Promise.withResolvers<void>();
      const member = this.#createMember();
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
      await waitFor(clock, RETRY_MS, signal).catch(() => {});
    }
  }

  /**
   * Takes all partitions while the group has no members. Checks twice per lease, which any worker that joins the group waits for. Before
   * the first answer nothing is polled: a group may be at work.
   */
  async giveWayForever(all: number[], signal: AbortSignal): Promise<void> {
    const { kafka, log, clock } = this.#dependencies;
    const { groupId, sessionMs } = this.#group;
    const onLook = (members: number, lookedAtMs: number): void => {
      if (members > 0) this.#giveWay(members);
      else this.#standIn(all, lookedAtMs);
    };
    await watchGroup({ kafka, groupId, everyMs: sessionMs / 2, clock, log, onLook, signal });
  }

  async leave(): Promise<void> {
    await this.#member?.disconnect();
  }

  #createMember(): Consumer {
    const { kafka, held, clock } = this.#dependencies;
    return createMember(kafka, {
      topic: SYSTEMS_TOPIC,
      ...this.#group,
      held,
      onAssigned: (assignment) => this.#onAssigned(assignment),
      onContact: () => this.#renew(),
      // Our consumer has left the group, or failed even to do that.
      onLost: () => {
        this.#leaseEndMs = Math.min(this.#leaseEndMs, clock.nowMs());
        this.#listener.onLost();
      },
    });
  }

  #onAssigned(assignment: Assignment): void {
    const before = this.#assignment;
    if (before !== null && before.memberId !== assignment.memberId) this.#listener.onNewMember();
    this.#renew();
    const { partitions, isAlone } = assignment;
    this.#dependencies.log.info({ event: 'share_assigned', partitions: partitions.length, alone: isAlone });
    this.#assign(assignment);
  }

  #giveWay(members: number): void {
    if (this.#isBesideGroup) return;
    this.#isBesideGroup = true;
    const hint =
      'INGEST_SHARD is for workers without a group: unset it here, or set it for all of them. Until then this worker polls nothing';
    this.#dependencies.log.error({ event: 'shard_beside_group', group: this.#group.groupId, members, hint });
    this.#assign({ partitions: [], memberId: '', isAlone: true });
  }

  /** The group had no members when it was checked. */
  #standIn(all: number[], lookedAtMs: number): void {
    this.#renew(lookedAtMs);
    if (this.#assignment !== null && !this.#isBesideGroup) return;
    this.#isBesideGroup = false;
    this.#assign({ partitions: all, memberId: '', isAlone: true });
  }

  #assign(assignment: Assignment): void {
    this.#assignment = assignment;
    this.#listener.onAssigned();
  }

  #renew(fromMs = this.#dependencies.clock.nowMs()): void {
    const wasOver = this.#dependencies.clock.nowMs() > this.#leaseEndMs;
    this.#leaseEndMs = fromMs + this.#group.sessionMs;
    if (wasOver) this.#listener.onBack();
  }
}
