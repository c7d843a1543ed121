/**
 * What the broker answered, as Kafka names it (`MESSAGE_TOO_LARGE`), looked for in the error and its causes;
 * null when the broker did not answer, or it is not an error of Kafka.
 */
export function kafkaErrorType(error: unknown): string | null {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { type } = at as { type?: unknown };
    if (typeof type === 'string') return type;
  }
  return null;
}

/** Whether it comes from talking to Kafka, and not from our own code or another server. */
export function isKafkaError(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if (at.name.startsWith('KafkaJS')) return true;
  return false;
}

/** The broker will not take these very records, however often they are sent; another, or a smaller one, it may. */
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

/** The topic is not there: deleted, or never made. */
export function isTopicGone(error: unknown): boolean {
  const type = kafkaErrorType(error);
  if (type !== null) return type === 'UNKNOWN_TOPIC_OR_PARTITION';
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at.name === 'KafkaJSMetadataNotLoaded' || at.name === 'KafkaJSTopicMetadataNotLoaded') return true;
  }
  return false;
}
