import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { expect, test } from 'vitest';
import { createTestDatabase } from '../test/servers/test-database.ts';

const folder = new URL('views/', import.meta.url);
const views = globSync('**/*.sql', { cwd: fileURLToPath(folder) });

test.each(views)(
  '%s has a test beside it, and a header with its grain, what it reads and what reads it',
  (view) => {
    const text = readFileSync(new URL(view, folder), 'utf8');
    const name = basename(view, '.sql');
    expect(existsSync(new URL(view.replace('.sql', '.test.ts'), folder))).toBe(true);
    expect(text).toMatch(new RegExp(`^-- ${name}[:(]`));
    expect(text).toMatch(/^-- Grain: one /m);
    expect(text).toMatch(/^-- Reads: .*Read by: /m);
    expect(text.endsWith(';\n')).toBe(true);
  },
);

test('the reader sees the views and nothing else, and may change nothing', async () => {
  const database = await createTestDatabase();
  const client = new pg.Client({ connectionString: database.readerUrl });
  await client.connect();
  try {
    const { rows: inSchema } = await client.query(`select viewname from pg_views where schemaname = 'api'`);
    expect(inSchema.length).toBeGreaterThan(10);
    for (const { viewname } of inSchema) {
      await expect(client.query(`select * from api.${viewname}`), viewname).resolves.toBeTruthy();
    }
    await expect(
      client.query(`select * from station_change_between(now() - interval '1 day', now())`),
    ).resolves.toBeTruthy();
    await expect(client.query('select * from velolog.station')).rejects.toThrow(/permission denied/);
    await expect(client.query('create table t (i int)')).rejects.toThrow(/read-only|permission denied/);
    await client.query('set default_transaction_read_only = off');
    await expect(client.query('create table api.t (i int)')).rejects.toThrow(/permission denied/);
    await expect(client.query('delete from api.system')).rejects.toThrow(/permission denied|cannot delete/);
    expect((await client.query('show statement_timeout')).rows).toEqual([{ statement_timeout: '15s' }]);
  } finally {
    await client.end();
    await database.drop();
  }
});
