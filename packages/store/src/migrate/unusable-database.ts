/** The database cannot be used in its present state; the message says what to do. Retrying would not help. */
export class UnusableDatabase extends Error {
  override name = 'UnusableDatabase';
  /** As for wrong settings: no restart fixes it. */
  readonly exitCode = 2;
}

export function newerSchema(names: readonly string[]): UnusableDatabase {
  return new UnusableDatabase(
    `The database has the migration ${names.join(', ')}, which this Velolog does not know: it was made by a newer version. Run that version, or restore a backup from before it`,
  );
}
