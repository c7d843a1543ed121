import { setTimeout as wait } from 'node:timers/promises';
import { OWNER_PATH, sessionUrl } from '@velolog/worker/session-url';
import pg from 'pg';
import { applyViews } from './apply-views.ts';
import { type Migration, readMigrations, writerVersionOf } from './migrations.ts';
import { applyRoles } from './roles.ts';
import { readSqlFolder } from './sql-files.ts';
import { newerSchema, UnusableDatabase } from './unusable-database.ts';
import { readViewFiles } from './view-file.ts';

/**
 * Brings a database to the schema this program was written for: migrations (numbered, append-only, checked by their
 * hash), then the changes of the schema `api`, then the roles that read it. Any number of workers may call it at once:
 * one advisory lock puts them in a queue. It uses plain `pg`, because slonik sends a text of many statements and then
 * refuses it. Returns what somebody should know: what an administrator must do because the user of the URL may not, or
 * that a newer version was here before.
 */
export async function migrate(databaseUrl: string, options: MigrateOptions = {}): Promise<Remark[]> {
  const client = new pg.Client({
    connectionString: sessionUrl(databaseUrl, OWNER_PATH),
    application_name: 'velolog migrate',
  });
  // A server that goes away rejects the running query, and then also reports the error here.
  client.on('error', () => {});
  await client.connect();
  try {
    await refuseOldServer(client);
    await takeLock(client, options.lockSeconds ?? LOCK_SECONDS);
    const newer = await applyMigrations(client, options.migrations ?? readMigrations(), options);
    // The views belong to the newer version, and other workers of it read them.
    if (newer.length > 0) return [newerRemark(newer)];
    const text = await applyViewsAndRoles(client, options);
    return text.map((text) => ({ event: 'role_not_limited', text }));
  } finally {
    await client.end();
  }
}

export type Remark = { event: 'role_not_limited' | 'newer_schema'; text: string };

export type MigrateOptions = {
  /** The migrations of this version, unless a test supplies others. */
  migrations?: Migration[];
  /** Passwords of the roles that read; without one, a role keeps its password. */
  readerPassword?: string | undefined;
  grafanaPassword?: string | undefined;
  livePassword?: string | undefined;
  signal?: AbortSignal;
  /** How long to wait for another worker that migrates. */
  lockSeconds?: number;
};

/**
 * Longer than migrating a large database takes. A worker that waits in vain names the session it waited for, and may try again.
 */
const LOCK_SECONDS = 120;
const MIGRATION_LOCK = 0x7e_10_10_67;
const OLDEST_SERVER = 15;
const LOCK_NOT_AVAILABLE = '55P03';
const DEADLOCK_DETECTED = '40P01';
const INTERNAL_ERROR = 'XX000';

async function refuseOldServer(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ number: string; version: string }>(
    "select current_setting('server_version_num') as number, current_setting('server_version') as version",
  );
  checkServerVersion(Number(rows[0]?.number), rows[0]?.version ?? '');
}

/**
 * @param number server_version_num, such as 150019
 * @throws UnusableDatabase when the views cannot be created on that server
 */
export function checkServerVersion(number: number, version: string): void {
  if (Math.floor(number / 10_000) >= OLDEST_SERVER) return;
  throw new UnusableDatabase(
    `The database runs PostgreSQL ${version}, Velolog needs ${OLDEST_SERVER} or newer: upgrade the server or point DATABASE_URL to another`,
  );
}

/** Any role of the database could hold the lock, so the wait is limited and its end is explained. */
async function takeLock(client: pg.Client, seconds: number): Promise<void> {
  await client.query(`set lock_timeout = '${seconds}s'`);
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
  } catch (cause) {
    if ((cause as { code?: string }).code !== LOCK_NOT_AVAILABLE) throw cause;
    const { rows } = await client.query<{ who: string }>(
      `select format('process %s of %s (%s)', pid, usename, application_name) as who
       from pg_locks join pg_stat_activity using (pid)
       where locktype = 'advisory' and granted and classid = 0 and objid = $1 and pg_locks.database = (select oid from pg_database where datname = current_database())`,
      [MIGRATION_LOCK],
    );
    const who = rows.map((row) => row.who).join(', ') || 'a session that has just ended';
    throw new Error(
      `Cannot migrate: the lock for it was not free within ${seconds} s. It is held by ${who}: wait for it, or end it with pg_terminate_backend`,
      { cause },
    );
  } finally {
    await client.query('reset lock_timeout');
  }
}

