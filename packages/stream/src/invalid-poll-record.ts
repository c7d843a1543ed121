import type { InvalidRecordCode } from './codes.ts';

/**
 * A record that is not a poll. It goes to the dead letters and never blocks the other records.
 * `reason` has few distinct values, made from the name of the header and the problem: `missing_ce_subject`, `invalid_ce_time`,
 * `invalid_ce_outcome`, `missing_key`, …; the message quotes the value.
 */
export class InvalidPollRecord extends Error {
  override readonly name = 'InvalidPollRecord';
  readonly reason: InvalidRecordCode;

  constructor(reason: InvalidRecordCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
