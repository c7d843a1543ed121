import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@velolog/embedded/embedded-postgres';
import { migrate } from '@velolog/store/migrate/migrate';
import { READER_ROLES, type ReaderRole } from '@velolog/store/migrate/roles';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postgresOfMajor } from '../test/servers/postgres-major.ts';

/** Roles belong to a whole server, so this one has its own. docs/roles.md claims what is tried here, and no more. */
const directory = mkdtempSync(join(tmpdir(), 'velolog-roles-'));
let server: EmbeddedPostgres;
const PASSWORDS = { readerPassword: 'reader', grafanaPassword: 'grafana', livePassword: 'live' };

beforeAll(async () => {
  const packageFolder = postgresOfMajor(process.env.VELOLOG_TEST_POSTGRES, process.env);
  server = await startEmbeddedPostgres({ directory, settings: { fsync: 'off' }, packageFolder });
});
afterAll(async () => {
  await server.stop();
  rmSync(directory, { recursive: true, force: true });
});

function urlOf(database: string, user = 'postgres', password?: string): string {
  const url = new URL(server.url);
  url.pathname = `/${database}`;
  if (password !== undefined) Object.assign(url, { username: user, password });
  return url.href;
}

async function asking<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}

const admin = (text: string) => asking(server.url, (client) => client.query(text));
const urlAs = (role: ReaderRole, database = 'velolog') => urlOf(database, role, role.replace('velolog_', ''));

/** What is refused in the embedded database and wherever DATABASE_URL is a superuser, for a session that has lifted what it can. */
const REFUSED: [string, string][] = [
  ['read a table', 'select * from velolog.station'],
  ['write through a view', 'delete from api.stored_report'],
  ['make a table', 'create table public.t (i int)'],
  ['make a view in api', 'create view api.t as select 1'],
  ['make a temporary table', 'create temporary table t (i int)'],
  ['make a large object', 'select lo_create(0)'],
  ['write a large object', `select lo_from_bytea(0, 'x')`],
  ['take the lock of the migrations', `select pg_advisory_lock(x'7e101067'::bigint)`],
  ['take a lock for a transaction', 'select pg_try_advisory_xact_lock(1)'],
  ['end another session of its role', 'select pg_terminate_backend(%PID%)'],
  ['stop the question of another', 'select pg_cancel_backend(%PID%)'],
  ['lock a view against changes', 'begin; lock table api.system in exclusive mode'],
  ['write more to disk while sorting', `set temp_file_limit = '100GB'`],
  ['have more sessions', 'alter role %ROLE% connection limit 1000'],
  ['become the owner', 'set role postgres'],
  ['run a program', `copy (select 1) to program 'true'`],
  ['read a file of the server', `select pg_read_file('postgresql.conf')`],
];

/** What PostgreSQL gives every role and lets nobody take away. */
const LEFT: [string, string][] = [
  ['lift its time limit, for its session', 'set statement_timeout = 0'],
  ['write its time limit down, for its later sessions', 'alter role %ROLE% set statement_timeout = 0'],
  ['change its own password', `alter role %ROLE% password '%PASSWORD%'`],
  ['send a notification', `notify velolog_test, 'x'`],
];

const isNotRefused = (result: string) => result !== 'refused';

