import { createHash } from 'node:crypto';
import { readSqlFolder, type SqlFile } from './sql-files.ts';

export type Migration = SqlFile & {
  hash: string;
  /** Whether workers that do not know the migration must stop writing. */
  breaksOlderWorkers: boolean;
};

/**
 * Migrations before this one do not state it. A worker that knows only some of them is refused by name when it starts.
 */
const FIRST_THAT_SAYS = '0013';
const HEADER = /^-- Older workers: (go on|must end)\b/;

/** All migrations of this version, in the order in which they are applied. */
export function readMigrations(): Migration[] {
  return readSqlFolder('migrations').map(migrationOf);
}

/** @throws Error when the file does not state whether older workers may continue */
export function migrationOf({ name, text }: SqlFile): Migration {
  const says = HEADER.exec(text)?.[1];
  if (says === undefined && name >= FIRST_THAT_SAYS) {
    throw new Error(
      `${name} must begin with "-- Older workers: go on" or "-- Older workers: must end": see "Migrations" in CONTRIBUTING.md`,
    );
  }
  const hash = createHash('sha256').update(text).digest('hex');
  return { name, text, hash, breaksOlderWorkers: says !== 'go on' };
}

/**
 * The meaning that a worker with these migrations gives to the tables. Each session states it
 * (`velolog.writer_version`), and the triggers `refuse_older_worker` let only the newest version write. Each migration
 * that breaks older workers raises it by one; migration 0003 made it 2.
 */
export function writerVersionOf(migrations: Migration[]): number {
  return (
    2 +
    migrations.filter(({ name, breaksOlderWorkers }) => breaksOlderWorkers && name >= FIRST_THAT_SAYS).length
  );
}
