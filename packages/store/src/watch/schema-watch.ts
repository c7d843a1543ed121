import { forever } from '@velolog/worker/forever';
import type { Log } from '@velolog/worker/log';
import { type DatabasePool, sql } from 'slonik';
import { z } from 'zod';
import { newerSchema } from '../migrate/unusable-database.ts';

const LOOK_INTERVAL_SECONDS = 5;
const NameRow = z.object({ name: z.string() });

/**
 * Checks whether a newer version has applied a migration that this version cannot live with. From then on PostgreSQL
 * refuses this worker's writes, so nothing is at risk; but a worker that can only fail must say so and end.
 */
export function watchSchemaForever({
  pool,
  known,
  fail,
  ...loop
}: {
  pool: DatabasePool;
  /** The names of the migrations of this version. */
  known: string[];
  fail: (error: Error) => void;
  signal: AbortSignal;
  log: Pick<Log, 'warn'>;
}): Promise<void> {
  const lookOnce = async () => {
    const names = await pool.anyFirst(sql.type(NameRow)`
      select name from velolog.migration
      where breaks_older_workers and name <> all (${sql.array(known, 'text')}) order by name`);
    if (names.length > 0) fail(newerSchema(names));
  };
  // The loop that writes records reports when the database is away.
  return forever(LOOK_INTERVAL_SECONDS, () => lookOnce().catch(() => {}), {
    what: 'look at the schema',
    ...loop,
  });
}
