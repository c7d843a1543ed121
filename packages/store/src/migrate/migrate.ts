import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { OWNER_PATH, sessionUrl } from '@velolog/worker/session-url';
import pg from 'pg';

/**
 * Brings a database to the schema this program was written for: migrations (numbered, append-only, checked by
 * their hash), then the schema `api` dropped and made anew from sql/views, then the reader's role.
 * Any number of workers may call it at once: one advisory lock puts them in a row. Plain `pg`, because slonik
 * sends a text of many statements and then refuses it.
 */
export async function migrate(
  databaseUrl: string,
  options: { readerPassword?: string | undefined; signal?: AbortSignal } = {},
): Promise<void> {
  const client = new pg.Client({
    connectionString: sessionUrl(databaseUrl, OWNER_PATH),
    application_name: 'velolog migrate',
  });
  // A server that goes away rejects the query at hand, and says so here once more.
  client.on('error', () => {});
  await client.connect();
  try {
    await refuseOldServer(client);
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await applyMigrations(client, readSqlFolder('migrations'));
    await recreateViews(client, options);
  } finally {
    await client.end();
  }
}

/** The database cannot be used as it is; the message says what to do. Trying again would not help. */
export class UnusableDatabase extends Error {
  override name = 'UnusableDatabase';
  /** As for wrong settings: no restart mends it. */
  readonly exitCode = 2;
}

type SqlFile = { name: string; text: string };

const MIGRATION_LOCK = 0x7e_10_10_67;
const OLDEST_SERVER = 15;
const LOCK_NOT_AVAILABLE = '55P03';
const INTERNAL_ERROR = 'XX000';

async function refuseOldServer(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ number: string; version: string }>(
    "select current_setting('server_version_num') as number, current_setting('server_version') as version",
  );
  checkServerVersion(Number(rows[0]?.number), rows[0]?.version ?? '');
}

/**
 * @param number server_version_num, as 150019
 * @throws UnusableDatabase when the views could not be made there
 */
export function checkServerVersion(number: number, version: string): void {
  if (Math.floor(number / 10_000) >= OLDEST_SERVER) return;
  throw new UnusableDatabase(
    `The database runs PostgreSQL ${version}, Velolog needs ${OLDEST_SERVER} or newer: upgrade the server or point DATABASE_URL to another`,
  );
}

async function applyMigrations(client: pg.Client, files: SqlFile[]): Promise<void> {
  await client.query('create schema if not exists velolog');
  await client.query(
    'create table if not exists velolog.migration (name text primary key, hash text not null, applied_at timestamptz not null default now())',
  );
  const { rows: applied } = await client.query<{ name: string; hash: string }>(
    'select name, hash from velolog.migration order by name',
  );
  const known = new Map(files.map((file) => [file.name, hashOf(file)]));
  for (const { name, hash } of applied) {
    if (!known.has(name)) {
      throw new UnusableDatabase(
        `The database has the migration ${name}, which this Velolog does not know: it was made by a newer version. Run that version, or restore a backup from before it`,
      );
    }
    if (known.get(name) !== hash) {
      throw new UnusableDatabase(
        `The migration ${name} was changed after it had been applied to this database. Restore the file, and put the change in a new migration`,
      );
    }
  }
  for (const file of files.slice(applied.length)) {
    await inTransaction(client, async () => {
      await client.query(file.text);
      await client.query('insert into velolog.migration (name, hash) values ($1, $2)', [
        file.name,
        hashOf(file),
      ]);
    });
  }
}

/**
 * Dropping a view waits for whoever reads it, and everyone who asks later waits behind that: so it waits a
 * second at most, lets the readers through, and tries again.
 */
async function recreateViews(
  client: pg.Client,
  options: { readerPassword?: string | undefined; signal?: AbortSignal },
): Promise<void> {
  const views = inOrderOfUse(readSqlFolder('views'));
  const roles = readFileSync(new URL('roles.sql', SQL_FOLDER), 'utf8');
  await client.query("set lock_timeout = '1s'");
  for (;;) {
    try {
      return await inTransaction(client, async () => {
        await client.query('drop schema if exists api cascade');
        await client.query('create schema api');
        for (const view of views) await client.query(view.text);
        await ensureReader(client, options.readerPassword);
        await client.query(roles);
      });
    } catch (error) {
      if (!isPassing(error as { code?: string; message?: string })) throw error;
      await wait(200, undefined, { signal: options.signal });
    }
  }
}

/** Readers hold a view, or another database of this server changes the same role at this moment (advisory locks end at a database). */
function isPassing({ code, message }: { code?: string; message?: string }): boolean {
  return code === LOCK_NOT_AVAILABLE || (code === INTERNAL_ERROR && message === 'tuple concurrently updated');
}

/** A role belongs to the whole server, so another database may have made it a moment ago: that is success. */
async function ensureReader(client: pg.Client, password: string | undefined): Promise<void> {
  await client.query(
    `do $$ begin create role velolog_reader login; exception when duplicate_object or unique_violation then null; end $$`,
  );
  if (password !== undefined) {
    await client.query(`alter role velolog_reader password ${client.escapeLiteral(password)}`);
  }
}

async function inTransaction(client: pg.Client, work: () => Promise<void>): Promise<void> {
  await client.query('begin');
  try {
    await work();
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

/** A view comes after those whose names (`api.name`) its text speaks of outside comments; else in the order of names. */
export function inOrderOfUse(views: SqlFile[]): SqlFile[] {
  const byName = new Map(views.map((view) => [view.name.replace('.sql', ''), view]));
  const ordered = new Set<SqlFile>();
  const visit = (view: SqlFile, users: SqlFile[]): void => {
    if (users.includes(view)) throw new Error(`The views ${users.map((user) => user.name)} need each other`);
    const code = view.text.replaceAll(/--.*/g, '');
    for (const [, name = ''] of code.matchAll(/\bapi\.(\w+)/g)) {
      const used = byName.get(name);
      if (used !== undefined && used !== view && !ordered.has(used)) visit(used, [...users, view]);
    }
    ordered.add(view);
  };
  for (const view of views) visit(view, []);
  return [...ordered];
}

const SQL_FOLDER = new URL('../../../../sql/', import.meta.url);

function readSqlFolder(name: string): SqlFile[] {
  const folder = fileURLToPath(new URL(`${name}/`, SQL_FOLDER));
  return globSync('**/*.sql', { cwd: folder })
    .map((path) => ({ name: basename(path), text: readFileSync(join(folder, path), 'utf8') }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function hashOf(file: SqlFile): string {
  return createHash('sha256').update(file.text).digest('hex');
}
