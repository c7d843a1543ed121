import { membersOf } from '@velolog/stream/group/group-member';
import type { Kafka } from '@velolog/stream/kafka/kafka-types';
import { type Clock, waitFor } from '../../clock.ts';
import type { Log } from '../../log.ts';

export type GroupWatch = {
  kafka: Kafka;
  groupId: string;
  /** Between two checks. */
  everyMs: number;
  clock: Clock;
  log: Log;
  /** How many members the group had at that time. */
  onLook: (members: number, lookedAtMs: number) => void;
  signal: AbortSignal;
};

const RETRY_MS = 1000;

/** Checks again and again whether a group has members. Logs once why it cannot be known. */
export async function watchGroup(watch: GroupWatch): Promise<void> {
  const { kafka, groupId, everyMs, clock, log, onLook, signal } = watch;
  let unknown: string | null = null;
  while (!signal.aborted) {
    const lookedAtMs = clock.nowMs();
    try {
      const { size } = await membersOf(kafka, groupId);
      unknown = null;
      onLook(size, lookedAtMs);
    } catch (error) {
      const reason = (error as Error).message;
      const hint = `a worker with INGEST_SHARD starts only once it knows that the group "${groupId}" has no members: it needs Kafka, and permission to describe that group`;
      if (unknown !== reason) log.warn({ event: 'group_unknown', reason, hint });
      unknown = reason;
    }
    await waitFor(clock, unknown === null ? everyMs : RETRY_MS, signal).catch(() => {});
  }
}
