import { randomBytes } from 'node:crypto';
import type { PolitenessRecord } from '@velolog/stream/politeness-topic';
import { type Clock, waitFor } from '../clock.ts';
import type { Notebook } from './notebook.ts';
import type { PartitionNotes } from './partition-notes.ts';

export type TakeOver = {
  /** Partitions of velolog.systems. */
  partitions: number[];
  /**
   * This worker's id in the group; null when it has a shard instead. Other shards then have the same partitions for other
   * systems.
   */
  memberId: string | null;
  /** The ids of all current members of the group: a partition held by anybody else is free. */
  members: () => Promise<ReadonlySet<string>>;
  /** A worker that the group has lost sends no more requests after this time. */
  leaseMs: number;
  signal: AbortSignal;
};

const SHARD = 'shard:';

/**
 * Records which worker polls the publishers of which partition of velolog.systems. Each holder has a record in
 * velolog.politeness. A worker that takes a partition over waits until no other worker holds it. A worker with a shard
 * gives way to a group within its lease.
 */
export class PartitionHolds {
  /** Identifies this worker among all that ever ran; with a shard, the shard identifies it. */
  readonly #instance: string;
  readonly #notebook: Notebook;
  readonly #clock: Clock;
  /** Encoded, because spaces separate the words of a key. */
  readonly #group: string;

  constructor(notebook: Notebook, clock: Clock, { group, shard }: { group: string; shard: string | null }) {
    this.#instance = shard === null ? randomBytes(6).toString('hex') : `${SHARD}${shard}`;
    this.#notebook = notebook;
    this.#clock = clock;
    this.#group = encodeURIComponent(group);
  }

  /** Writes that this worker takes the partitions. Returns what it wrote: no two calls write the same. */
  async mark({ partitions, memberId }: TakeOver): Promise<PolitenessRecord[]> {
    const nonce = randomBytes(6).toString('hex');
    const marks = partitions.map((partition) => ({
      key: this.#keyOf(partition),
      partition: this.#notebook.partitionFor(partition),
      value: JSON.stringify({ held: true, member_id: memberId, nonce }),
    }));
    await this.#notebook.write(marks);
    return marks;
  }

  /** Waits until every other holder has given its partition back, has left the group, or has lost it because its heartbeat stopped. */
  async waitForOthers(notes: PartitionNotes[], taken: TakeOver, leaseEndsAtMs: number): Promise<void> {
    const wanted = new Set(taken.partitions);
    const known = await taken.members();
    for (const one of notes) {
      for (;;) {
        const others = this.#othersIn(one, wanted);
        const leftMs = leaseEndsAtMs - this.#clock.nowMs();
        const mayAsk = others.some(({ memberId, isShard }) => isShard || known.has(memberId));
        if (leftMs <= 0 || !mayAsk) {
          await this.#notebook.write(
            others.map(({ key }) => ({ key, partition: one.partition, value: null })),
          );
          break;
        }
        taken.signal.throwIfAborted();
        await one.readOn(Math.max(1, Math.floor(leftMs)));
      }
    }
    await waitFor(this.#clock, 0, taken.signal);
  }

  /** Writes that this worker no longer polls any of their publishers. */
  async release(partitions: number[]): Promise<void> {
    await this.#notebook.write(
      partitions.map((partition) => ({
        key: this.#keyOf(partition),
        partition: this.#notebook.partitionFor(partition),
        value: null,
      })),
    );
  }

  #keyOf(partition: number): string {
    return `held ${partition} ${this.#group} ${this.#instance}`;
  }

  #othersIn(
    notes: PartitionNotes,
    wanted: ReadonlySet<number>,
  ): { key: string; memberId: string; isShard: boolean }[] {
    return notes.records.flatMap(({ key, value }) => {
      const [kind, partition, group, instance = ''] = key.split(' ');
      if (kind !== 'held' || group !== this.#group || instance === this.#instance) return [];
      if (value === null || !wanted.has(Number(partition))) return [];
      return [{ key, memberId: String(JSON.parse(value).member_id), isShard: instance.startsWith(SHARD) }];
    });
  }
}
