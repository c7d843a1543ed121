import type { UndecodableReason } from './codes.ts';
import type { Tally } from './tally.ts';

/** The result of decoding one body: its rows, what it says about itself, and a count of everything that was left out or repaired. */
export type Decoded<Row> = {
  rows: Row[];
  /** As declared. It never decides how a body is read: Oslo declared 2.2 and sent the 0 and 1 of 1.x until 2023-04. */
  version: string | null;
  /** Epoch seconds, no matter whether the body gave POSIX seconds, milliseconds or RFC 3339. */
  last_updated: number | null;
  /** Seconds. */
  ttl: number | null;
  /** Rows left out, by reason (snake_case, few distinct values). */
  skipped: Tally;
  /** Rows or values kept after a repair, or values set to null because they cannot be true, by reason. */
  coerced: Tally;
};

/** The whole body cannot be used. A dead letter carries the `reason`; the message quotes nothing from the body. */
export class UndecodableBody extends Error {
  readonly reason: UndecodableReason;

  constructor(reason: UndecodableReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UndecodableBody';
    this.reason = reason;
  }
}