/** Returns the names of migrations that this version does not know but can live with. */
async function applyMigrations(
  client: pg.Client,
  migrations: Migration[],
  options: MigrateOptions,
): Promise<string[]> {
  await client.query('create schema if not exists velolog');
  await client.query(
    'create table if not exists velolog.migration (name text primary key, hash text not null, applied_at timestamptz not null default now())',
  );
  // Read through JSON, because the column exists only since migration 0013.
  const { rows: applied } = await client.query<Applied>(
    `select name, hash, coalesce((to_jsonb(migration) ->> 'breaks_older_workers')::boolean, true) as breaks
     from velolog.migration order by name`,
  );
  checkApplied(applied, migrations);
  const names = new Set(applied.map(({ name }) => name));
  for (const migration of migrations.filter(({ name }) => !names.has(name))) {
    await patiently(client, options, () => inTransaction(client, () => apply(client, migration, migrations)));
  }
  const known = new Set(migrations.map(({ name }) => name));
  return applied.filter(({ name }) => !known.has(name)).map(({ name }) => name);
}

type Applied = { name: string; hash: string; breaks: boolean };

/** @throws UnusableDatabase */
function checkApplied(applied: Applied[], migrations: Migration[]): void {
  const known = new Map(migrations.map(({ name, hash }) => [name, hash]));
  const breaking = applied.filter(({ name, breaks }) => !known.has(name) && breaks);
  if (breaking.length > 0) throw newerSchema(breaking.map(({ name }) => name));
  const changed = applied.find(({ name, hash }) => known.has(name) && known.get(name) !== hash);
  if (changed !== undefined) {
    throw new UnusableDatabase(
      `The migration ${changed.name} was changed after it had been applied to this database. Restore the file, and put the change in a new migration`,
    );
  }
}

async function apply(client: pg.Client, migration: Migration, all: Migration[]): Promise<void> {
  const { name, text, hash, breaksOlderWorkers } = migration;
  await client.query(text);
  await client.query('insert into velolog.migration (name, hash) values ($1, $2)', [name, hash]);
  if (!breaksOlderWorkers) {
    await client.query('update velolog.migration set breaks_older_workers = false where name = $1', [name]);
    return;
  }
  const version = writerVersionOf(all.slice(0, all.indexOf(migration) + 1));
  if (version > writerVersionOf([])) await refuseOlderWorkers(client, version);
}

/** Where a worker continues: the offset of a partition, and how far history is rolled up. */
const MARKS = [
  ['kafka_position', 'next_offset'],
  ['rolled_range', 'to_at'],
  ['vehicle_rolled', 'to_at'],
];

/**
 * From here on, a worker that interprets the tables differently writes nothing: each transaction of a worker moves one of
 * these marks.
 */
async function refuseOlderWorkers(client: pg.Client, version: number): Promise<void> {
  for (const [table, column] of MARKS) {
    await client.query(`
      create or replace trigger refuse_older_worker before update of ${column} on velolog.${table}
      for each row when (coalesce(current_setting('velolog.writer_version', true), '') <> '${version}')
      execute function velolog.refuse_older_worker()`);
  }
}

function newerRemark(names: string[]): Remark {
  return {
    event: 'newer_schema',
    text: `The database has the migration ${names.join(', ')} of a newer Velolog, which this version can work with: it goes on, and leaves the views as they are`,
  };
}

/** Waits for nobody if nothing changed. */
async function applyViewsAndRoles(client: pg.Client, options: MigrateOptions): Promise<string[]> {
  const views = readViewFiles(readSqlFolder('views'));
  return patiently(client, options, () =>
    inTransaction(client, async () => {
      await applyViews(client, views);
      return await applyRoles(client, {
        velolog_reader: options.readerPassword,
        velolog_grafana: options.grafanaPassword,
        velolog_live: options.livePassword,
      });
    }),
  );
}

/**
 * Changing a table or view waits for the sessions that use it, and all later sessions wait behind it. So it waits at
 * most a second, lets the others through, and tries again.
 */
async function patiently<T>(client: pg.Client, options: MigrateOptions, work: () => Promise<T>): Promise<T> {
  await client.query(`set lock_timeout = '1s'`);
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isPassing(error as { code?: string; message?: string })) throw error;
      await wait(200, undefined, { signal: options.signal });
    }
  }
}

/** Readers hold a view, or another database of this server is changing the same role (advisory locks apply to one database only). */
function isPassing({ code, message }: { code?: string; message?: string }): boolean {
  return (
    code === LOCK_NOT_AVAILABLE ||
    code === DEADLOCK_DETECTED ||
    (code === INTERNAL_ERROR && /^tuple concurrently (updated|deleted)$/.test(message ?? ''))
  );
}

async function inTransaction<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    const result = await work();
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}
