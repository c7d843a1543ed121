import type { Admin, Consumer } from '@velolog/stream/kafka/kafka-types';
import type { TopicLogs } from '@velolog/stream/topic-logs';
import type { Log } from '@velolog/worker/log';
import type { NotStoredCode } from '../codes.ts';
import type { Carries } from '../memory/system-state.ts';
import type { PartitionProgress } from '../watch/progress.ts';
import type { PartitionState, StoreContext } from './store-records.ts';

/** What bringing the records of one topic into the database needs, the same for all its partitions. */
export type ConsumeOptions = {
  context: StoreContext;
  consumer: Consumer;
  admin: Admin;
  logs: TopicLogs;
  cluster_id: string;
  topic: string;
  /** See PartitionState. */
  carries?: Carries;
  progress: PartitionProgress;
  signal: AbortSignal;
  log: Pick<Log, 'info' | 'warn'>;
  /** After how long a batch is finished aside, see aside.ts; 2 s unless given. */
  asideAfterMs?: number;
};

/** A partition of this worker: what it holds of it, and how it came to it. */
export type OwnPartition = PartitionState & {
  /** The offset that was asked of Kafka: a batch that starts later starts after a hole in the offsets. */
  sought: bigint | null;
  /** The topic id that was asked for before the batch at hand was fetched; undefined before the first. */
  checked?: string | null;
  /** Counts how often the group has changed: of another generation, the partition may have been another worker's in between. */
  generation: number;
  care: Care;
};

/** What is known of records that could not be stored. It outlives the batch: the next one begins with the same records. */
export type Care = {
  /** So many of the next records are stored one at a time, to find the one that cannot be. */
  alone: number;
  /** How often the next record has failed alone for what may lie in it. */
  strikes: number;
  /** The database stored something when it was last asked to, so a record that fails next may be the cause itself. */
  wasWell: boolean;
  /** The next record is to be refused, for this reason. */
  refusal: NotStoredCode | null;
  /** Systems whose last record took the database too long. */
  slow: Set<string>;
};

export function noCare(): Care {
  return { alone: 0, strikes: 0, wasWell: false, refusal: null, slow: new Set() };
}