describe('each role that reads, in a database of our own', () => {
  const table: Record<string, Record<string, string>> = {};
  beforeAll(async () => {
    await admin('create database velolog');
    expect(await migrate(urlOf('velolog'), PASSWORDS)).toEqual([]);
  });
  afterAll(() => console.table(table));

  describe.each(READER_ROLES)('%s', (role) => {
    async function tryOut(statement: string): Promise<string> {
      return asking(urlAs(role), async (other) => {
        const { rows } = await other.query('select pg_backend_pid() as pid');
        return asking(urlAs(role), async (client) => {
          await client.query('set default_transaction_read_only = off; set statement_timeout = 0');
          const text = statement
            .replace('%PID%', rows[0].pid)
            .replace('%ROLE%', role)
            .replace('%PASSWORD%', role.replace('velolog_', ''));
          return client.query(text).then(
            () => 'done',
            (error: pg.DatabaseError) => `refused: ${error.message}`,
          );
        });
      });
    }
    const note = (what: string, result: string) => {
      table[what] = { ...table[what], [role]: result.startsWith('refused') ? 'refused' : result };
    };

    test('sees all of the schema api, with its limits', async () => {
      await asking(urlAs(role), async (client) => {
        const { rows } = await client.query(`select viewname from pg_views where schemaname = 'api'`);
        for (const { viewname } of rows) await client.query(`select * from api.${viewname} limit 1`);
        await client.query('select * from station_at(now())');
        const limits = await client.query(
          `select current_setting('statement_timeout') as seconds, current_setting('temp_file_limit') as file, current_setting('default_transaction_read_only') as read_only`,
        );
        expect(limits.rows).toEqual([
          { seconds: role === 'velolog_grafana' ? '30s' : '15s', file: '1GB', read_only: 'on' },
        ]);
      });
    });

    test('may read and write no table of any worker: those of the lake, the forecasts and velolog.changes neither', async () => {
      const { tables, functions, others } = await asking(urlOf('velolog'), async (client) => {
        const names = async (query: string) =>
          (await client.query<{ name: string }>(query)).rows.map((row) => row.name);
        return {
          tables: await names(
            `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = 'velolog'`,
          ),
          functions: await names(
            `select oid::regprocedure::text as name from pg_proc where pronamespace = 'velolog'::regnamespace`,
          ),
          others: READER_ROLES.filter((other) => other !== role),
        };
      });
      expect(tables).toEqual(
        expect.arrayContaining([
          'velolog.lake',
          'velolog.forecast_model',
          'velolog.changes_topic',
          'velolog.kafka_position',
        ]),
      );
      const statements = [
        ...tables.flatMap((table) => [
          `select from ${table}`,
          `delete from ${table}`,
          `begin; lock table ${table} in share mode`,
        ]),
        ...functions.map((name) => `select velolog.${name.replace(/^velolog\.|\(.*/g, '')}()`),
        ...others.map((other) => `set role ${other}`),
      ];
      const results = await asking(urlAs(role), async (client) => {
        await client.query('set default_transaction_read_only = off');
        const tried: string[] = [];
        for (const statement of statements) {
          const result = await client.query(statement).then(
            () => `done: ${statement}`,
            (error: pg.DatabaseError) =>
              /denied/.test(error.message) ? 'refused' : `${error.message}: ${statement}`,
          );
          tried.push(result);
          await client.query('rollback');
        }
        return tried;
      });
      note(
        `read, write and lock each of ${tables.length} tables`,
        results.slice(0, 3 * tables.length).find(isNotRefused) ?? 'refused',
      );
      note(
        `call each of ${functions.length} functions of the tables`,
        results.slice(3 * tables.length, -2).find(isNotRefused) ?? 'refused',
      );
      note('become another of the roles', results.slice(-2).find(isNotRefused) ?? 'refused');
      expect(results.filter(isNotRefused)).toEqual([]);
    });

    test.each(REFUSED)('may not %s', async (what, statement) => {
      const result = await tryOut(statement);
      note(what, result);
      expect(result).toMatch(/^refused: .*(denied|permission|must be|only roles)/i);
    });

    test.each(LEFT)('can %s, which PostgreSQL lets every role do', async (what, statement) => {
      const result = await tryOut(statement);
      note(what, result);
      expect(result).toBe('done');
    });

    test('may not log in to another database of the embedded server', async () => {
      const result = await asking(urlAs(role, 'postgres'), async () => 'done').catch(
        (error: Error) => `refused: ${error.message}`,
      );
      note('log in to another database', result);
      expect(result).toMatch(/refused: .*pg_hba/);
    });

    test('may have 30 sessions and no more', async () => {
      const clients = Array.from({ length: 30 }, () => new pg.Client({ connectionString: urlAs(role) }));
      for (const client of clients) await client.connect();
      const result = await asking(urlAs(role), async () => 'done').catch(
        (error: Error) => `refused: ${error.message}`,
      );
      for (const client of clients) await client.end();
      note('have a 31st session', result);
      expect(result).toMatch(/too many connections for role/);
    });

    test('keeps the number of sessions that an administrator gave it', async () => {
      await admin(`alter role ${role} connection limit 60`);
      await migrate(urlOf('velolog'), PASSWORDS);
      const { rows } = await admin(`select rolconnlimit as sessions from pg_roles where rolname = '${role}'`);
      expect(rows).toEqual([{ sessions: 60 }]);
    });

    test('has its limits again after the store has restarted', async () => {
      await tryOut('alter role %ROLE% set statement_timeout = 0');
      await migrate(urlOf('velolog'), PASSWORDS);
      await asking(urlAs(role), async (client) => {
        const { rows } = await client.query('show statement_timeout');
        expect(rows[0].statement_timeout).not.toBe('0');
      });
    });
  });
});

describe('an owner of the database who may not make roles', () => {
  beforeAll(async () => {
    await admin(`create role plain_owner login password 'plain'`);
    await admin('create database managed owner plain_owner');
  });
  const url = () => urlOf('managed', 'plain_owner', 'plain');

  test('migrates with the roles that an administrator has made, and logs what is left to do', async () => {
    const remarks = await migrate(url(), PASSWORDS);
    expect(remarks.map(({ text }) => text)).toEqual(
      READER_ROLES.map(
        (role) => `The user of DATABASE_URL may not set the password of ${role}: an administrator has to`,
      ),
    );
    await asking(urlAs('velolog_reader', 'managed'), (reader) => reader.query('select * from system'));
    expect(await migrate(url())).toEqual([]);
  });

  test('migrates without the roles, and logs how to make them', async () => {
    await asking(urlOf('managed'), (client) => client.query(`drop owned by ${READER_ROLES.join(', ')}`));
    await asking(urlOf('velolog'), (client) => client.query(`drop owned by ${READER_ROLES.join(', ')}`));
    await admin(`drop role ${READER_ROLES.join(', ')}`);
    const textOf = ({ text }: { text: string }) => text;
    expect((await migrate(url(), PASSWORDS)).map(textOf)).toEqual(
      READER_ROLES.map((role) =>
        expect.stringContaining(`have an administrator run \`create role ${role} login\``),
      ),
    );
    await admin('create role velolog_reader login');
    expect((await migrate(url())).map(textOf)).toEqual([
      expect.stringContaining(
        'may not limit velolog_reader: an administrator has to set default_transaction_read_only = on',
      ),
      expect.stringContaining('velolog_grafana'),
      expect.stringContaining('velolog_live'),
    ]);
  });
});
