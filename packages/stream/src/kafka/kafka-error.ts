/**
 * The name of the broker's error (`MESSAGE_TOO_LARGE`), taken from the error or its causes.
 * Null when the broker did not answer or the error is not from Kafka.
 */
export function kafkaErrorType(error: unknown): string | null {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { type } = at as { type?: unknown };
    if (typeof type === 'string') return type;
  }
  return null;
}

/** Whether the error comes from communication with Kafka, not from our own code or another server. */
export function isKafkaError(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if (at.name.startsWith('KafkaJS')) return true;
  return false;
}

/** Whether the broker will never accept these records, however often they are sent. It may accept others, or smaller ones. */
export function isRecordRefused(error: unknown): boolean {
  return REFUSALS.has(kafkaErrorType(error) ?? '');
}

const REFUSALS = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'CORRUPT_MESSAGE',
  'INVALID_TIMESTAMP',
]);

/** Whether the topic does not exist: it was deleted or never created. */
export function isTopicGone(error: unknown): boolean {
  const type = kafkaErrorType(error);
  if (type !== null) return type === 'UNKNOWN_TOPIC_OR_PARTITION';
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at.name === 'KafkaJSMetadataNotLoaded' || at.name === 'KafkaJSTopicMetadataNotLoaded') return true;
  }
  return false;
}
