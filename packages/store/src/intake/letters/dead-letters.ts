import { setTimeout as wait } from 'node:timers/promises';
import type { UndecodableReason } from '@velolog/gbfs/codes';
import type { InvalidRecordCode } from '@velolog/stream/codes';
import { DEAD_LETTER_FORMS, encodeDeadLetter } from '@velolog/stream/dead-letter';
import { isRecordRefused, isTopicGone } from '@velolog/stream/kafka/kafka-error';
import type { KafkaMessage, Producer } from '@velolog/stream/kafka/kafka-types';
import { ZSTD } from '@velolog/stream/kafka/zstd';
import { backOff } from '@velolog/worker/back-off';
import { describeError } from '@velolog/worker/describe-error';
import type { Log } from '@velolog/worker/log';
import type { LostLetterCode, NotStoredCode } from '../../codes.ts';
import type { StoreMetrics } from '../../metrics.ts';
import type { Partition } from '../../tables/kafka-position.ts';

/** A record that was not stored, with the reason (for people) and the result (for a metric). */
export type DeadLetter = {
  message: KafkaMessage;
  reason: UndecodableReason | InvalidRecordCode | NotStoredCode;
  result: 'undecodable' | 'unreadable' | 'stale' | 'refused_by_database';
};

export type SendDeadLetters = (from: Partition, letters: DeadLetter[]) => Promise<void>;

export type DeadLetterOptions = {
  producer: Producer;
  topic: string;
  /** Creates the topic again if it is gone. */
  ensureTopic: () => Promise<void>;
  /** Whether no broker answers at all: then nothing can be read either, and letters wait. */
  isKafkaAway: () => boolean;
  metrics: Pick<StoreMetrics, 'batch_failures_total' | 'dead_letters_lost_total'>;
  log: Pick<Log, 'warn'>;
  signal: AbortSignal;
  /** How long sending a letter is tried while Kafka answers but does not accept it. */
  patienceMs?: number;
};

const PATIENCE_MS = 15_000;
const RETRY_MS = { first: 200, longest: 2_000 };
/** More than a batch holds, so that it includes a record that is stored again after a failure. */
const SENT_KEPT_PER_PARTITION = 2_000;

/**
 * Sends letters before the transaction that moves past their records, so that none is lost. A crash in between sends
 * them twice: (dltopic, dlpartition, dloffset) identifies the copies. A repeated attempt in this process does not send
 * twice.
 *
 * Rejecting is at least as robust as accepting. A letter that is too large for the topic is sent in a smaller form; a
 * topic that is gone is created again. If Kafka answers but accepts no letter (permissions, a partition without a
 * leader), the records behind it continue after `patienceMs`, and the letter is lost: it is counted, and the log names
 * its offset in the topic of polls, where the record remains for another week. States: taking -> refusing (after a
 * letter was lost: one try each) -> taking.
 */
export function deadLetterSender(options: DeadLetterOptions): SendDeadLetters {
  const box: Box = { ...options, isRefusing: false };
  const sentBefore = rememberSent();
  return async (from, letters) => {
    const sent = sentBefore(from);
    await deliver(
      box,
      from,
      letters.filter(({ message }) => !sent.has(nameOf(message))),
      sent,
    );
  };
}

type Box = DeadLetterOptions & { isRefusing: boolean };

/** Sends all letters at once; if the broker refuses them, sends halves of them, and a single one in smaller forms. */
async function deliver(
  box: Box,
  from: Partition,
  letters: DeadLetter[],
  sent: Set<string>,
  form = 0,
): Promise<void> {
  if (letters.length === 0) return;
  const outcome = await sendPatiently(box, from, letters, form);
  if (outcome === 'sent') {
    for (const { message } of letters) sent.add(nameOf(message));
  } else if (outcome === 'too_much' && letters.length > 1) {
    const half = letters.length >> 1;
    await deliver(box, from, letters.slice(0, half), sent, form);
    await deliver(box, from, letters.slice(half), sent, form);
  } else if (outcome === 'too_much' && form + 1 < DEAD_LETTER_FORMS.length) {
    await deliver(box, from, letters, sent, form + 1);
  } else {
    lose(box, from, letters, outcome === 'too_much' ? 'refused' : 'unavailable');
    for (const { message } of letters) sent.add(nameOf(message));
  }
}

type Outcome = 'sent' | 'too_much' | 'unavailable';

async function sendPatiently(
  box: Box,
  from: Partition,
  letters: DeadLetter[],
  form: number,
): Promise<Outcome> {
  let answeredSince = Date.now();
  for (let attempt = 1; ; attempt++) {
    try {
      await sendOnce(box, from, letters, form);
      box.isRefusing = false;
      return 'sent';
    } catch (error) {
      if (box.signal.aborted) throw error;
      if (isRecordRefused(error)) return 'too_much';
      box.metrics.batch_failures_total.inc({ cause: 'dead_letters' });
      box.log.warn(
        {
          event: 'dead_letters_not_sent',
          topic: box.topic,
          partition: from.partition,
          letters: letters.length,
          attempt,
          ...describeError(error),
        },
        'Cannot send dead letters, trying again',
      );
      if (box.isKafkaAway()) answeredSince = Date.now();
      else if (box.isRefusing || Date.now() - answeredSince > (box.patienceMs ?? PATIENCE_MS)) {
        box.isRefusing = true;
        return 'unavailable';
      }
      if (isTopicGone(error) && (await box.ensureTopic().then(isDone, isNotDone)) && attempt === 1) continue;
      await wait(backOff(attempt, RETRY_MS), undefined, { signal: box.signal });
    }
  }
}

const isDone = () => true;
const isNotDone = () => false;

async function sendOnce(box: Box, from: Partition, letters: DeadLetter[], form: number): Promise<void> {
  const messages = letters.map(({ message, reason }) =>
    encodeDeadLetter(
      message,
      { reason, topic: from.topic, partition: from.partition, offset: message.offset },
      DEAD_LETTER_FORMS[form],
    ),
  );
  await box.producer.send({ topic: box.topic, acks: -1, compression: ZSTD, messages });
}

function lose(box: Box, from: Partition, letters: DeadLetter[], cause: LostLetterCode): void {
  for (const { message, reason } of letters) {
    box.metrics.dead_letters_lost_total.inc({ cause });
    box.log.warn(
      {
        event: 'dead_letter_lost',
        topic: from.topic,
        partition: from.partition,
        offset: message.offset,
        dlreason: reason,
        cause,
      },
      `A dead letter is lost: ${box.topic} does not take it. The record lies at this offset until the retention of the topic`,
    );
  }
}

/** An offset alone does not identify a record: a recreated topic has the same offsets again. */
function nameOf({ offset, timestamp }: KafkaMessage): string {
  return `${offset}@${timestamp}`;
}

/** The letters of each partition that were sent last, oldest first. */
function rememberSent(): (from: Partition) => Set<string> {
  const partitions = new Map<string, Set<string>>();
  return ({ cluster_id, topic, partition }) => {
    const key = `${cluster_id}/${topic}/${partition}`;
    const sent = partitions.get(key) ?? new Set();
    partitions.set(key, sent);
    for (const oldest of sent) {
      if (sent.size <= SENT_KEPT_PER_PARTITION) break;
      sent.delete(oldest);
    }
    return sent;
  };
}
