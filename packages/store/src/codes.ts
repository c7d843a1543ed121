/** Why a poll does not count as an observation. */
export const NO_OBSERVATION = {
  unchanged_without_body:
    'The server says "not modified", but not about the last body that the store accepted: the store refused that body, Kafka lost it, it lists vehicles whose ids were forgotten after a day without an observation, or an older ingest does not say which one it means (`ce_bodyid`). It ends with the next complete body, within an hour.',
  last_updated_backwards:
    'By its own `last_updated` the body is older than the one before: several servers answer, and one of them lags. When the publisher has corrected its clock, its bodies count again after 10 minutes.',
  failed: 'The poll failed, and ingest did not say why.',
  undecodable: 'The body cannot be read, and no reason is known.',
} as const;

/** Why a record that can be read was not stored. */
export const NOT_STORED = {
  stale:
    'The poll is not newer than the newest one of its feed, or its time is already covered: the same history was imported twice, two ingests poll one system, or the clock of ingest was set back. In the last case `last_error` of `api.feed_health` says so too, and it ends when the clock has reached the newest poll again.',
  fetched_in_future:
    'The time of the poll is more than 5 minutes later than the clock of the Kafka broker: set the clocks of both machines. Polls count again once they agree.',
  fetched_before_gbfs: 'The time of the poll is before GBFS existed.',
  wrong_topic: 'A feed with vehicle ids arrived in the topic for feeds without them, or the reverse.',
  refused_by_database:
    'PostgreSQL refused a value of the record. This is a mistake in Velolog; please report it.',
  too_slow_for_database:
    'This record alone took longer than a transaction may take, while the database was fast for others.',
  unexpected_error:
    'This record alone failed twice for an unknown reason. This is a mistake in Velolog; please report it.',
} as const;
export type NotStoredCode = keyof typeof NOT_STORED;

/** Why records of Kafka were never read: `velolog.kafka_loss`. */
export const LOST = {
  retention: 'Kafka removed the records before the store had read them.',
  cut_back: 'A partition lost the end of its log, as after a power cut.',
  made_anew: 'The topic was deleted and created again.',
} as const;

/** Why a batch failed and was tried again: `velolog_batch_failures_total{cause}`. */
export const BATCH_FAILURES = {
  position_moved: 'Another worker has taken over the partition.',
  refused: 'PostgreSQL refused a value.',
  statement_timeout: 'A statement took too long.',
  lock_timeout: 'Another session held a lock for too long.',
  unexpected: 'A mistake in Velolog.',
  kafka: 'Kafka is away, or refused a request.',
  database: 'PostgreSQL is away, or failed in another way.',
  dead_letters: 'Kafka did not accept the dead letters.',
} as const;
export type BatchFailureCode = keyof typeof BATCH_FAILURES;

/** Why a dead letter could not be kept: `velolog_dead_letters_lost_total{cause}`. */
export const LOST_LETTERS = {
  refused: 'The topic for dead letters does not accept the record in any form, not even without its value.',
  unavailable:
    'Kafka answers, but did not accept the dead letter for 15 s: write permission is missing, or the partition has no leader.',
} as const;
export type LostLetterCode = keyof typeof LOST_LETTERS;
