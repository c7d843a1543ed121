import { readTimezone } from '@velolog/gbfs/values/timezone';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEmptyDatabase } from './servers/test-database.ts';

let database: Awaited<ReturnType<typeof createEmptyDatabase>>;
let client: pg.Client;
beforeAll(async () => {
  database = await createEmptyDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

test('every time zone that is stored means the same to PostgreSQL as to the metrics, in winter and in summer', async () => {
  const old = ['US/Pacific', 'Asia/Calcutta', 'Europe/Kiev', 'America/Indianapolis', 'Etc/GMT+5'];
  const names = [...Intl.supportedValuesOf('timeZone'), ...old].flatMap(
    (name) => readTimezone(name, {}) ?? [],
  );
  expect(names.length).toBeGreaterThan(400);
  const moments = ['2024-01-15T12:00:00Z', '2024-07-15T12:00:00Z'];
  const { rows } = await client.query<{ name: string; moment: string; local: string }>(
    `select name, moment, to_char(moment::timestamptz at time zone name, 'YYYY-MM-DD HH24:MI') as local
     from unnest($1::text[]) as name, unnest($2::text[]) as moment`,
    [[...new Set(names)], moments],
  );
  const local = (timeZone: string, moment: string) =>
    new Intl.DateTimeFormat('sv', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(
      new Date(moment),
    );
  expect(rows.map(({ local }) => local)).toEqual(rows.map(({ name, moment }) => local(name, moment)));
});
