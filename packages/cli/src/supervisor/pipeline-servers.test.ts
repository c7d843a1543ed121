import { chmodSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { leftPostgres } from '@velolog/embedded/embedded-postgres';
import pg from 'pg';
import { expect, test, vi } from 'vitest';
import { createTestFolder } from '../../../../test/servers/test-folder.ts';
import { findHome, type Home, makeHome } from '../home/home.ts';
import { startDatabase } from './pipeline-servers.ts';

function newHome(stops: (() => Promise<void>)[]): Home {
  const home = findHome(join(createTestFolder(stops), 'grün a,b c\\d #'), {});
  makeHome(home);
  chmodSync(home.path, 0o755);
  return home;
}

test('a database that cannot be set up is stopped again', async () => {
  const stops: (() => Promise<void>)[] = [];
  try {
    const home = newHome(stops);
    // No password for the reader can be kept here.
    mkdirSync(home.secrets);
    const options = { home, settings: {}, log: () => {}, signal: new AbortController().signal };
    await expect(startDatabase(options)).rejects.toThrow(/Cannot read .*secrets\.json/);
    // It did start: it has made its files.
    expect(statSync(join(home.postgres, 'data', 'PG_VERSION')).isFile()).toBe(true);
    expect(leftPostgres(home.postgres)).toBeNull();
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
});

test('no other user reads the log of the database, and a statement that fails leaves no password in it', async () => {
  const stops: (() => Promise<void>)[] = [];
  try {
    const home = newHome(stops);
    const { signal } = new AbortController();
    vi.stubEnv('PGDATESTYLE', 'German');
    const { postgres, databaseUrl } = await startDatabase({ home, settings: {}, log: () => {}, signal });
    stops.push(async () => postgres?.stop());
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    stops.push(() => client.end());
    await expect(client.query(`alter role nobody_here password 'a-secret'`)).rejects.toThrow();
    const path = join(home.postgres, 'postgres.log');
    await expect.poll(() => readFileSync(path, 'utf8')).toContain('role "nobody_here" does not exist');
    expect(readFileSync(path, 'utf8')).not.toContain('a-secret');
    expect(statSync(path).mode & 0o077).toBe(0);
    const { rows } = await client.query('show datestyle');
    expect(rows).toEqual([{ DateStyle: 'ISO, MDY' }]);
  } finally {
    vi.unstubAllEnvs();
    for (const stop of stops.reverse()) await stop();
  }
});
