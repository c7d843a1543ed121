import type { KafkaMessage } from '@velolog/stream/kafka/kafka-types';
import type { JournalEntry } from './position-journal.ts';
import { epochOf, type Gone, type RecordArchive } from './record-archive.ts';

/** What the store processed, in order: a record that it read, or a loss that it counted, of one partition of a topic or of all. */
export type Read = { message: KafkaMessage } | Loss;
export type Loss = { topic: string; lostOf: number | 'all' };

export type Reads = {
  reads: Read[];
  losses: Record<string, number>;
  /**
   * Records that Kafka lost before anybody read them. Those of a recreated topic are in kafka_loss; only ingest can know those that were
   * cut off.
   */
  lostUnread: Record<Gone['by'], number>;
  /** Errors: records that nobody ever wrote, and records that were neither read nor counted. */
  problems: string[];
};

/** Interprets the journal with the help of everything that Kafka ever held. */
export function readsOf(journal: JournalEntry[], archive: RecordArchive): Reads {
  const reads: Read[] = [];
  const problems: string[] = [];
  const losses: Record<string, number> = {};
  const noted = new Set<string>();
  for (const entry of journal) {
    if (entry.loss === null) {
      for (const message of recordsOf(entry, archive, problems)) reads.push({ message });
      continue;
    }
    losses[entry.loss] = (losses[entry.loss] ?? 0) + 1;
    if (entry.loss === 'cut_back') reads.push({ topic: entry.topic, lostOf: entry.partition });
    else if (entry.loss !== 'made_anew') problems.push(`A loss that did not happen: ${entry.loss}`);
    // One transaction gives up all partitions of a topic, and one run of observation of each feed ends. Its rows may be
    // mixed with those of another worker that gives up the other topic at the same moment.
    else if (!noted.has(entry.transaction)) reads.push({ topic: entry.topic, lostOf: 'all' });
    noted.add(entry.transaction);
  }
  return { reads, losses, lostUnread: accountFor(reads, journal, archive, problems), problems };
}

/** Each record was read once, or Kafka lost it and the loss was counted. */
function accountFor(
  reads: Read[],
  journal: JournalEntry[],
  archive: RecordArchive,
  problems: string[],
): Reads['lostUnread'] {
  const read = new Set<KafkaMessage>();
  for (const one of reads) {
    if (!('message' in one)) continue;
    if (read.has(one.message)) problems.push(`Read twice: ${nameOf(one.message)}`);
    read.add(one.message);
  }
  const lostUnread = { made_anew: 0, cut: 0 };
  for (const message of archive.all()) {
    if (read.has(message)) continue;
    const gone = archive.goneBy(message);
    if (gone === undefined || (gone.by === 'made_anew' && !isCounted(gone, message, journal)))
      problems.push(`Neither read nor counted: ${nameOf(message)}`);
    else lostUnread[gone.by] += 1;
  }
  return lostUnread;
}

/**
 * By the row of its partition; for a topic that came and went unseen, and for a partition that nobody had opened, by
 * the rows of the others. A row says from where on nobody read. Records that replaced a cut-off end, and were lost with
 * the topic before anybody saw the cut, are before that point: the row counts them too, because nobody can know any
 * more where the cut was.
 */
function isCounted(
  { topic, topic_id, partition }: Gone,
  message: KafkaMessage,
  journal: JournalEntry[],
): boolean {
  const rows = journal.filter((entry) => entry.loss === 'made_anew' && entry.topic === topic);
  const own = journal.filter((entry) => entry.topic_id === topic_id && entry.partition === partition);
  const lost = own.filter((entry) => entry.loss === 'made_anew');
  const readTo = Math.max(...own.flatMap((entry) => (entry.loss === null ? entry.leader_epoch : [])));
  return lost.length === 0
    ? rows.length > 0
    : epochOf(message) > readTo || lost.some(({ from_offset }) => from_offset <= BigInt(message.offset));
}

function nameOf({ headers, offset }: KafkaMessage): string {
  return `${headers?.ce_id} at offset ${offset}`;
}

/** A cut is recorded as a move back: its records were read before, and the new ones there come in later moves. */
function recordsOf(entry: JournalEntry, archive: RecordArchive, problems: string[]): KafkaMessage[] {
  const { topic_id, partition, from_offset, to_offset, leader_epoch } = entry;
  const records: KafkaMessage[] = [];
  for (let offset = from_offset; offset < (to_offset ?? from_offset); offset++) {
    const message = archive.at(topic_id, partition, offset, leader_epoch);
    if (message === undefined)
      problems.push(
        `Nobody wrote offset ${offset} of partition ${partition} in epoch ${leader_epoch} of ${topic_id}`,
      );
    else records.push(message);
  }
  return records;
}
