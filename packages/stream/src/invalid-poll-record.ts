import type { InvalidRecordCode } from './codes.ts';

/**
 * A record that is not a poll. It goes to the dead letters; it never stops the rest.
 * `reason` has few distinct values, made from the place and what is wrong with it: `missing_ce_subject`, `invalid_ce_time`,
 * `invalid_ce_outcome`, `missing_key`, …; the message says what was found there.
 */
export class InvalidPollRecord extends Error {
  override readonly name = 'InvalidPollRecord';
  readonly reason: InvalidRecordCode;

  constructor(reason: InvalidRecordCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
