import { encodeDeadLetter } from '@velolog/stream/dead-letter';
import type { KafkaMessage, Producer } from '@velolog/stream/kafka-types';
import type { Partition } from '../tables/kafka-position.ts';

/** A record that was not stored, and why: the reason a person reads, the result a metric counts. */
export type DeadLetter = {
  message: KafkaMessage;
  reason: string;
  result: 'undecodable' | 'unreadable' | 'stale' | 'refused_by_database';
};

export type SendDeadLetters = (from: Partition, letters: DeadLetter[]) => Promise<void>;

/**
 * Sends before the transaction that moves past the records, so that none is lost. A crash in between sends them
 * twice: (dltopic, dlpartition, dloffset) tells the copies apart.
 */
export function deadLetterSender(producer: Producer, topic: string): SendDeadLetters {
  return async (from, letters) => {
    if (letters.length === 0) return;
    await producer.send({
      topic,
      acks: -1,
      messages: letters.map(({ message, reason }) =>
        encodeDeadLetter(message, {
          reason,
          topic: from.topic,
          partition: from.partition,
          offset: message.offset,
        }),
      ),
    });
  };
}
