/** The database cannot be used as it is; the message says what to do. Trying again would not help. */
export class UnusableDatabase extends Error {
  override name = 'UnusableDatabase';
  /** As for wrong settings: no restart mends it. */
  readonly exitCode = 2;
}
