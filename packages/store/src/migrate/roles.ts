import type pg from 'pg';
import { readSqlFile } from './sql-files.ts';

/**
 * The roles that read: one for the command and analysts, one for Grafana, one for the live page. They are separate so that none
 * can end or crowd out the sessions of another.
 */
export const READER_ROLES = ['velolog_reader', 'velolog_grafana', 'velolog_live'] as const;
export type ReaderRole = (typeof READER_ROLES)[number];

/** Without a password, a role keeps the one it has. */
export type RolePasswords = { [role in ReaderRole]?: string | undefined };

/**
 * How many sessions a role may have across all databases of the server, unless an administrator has set another number:
 * the default of max_connections is 100. A live worker has up to 12.
 */
const CONNECTIONS_MAX = 30;
/** PostgreSQL's value for a role without a limit. */
const UNLIMITED = -1;

/**
 * Initial settings of each session of the role. A session may change most of them for itself: see docs/roles.md for what that
 * means.
 */
function settingsOf(role: ReaderRole, serverVersion: number): Record<string, string> {
  return {
    default_transaction_read_only: 'on',
    statement_timeout: role === 'velolog_grafana' ? '30s' : '15s',
    lock_timeout: '5s',
    idle_in_transaction_session_timeout: '60s',
    ...(serverVersion >= 170_000 && { transaction_timeout: '5min' }),
    // Only a superuser can set this, so no session can change it: how much a query may write to disk while sorting.
    temp_file_limit: '1GB',
    search_path: 'api',
    // Data is on solid state disks or in memory: with the default of 4 the planner sorts rows that an index would return in
    // order.
    random_page_cost: '1.1',
    // Queries take milliseconds here; compiling one that looks costly takes seconds (if PostgreSQL has LLVM).
    jit: 'off',
  };
}

/**
 * Creates the roles, and sets their limits and privileges. Each step runs only if something is missing, and is skipped
 * if the user of DATABASE_URL may not do it; what remains open is returned, for the log.
 */
export async function applyRoles(client: pg.Client, passwords: RolePasswords): Promise<string[]> {
  const remarks: string[] = [];
  for (const role of READER_ROLES) {
    if (!(await ensureRole(client, role))) {
      remarks.push(
        `The role ${role} is missing, and the user of DATABASE_URL may not create roles: have an administrator run \`create role ${role} login\`, and start again`,
      );
      continue;
    }
    const password = passwords[role];
    const isSet =
      password === undefined ||
      (await allowed(client, `alter role ${role} password ${client.escapeLiteral(password)}`));
    if (!isSet)
      remarks.push(`The user of DATABASE_URL may not set the password of ${role}: an administrator has to`);
    const left = await limitRole(client, role);
    if (left.length > 0)
      remarks.push(
        `The user of DATABASE_URL may not limit ${role}: an administrator has to set ${left.join(', ')}`,
      );
  }
  await grantViews(client);
  await applyRolesFile(client);
  return remarks;
}

/** A role belongs to the whole server, so another database may have created it a moment ago: that counts as success. */
async function ensureRole(client: pg.Client, role: ReaderRole): Promise<boolean> {
  const isThere = async () =>
    (await client.query('select from pg_roles where rolname = $1', [role])).rowCount !== 0;
  if (await isThere()) return true;
  return (await allowed(client, `create role ${role} login`, ['42710', '23505'])) || (await isThere());
}

/** Sets what differs from the intended limits. Returns what could not be set. */
async function limitRole(client: Pick<pg.Client, 'query'>, role: ReaderRole): Promise<string[]> {
  const { rows } = await client.query<{ connections: number; settings: string[] | null; version: string }>(
    `select rolconnlimit as connections, setconfig as settings, current_setting('server_version_num') as version
     from pg_roles left join pg_db_role_setting on setrole = pg_roles.oid and setdatabase = 0
     where rolname = $1`,
    [role],
  );
  const is = new Set(rows[0]?.settings ?? []);
  const left: string[] = [];
  for (const [name, value] of Object.entries(settingsOf(role, Number(rows[0]?.version)))) {
    if (is.has(`${name}=${value}`)) continue;
    if (!(await allowed(client, `alter role ${role} set ${name} = '${value}'`)))
      left.push(`${name} = ${value}`);
  }
  if (rows[0]?.connections === UNLIMITED) {
    const isLimited = await allowed(client, `alter role ${role} connection limit ${CONNECTIONS_MAX}`);
    if (!isLimited) left.push(`connection limit ${CONNECTIONS_MAX}`);
  }
  return left;
}

/** Grants only our objects: whoever made others in the schema api grants them. */
async function grantViews(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ statement: string }>(
    `select format('grant %s on %s %s to %I', case kind when 'view' then 'select' else 'execute' end, case kind when 'view' then 'table' else 'function' end, identity, rolname) as statement
     from velolog.applied_view
     join pg_roles on rolname = any ($1)
     where not exists (
       select from pg_class, aclexplode(relacl) as entry
       where kind = 'view' and pg_class.oid = to_regclass(identity) and entry.grantee = pg_roles.oid and entry.privilege_type = 'SELECT'
       union all
       select from pg_proc, aclexplode(proacl) as entry
       where kind = 'function' and pg_proc.oid = to_regprocedure(identity) and entry.grantee = pg_roles.oid and entry.privilege_type = 'EXECUTE'
     )`,
    [[...READER_ROLES]],
  );
  if (rows.length > 0) await client.query(rows.map((row) => row.statement).join(';\n'));
}

async function applyRolesFile(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ database: string; roles: string[] }>(
    `select format('%I', current_database()) as database, array(select rolname::text from pg_roles where rolname = any ($1) order by 1) as roles`,
    [[...READER_ROLES]],
  );
  const text = readSqlFile('roles.sql')
    .replaceAll(/--.*/g, '')
    .replaceAll(':database', rows[0]?.database ?? '')
    .replaceAll(READER_ROLES.join(', '), rows[0]?.roles.join(', ') ?? '');
  for (const statement of text.split(';').map((part) => part.trim())) {
    if (statement === '' || /\bto\s*$/.test(statement)) continue;
    await allowed(client, statement);
  }
}

const INSUFFICIENT_PRIVILEGE = '42501';

/** Runs a statement within the current transaction; false, with nothing changed, if the user may not. */
async function allowed(
  client: Pick<pg.Client, 'query'>,
  statement: string,
  passing: string[] = [],
): Promise<boolean> {
  await client.query('savepoint allowed');
  try {
    await client.query(statement);
    await client.query('release savepoint allowed');
    return true;
  } catch (error) {
    await client.query('rollback to savepoint allowed');
    const code = (error as { code?: string }).code ?? '';
    if (code !== INSUFFICIENT_PRIVILEGE && !passing.includes(code)) throw error;
    return false;
  }
}
