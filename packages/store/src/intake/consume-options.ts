import type { Admin, Consumer } from '@velolog/stream/kafka/kafka-types';
import type { TopicLogs } from '@velolog/stream/topic-logs';
import type { Log } from '@velolog/worker/log';
import type { NotStoredCode } from '../codes.ts';
import type { Carries } from '../memory/system-state.ts';
import type { PartitionProgress } from '../watch/progress.ts';
import type { PartitionState, StoreContext } from './store-records.ts';

/** What is needed to bring the records of one topic into the database; the same for all its partitions. */
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
  /** After this time a batch is finished aside, see aside.ts; 2 s by default. */
  asideAfterMs?: number;
};

/** A partition of this worker: what it keeps of it, and how it came to it. */
export type OwnPartition = PartitionState & {
  /** The offset that was requested from Kafka: a batch that starts later starts after a hole in the offsets. */
  sought: bigint | null;
  /** The topic id that was read before the current batch was fetched; undefined before the first. */
  checked?: string | null;
  /** Counts the changes of the group: if it differs, another worker may have had the partition in between. */
  generation: number;
  care: Care;
};

/**
 * What is known about records that could not be stored. It outlives the batch, because the next one begins with the same
 * records.
 */
export type Care = {
  /** This many of the next records are stored one at a time, to find the one that fails. */
  alone: number;
  /** How often the next record has failed alone, for a reason that may lie in the record. */
  strikes: number;
  /** The last attempt to store something succeeded, so a record that fails next may itself be the cause. */
  wasWell: boolean;
  /** The reason for which the next record is to be refused. */
  refusal: NotStoredCode | null;
  /** Systems whose last record took too long in the database. */
  slow: Set<string>;
};

export function noCare(): Care {
  return { alone: 0, strikes: 0, wasWell: false, refusal: null, slow: new Set() };
}
