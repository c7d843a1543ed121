import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createEmptyDatabase } from '../../../../test/servers/test-database.ts';
import { withClient } from '../../../../test/servers/with-client.ts';
import { checkServerVersion, migrate } from './migrate.ts';
import { migrationOf } from './migrations.ts';

function as(url: string, user: string, password: string): string {
  return Object.assign(new URL(url), { username: user, password }).href;
}

test('twenty workers may migrate an empty database at once, and again', async () => {
  const database = await createEmptyDatabase();
  for (let round = 0; round < 2; round++) {
    await Promise.all(Array.from({ length: 20 }, () => migrate(database.url)));
  }
  const { rows } = await withClient(database.url, (client) =>
    client.query('select name from velolog.migration order by name'),
  );
  const files = readdirSync(new URL('../../../../sql/migrations', import.meta.url)).sort();
  expect(files.length).toBeGreaterThan(4);
  expect(rows.map((row) => row.name)).toEqual(files);
  await database.drop();
});

test('a schema newer than the program is refused with what to do', async () => {
  const database = await createEmptyDatabase();
  await migrate(database.url);
  await withClient(database.url, (client) =>
    client.query(`insert into velolog.migration (name, hash) values ('9999-later.sql', 'x')`),
  );
  await expect(migrate(database.url)).rejects.toThrow(
    /9999-later.sql.*made by a newer version.*Run that version, or restore a backup/,
  );
  await database.drop();
});

test('a migration has to say whether older workers can go on', () => {
  const text = 'create table velolog.more ();';
  expect(() => migrationOf({ name: '0042-more.sql', text })).toThrow(
    /0042-more\.sql must begin with "-- Older workers: go on" or "-- Older workers: must end"/,
  );
  const of = (says: string) =>
    migrationOf({ name: '0042-more.sql', text: `-- Older workers: ${says}\n${text}` });
  expect([of('go on').breaksOlderWorkers, of('must end').breaksOlderWorkers]).toEqual([false, true]);
});

test.each([
  [140_022, '14.22'],
  [90_624, '9.6.24'],
])('a server of version %i is refused with what to do', (number, version) => {
  expect(() => checkServerVersion(number, version)).toThrow(
    `The database runs PostgreSQL ${version}, Velolog needs 15 or newer: upgrade the server or point DATABASE_URL to another`,
  );
});

test.each([150_000, 150_019, 180_004])('a server of version %i is taken', (number) => {
  expect(() => checkServerVersion(number, '')).not.toThrow();
});

test('a migration that was changed after it had been applied is refused', async () => {
  const database = await createEmptyDatabase();
  await migrate(database.url);
  await withClient(database.url, (client) => client.query(`update velolog.migration set hash = 'other'`));
  await expect(migrate(database.url)).rejects.toThrow(
    /0001-tables.sql was changed after it had been applied/,
  );
  await database.drop();
});

test('an owner without superuser rights can migrate, and keeps the reader from making temporary tables', async () => {
  const database = await createEmptyDatabase();
  const name = new URL(database.url).pathname.slice(1);
  const owner = `owner_of_${name}`;
  await migrate(database.url, { readerPassword: 'reader' });
  await withClient(database.url, async (client) => {
    await client.query('drop schema api, velolog cascade');
    await client.query(`create role ${owner} login createrole password 'owner'`);
    await client.query(`grant velolog_reader to ${owner} with admin option`);
    await client.query(`alter database ${name} owner to ${owner}`);
    await client.query(`grant temporary on database ${name} to public`);
  });
  await migrate(as(database.url, owner, 'owner'), { readerPassword: 'reader' });
  await withClient(as(database.url, 'velolog_reader', 'reader'), async (reader) => {
    await reader.query('set default_transaction_read_only = off');
    await expect(reader.query('create temporary table t (i int)')).rejects.toThrow(/permission denied/);
    await expect(reader.query('select * from system')).resolves.toBeTruthy();
  });
  await withClient(as(database.url, owner, 'owner'), (client) =>
    client.query('create temporary table t (i int)'),
  );
  await database.drop();
  await withClient(database.url.replace(/[^/]*$/, 'postgres'), (client) =>
    client.query(`drop role ${owner}`),
  );
});

test('views are made again while they are read', async () => {
  const database = await createEmptyDatabase();
  await migrate(database.url);
  await withClient(database.url, async (reader) => {
    await reader.query('begin');
    await reader.query('select * from api.station_change');
    const migrated = migrate(database.url);
    // A second reader is let through while the first still holds its lock.
    await withClient(database.url, (second) => second.query('select * from api.station_change'));
    await reader.query('commit');
    await migrated;
  });
  await database.drop();
});
