import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createEmptyDatabase } from '../../../../test/servers/test-database.ts';
import { applyViews } from './apply-views.ts';
import { migrate } from './migrate.ts';
import { readSqlFolder } from './sql-files.ts';
import { readViewFiles } from './view-file.ts';

let database: Awaited<ReturnType<typeof createEmptyDatabase>>;
let client: pg.Client;
beforeEach(async () => {
  database = await createEmptyDatabase();
  await migrate(database.url);
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query('set search_path = pg_catalog');
});
afterEach(async () => {
  await client.end();
  await database.drop();
});

/** The files of the schema, some of them changed. */
function changed(changes: Record<string, (text: string) => string>) {
  return readViewFiles(
    readSqlFolder('views').map((file) => ({
      ...file,
      text: changes[file.name.replace('.sql', '')]?.(file.text) ?? file.text,
    })),
  );
}

async function apply(files: ReturnType<typeof readViewFiles>): Promise<void> {
  await client.query('begin');
  try {
    await applyViews(client, files);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

const oids = async () => {
  const { rows } = await client.query<{ name: string; oid: string }>(
    `select relname as name, oid from pg_class where relnamespace = 'api'::regnamespace and relkind = 'v'
     union all select proname, oid from pg_proc where pronamespace = 'api'::regnamespace`,
  );
  return Object.fromEntries(rows.map(({ name, oid }) => [name, oid]));
};
const ask = async (text: string) => (await client.query(text)).rows;

const MINE = `create schema mine; create view mine.bikes as select system_id, station_id, num_bikes_available from api.station_current`;
const withColumn = {
  station_current: (text: string) =>
    text.replace(' as region\nfrom', " as region,\n  'x'::text as extra\nfrom"),
  station_at: (text: string) =>
    text.replace('station.region_id)\n  from lane', "station.region_id),\n    'x'::text\n  from lane"),
};
const withoutColumn = {
  station_current: (text: string) => text.replace('  station.capacity,\n', ''),
  station_at: (text: string) => text.replace('    station.capacity,\n', ''),
};

describe('the schema api', () => {
  test('stays as it is when nothing changed, with the objects and grants of others', async () => {
    await client.query(`create role analyst_${process.pid}; grant usage on schema api to analyst_${process.pid};
      grant select on api.system to analyst_${process.pid} with grant option; create view api.my_own as select 1 as one; ${MINE}`);
    const before = await oids();
    await migrate(database.url);
    await migrate(database.url);
    expect(await oids()).toEqual(before);
    expect(
      await ask(
        `select has_table_privilege('analyst_${process.pid}', 'api.system', 'select with grant option') as may`,
      ),
    ).toEqual([{ may: true }]);
    expect(await ask(`select has_table_privilege('velolog_reader', 'api.my_own', 'select') as may`)).toEqual([
      { may: false },
    ]);
    await client.query(`drop owned by analyst_${process.pid}; drop role analyst_${process.pid}`);
  });

  test('gains a column below the views of others, and only views that use it are made again', async () => {
    await client.query(MINE);
    const before = await oids();
    await apply(changed(withColumn));
    expect(await ask('select extra from api.station_current')).toEqual([]);
    expect(await ask(`select extra from api.station_at(now())`)).toEqual([]);
    expect(await ask('select * from mine.bikes')).toEqual([]);
    const after = await oids();
    expect(Object.keys(after)).toEqual(Object.keys(before));
    expect(after.station_change).toBe(before.station_change);
  });

  test('refuses to drop a view that others have built on, names them, and changes nothing', async () => {
    await client.query(`${MINE}; create materialized view mine.copy as select * from api.station_current;
      create function mine.all_of(api.station_current) returns integer language sql return 1`);
    const before = await oids();
    await expect(apply(changed(withoutColumn))).rejects.toThrow(
      /changes api\.station_current, on which others have built: function mine\.all_of\(api\.station_current\), materialized view mine\.copy, view mine\.bikes\. .*drop them, start again/,
    );
    expect(await oids()).toEqual(before);
    expect(await ask('select * from mine.bikes')).toEqual([]);
  });

  test('changes a view that others have not built on, with our views that use it, and keeps every grant', async () => {
    const role = `analyst_${process.pid}`;
    await client.query(`create role ${role}; grant select (name, state) on api.station_current to ${role};
      grant insert on api.station_current to ${role} with grant option;
      grant execute on function api.station_current_since to ${role}; revoke execute on function api.station_at from public`);
    await apply(changed(withoutColumn));
    expect(
      await ask(`select has_column_privilege('${role}', 'api.station_current', 'state', 'select') as state,
        has_column_privilege('${role}', 'api.station_current', 'lat', 'select') as lat,
        has_table_privilege('${role}', 'api.station_current', 'insert with grant option') as insert,
        has_function_privilege('${role}', 'api.station_current_since(text,timestamptz)', 'execute') as since,
        has_function_privilege('${role}', 'api.station_at(timestamptz,text,integer)', 'execute') as at,
        has_function_privilege('velolog_reader', 'api.station_at(timestamptz,text,integer)', 'execute') as reader`),
    ).toEqual([{ state: true, lat: false, insert: true, since: true, at: false, reader: true }]);
    await client.query(`drop owned by ${role}; drop role ${role}`);
  });

  test('a function with other arguments takes the place of its old form', async () => {
    const text = (body: string) =>
      body.replace(
        'stations_of_each integer default null)',
        'stations_of_each integer default null, more integer default 0)',
      );
    await apply(changed({ station_at: text }));
    expect(await ask(`select pronargs from pg_proc where proname = 'station_at'`)).toEqual([{ pronargs: 4 }]);
    expect(
      await ask(
        `select has_function_privilege('velolog_reader', 'api.station_at(timestamptz,text,integer,integer)', 'execute') as may`,
      ),
    ).toEqual([{ may: true }]);
    await migrate(database.url);
    expect(await ask(`select pronargs from pg_proc where proname = 'station_at'`)).toEqual([{ pronargs: 3 }]);
  });

  test('a removed view is dropped, unless others have built on it', async () => {
    const without = readViewFiles(readSqlFolder('views').filter(({ name }) => name !== 'outage_episode.sql'));
    await client.query('create schema mine; create view mine.outages as select * from api.outage_episode');
    await expect(apply(without)).rejects.toThrow(
      /api\.outage_episode, on which others have built: view mine\.outages/,
    );
    await client.query('drop view mine.outages');
    await apply(without);
    expect((await oids()).outage_episode).toBeUndefined();
    await migrate(database.url);
    expect((await oids()).outage_episode).toBeDefined();
  });

  test('a thing of others with a name that a new view needs is named, not replaced', async () => {
    await client.query(`drop view api.outage_episode; delete from velolog.applied_view where name = 'outage_episode';
      create view api.outage_episode as select 1 as theirs`);
    await expect(migrate(database.url)).rejects.toThrow(
      /api\.outage_episode is there already and was not made by Velolog/,
    );
    expect(await ask('select * from api.outage_episode')).toEqual([{ theirs: 1 }]);
  });

  test('a view from a version that kept no list of views is changed in place', async () => {
    await client.query(`truncate velolog.applied_view; drop function api.station_at; drop function api.station_current_since; drop view api.station_current;
      create view api.station_current as select 'x'::text as system_id;
      create function api.station_at(a text) returns text language sql return a; create view api.my_own as select 1 as one`);
    await migrate(database.url);
    expect(await ask('select state from api.station_at(now())')).toEqual([]);
    expect(await ask(`select count(*)::int from pg_proc where proname = 'station_at'`)).toEqual([
      { count: 1 },
    ]);
    expect(await ask('select * from api.my_own')).toEqual([{ one: 1 }]);
  });
});

test('a wait for the lock that fails names the session that holds it', async () => {
  await client.query(`set application_name = 'somebody'; select pg_advisory_lock(x'7e101067'::bigint)`);
  await expect(migrate(database.url, { lockSeconds: 1 })).rejects.toThrow(
    /was not free within 1 s\. It is held by process \d+ of postgres \(somebody\): wait for it, or end it/,
  );
});
