import { randomBytes } from 'node:crypto';
import type { Admin, Kafka } from '@velolog/stream/kafka/kafka-types';

/** The end offset of the dead letters' topic, by partition. */
export type LettersMark = Map<number, bigint>;

/** The offsets of an import's records in one partition; `to` is not included. */
export type RecordRange = { topic: string; partition: number; from: bigint; to: bigint };

const WAIT_MS = 15_000;

export async function markLetters(admin: Admin, lettersTopic: string): Promise<LettersMark> {
  const offsets = await admin.fetchTopicOffsets(lettersTopic);
  return new Map(offsets.map(({ partition, high }) => [partition, BigInt(high)]));
}

/**
 * Counts by reason why the store rejected imported records of the system in a range. The reason is a header of each dead letter. Records of
 * other systems, and live records of this one, may lie between them. Reads nothing before `since`, and leaves out letters that have not
 * arrived within 15 s; they stay in their topic.
 */
export async function readRejections(
  kafka: Kafka,
  admin: Admin,
  lettersTopic: string,
  { since, system, range }: { since: LettersMark; system: string; range: RecordRange },
): Promise<Record<string, number>> {
  const missing = new Map(
    Array.from(await markLetters(admin, lettersTopic)).filter(
      ([partition, end]) => end > (since.get(partition) ?? 0n),
    ),
  );
  if (missing.size === 0) return {};
  const groupId = `velolog-import-${randomBytes(6).toString('hex')}`;
  const partitions = Array.from(missing.keys(), (partition) => ({
    partition,
    offset: `${since.get(partition) ?? 0n}`,
  }));
  await admin.setOffsets({ groupId, topic: lettersTopic, partitions });
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100 });
  const reasons = new Map<string, string>();
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, WAIT_MS);
  try {
    await consumer.connect();
    await consumer.subscribe({ topic: lettersTopic });
    await consumer.run({
      eachMessage: async ({ partition, message: { key, offset, headers } }) => {
        const text = (name: string) => headers?.[name]?.toString() ?? '';
        const at = text('dloffset');
        const ours =
          text('dltopic') === range.topic &&
          Number(text('dlpartition')) === range.partition &&
          key?.toString() === system &&
          (text('ce_imported') === 'true' || text('dlheaders') === 'omitted');
        // A letter that was sent twice counts once.
        if (ours && /^\d+$/.test(at) && BigInt(at) >= range.from && BigInt(at) < range.to)
          reasons.set(at, text('dlreason'));
        if (BigInt(offset) + 1n >= (missing.get(partition) ?? 0n)) missing.delete(partition);
        if (missing.size === 0) resolve();
      },
    });
    await promise;
  } finally {
    clearTimeout(timer);
    await consumer.disconnect();
    await admin.deleteGroups([groupId]).catch(() => {});
  }
  const counts: Record<string, number> = {};
  for (const reason of reasons.values()) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}
