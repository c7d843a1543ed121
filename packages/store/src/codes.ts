/** Why the store does not take a poll for an observation. */
export const NO_OBSERVATION = {
  unchanged_without_body:
    '"Not modified", but not of the last body that the store accepted: that was refused, Kafka lost it, or the producer is older and names none (`ce_bodyid`). It ends with the next whole body, within an hour.',
  last_updated_backwards:
    'The body is older than the one before by its own `last_updated`: several servers answer, and one lags. A publisher that corrected its clock is believed after 10 minutes.',
  failed: 'The poll failed, and its producer did not say why.',
  undecodable: 'The body cannot be read, and nobody said why.',
} as const;

/** Why a record that can be read was not stored. */
export const NOT_STORED = {
  stale:
    'The poll is not newer than the newest of its feed, or lies where history is known: history imported twice, or two ingests on one system.',
  fetched_in_future: "The poll's time is later than the broker's by more than a clock's error.",
  fetched_before_gbfs: 'The poll is older than GBFS.',
  wrong_topic: 'The feed has vehicle ids and came in the topic for those without, or the other way round.',
  refused_by_database: 'PostgreSQL refused what the record says: our mistake.',
  too_slow_for_database:
    'The record alone took longer than a transaction may, while the database was fast for another.',
  unexpected_error: 'The record alone failed twice for a reason that is not known: our mistake.',
} as const;
export type NotStoredCode = keyof typeof NOT_STORED;

/** Why records of Kafka were never read: `velolog.kafka_loss`. */
export const LOST = {
  retention: 'Kafka had removed the records before they were read.',
  cut_back: 'The log of the partition lost its end.',
  made_anew: 'The topic was deleted and made anew.',
} as const;

/** Why a batch failed and was tried again: `velolog_batch_failures_total{cause}`. */
export const BATCH_FAILURES = {
  position_moved: 'Another worker has taken the partition over.',
  refused: 'PostgreSQL refused a value.',
  statement_timeout: 'A statement took too long.',
  lock_timeout: 'A lock was not to be had in time.',
  unexpected: 'A mistake of ours.',
  kafka: 'Kafka is away, or refused.',
  database: 'PostgreSQL is away, or failed otherwise.',
  dead_letters: 'Kafka did not take the dead letters.',
} as const;
export type BatchFailureCode = keyof typeof BATCH_FAILURES;
