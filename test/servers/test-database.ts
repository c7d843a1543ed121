import { randomBytes } from 'node:crypto';
import { migrate } from '@velolog/store/migrate/migrate';
import type pg from 'pg';
import { inject } from 'vitest';
import { withClient } from './with-client.ts';

export type TestDatabase = {
  /** Connects as the superuser, who owns everything in it. */
  url: string;
  /** Connects as velolog_reader. */
  readerUrl: string;
  drop(): Promise<void>;
};

const READER_PASSWORD = 'reader';
const TEMPLATE_LOCK = 0x7e_57_db;

/** A separate database with tables and views, cloned from a template that the first caller of this run migrates. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `velolog_test_${randomBytes(6).toString('hex')}`;
  await asSuperuser(async (client) => {
    await client.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK]);
    const template = await ensureTemplate(client);
    await client.query(`create database ${name} template ${template} strategy file_copy`);
  });
  const url = urlOf(name);
  const reader = new URL(url);
  reader.username = 'velolog_reader';
  reader.password = READER_PASSWORD;
  return {
    url,
    readerUrl: reader.href,
    drop: () =>
      asSuperuser(async (client) => void (await client.query(`drop database ${name} with (force)`))),
  };
}

/** An empty database, for tests of the migrations themselves. */
export async function createEmptyDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `velolog_test_${randomBytes(6).toString('hex')}`;
  await asSuperuser(async (client) => void (await client.query(`create database ${name}`)));
  return {
    url: urlOf(name),
    drop: () =>
      asSuperuser(async (client) => void (await client.query(`drop database ${name} with (force)`))),
  };
}

/**
 * The template gets its name once it is complete. It belongs to one run, because the next may have other migrations.
 */
async function ensureTemplate(client: pg.Client): Promise<string> {
  const template = `velolog_template_${inject('testRun')}`;
  const { rowCount } = await client.query('select from pg_database where datname = $1', [template]);
  if (rowCount) return template;
  const next = `${template}_next`;
  await client.query(`drop database if exists ${next} with (force)`);
  await client.query(`create database ${next}`);
  await migrate(urlOf(next), { readerPassword: READER_PASSWORD });
  // Roles belong to the whole server: test files that run in parallel share the connection limit of one live worker and its
  // readers.
  await client.query('alter role velolog_reader connection limit 150');
  await client.query(`alter database ${next} rename to ${template}`);
  return template;
}

async function asSuperuser(work: (client: pg.Client) => Promise<void>): Promise<void> {
  await withClient(inject('databaseUrl'), async (client) => {
    await work(client);
  });
}

function urlOf(database: string): string {
  const url = new URL(inject('databaseUrl'));
  url.pathname = `/${database}`;
  return url.href;
}
