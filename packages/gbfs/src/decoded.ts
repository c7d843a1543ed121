import type { UndecodableReason } from './codes.ts';
import type { Tally } from './tally.ts';

/** What came out of one body: the rows, what the body says about itself, and an account of everything that was left out or repaired. */
export type Decoded<Row> = {
  rows: Row[];
  /** As declared. Never decides how a body is read: Oslo declared 2.2 and sent the 0 and 1 of 1.x until 2023-04. */
  version: string | null;
  /** Epoch seconds, whether the body gave POSIX seconds, milliseconds or RFC 3339. */
  last_updated: number | null;
  /** Seconds. */
  ttl: number | null;
  /** Rows left out, by reason (snake_case, few distinct values). */
  skipped: Tally;
  /** Rows or values kept after a repair, or values set to null because they cannot be true, by reason. */
  coerced: Tally;
};

/** The whole body cannot be used. `reason` is what a dead letter carries; the message names no part of the body. */
export class UndecodableBody extends Error {
  readonly reason: UndecodableReason;

  constructor(reason: UndecodableReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UndecodableBody';
    this.reason = reason;
  }
}
