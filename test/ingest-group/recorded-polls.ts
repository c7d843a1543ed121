import { createKafka, kafkaSettings } from '@velolog/stream/kafka/client';
import { type PollRecord, pollId } from '@velolog/stream/poll-record';
import { decodePoll } from '@velolog/stream/read-poll-record';
import { POLLS_TOPIC } from '@velolog/stream/topics';
import { readSettings } from '@velolog/worker/settings';

/** All polls in Kafka, in order for each system. */
export async function readPolls(brokers: string): Promise<PollRecord[]> {
  const kafka = createKafka(readSettings(kafkaSettings, { KAFKA_BROKERS: brokers }), { clientId: 'reader' });
  const admin = kafka.admin();
  await admin.connect();
  const offsets = await admin.fetchTopicOffsets(POLLS_TOPIC);
  await admin.disconnect();
  const left = new Map(
    offsets.flatMap(({ partition, high }) => (Number(high) > 0 ? [[partition, Number(high)]] : [])),
  );
  const consumer = kafka.consumer({ groupId: `reader-${process.hrtime.bigint()}` });
  const polls: PollRecord[] = [];
  const done = Promise.withResolvers<void>();
  if (left.size === 0) done.resolve();
  await consumer.connect();
  await consumer.subscribe({ topic: POLLS_TOPIC, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ partition, message }) => {
      polls.push(decodePoll(message));
      if (Number(message.offset) + 1 >= (left.get(partition) ?? Number.POSITIVE_INFINITY))
        left.delete(partition);
      if (left.size === 0) done.resolve();
    },
  });
  await done.promise;
  await consumer.disconnect();
  return polls;
}

/**
 * Differences from how one worker records: polls of a feed out of order, a body twice, or a 304 that refers to another
 * body than the last. The store would refuse some of such records.
 */
export function findDisorder(polls: PollRecord[]): string[] {
  return [...Map.groupBy(polls, ({ system_id, feed }) => `${system_id}/${feed}`).values()].flatMap(
    (ofFeed) => {
      let last: PollRecord | null = null;
      let body: PollRecord | null = null;
      return ofFeed.flatMap((poll) => {
        const problems: string[] = [];
        if (last !== null && poll.fetched_at <= last.fetched_at)
          problems.push(`${pollId(poll)} after ${pollId(last)}`);
        if (poll.outcome === 'unchanged' && (body === null || poll.body_id !== pollId(body)))
          problems.push(`${pollId(poll)} means ${poll.body_id}, the last body is ${body && pollId(body)}`);
        if (poll.outcome === 'fetched') {
          if (body !== null && bikesOf(poll) <= bikesOf(body))
            problems.push(`${pollId(poll)} brings an older body`);
          body = poll;
        }
        last = poll;
        return problems;
      });
    },
  );
}

function bikesOf({ body }: PollRecord): number {
  return JSON.parse(body.toString()).data.stations?.[0]?.num_bikes_available ?? Number.NaN;
}
