import { printableJson } from '@velolog/worker/printable';
import { READER_PATH, sessionUrl } from '@velolog/worker/session-url';
import { UserError } from '@velolog/worker/user-error';
import pg from 'pg';
import type { Home } from '../home/home.ts';
import { waysToStart } from '../home/home-option.ts';
import { readState } from '../home/state.ts';
import { asObjects } from '../print/as-objects.ts';
import { formatTable } from '../print/format-table.ts';
import { parserOf } from '../print/sql-values.ts';

/** Runs SQL as velolog_reader and prints an aligned table, or with `json` an array of row objects. */
export async function sql(home: Home, query: string, { json }: { json: boolean }): Promise<void> {
  if (!query.trim())
    throw new UserError('Give an SQL statement: npx velolog sql "select …"', { exitCode: 2 });
  const client = new pg.Client({ ...(await readerOf(home)), types: { getTypeParser: parserOf as never } });
  client.on('error', () => {});
  try {
    await connect(client);
    const { fields, rows } = await ask(client, query);
    if (json) {
      const names = fields.map(({ name }) => name);
      console.log(printableJson(asObjects(names, rows)));
    } else {
      console.log(
        formatTable(
          fields.map(({ name }) => name),
          rows,
        ),
      );
    }
  } finally {
    await client.end().catch(() => {});
  }
}

/** READER_DATABASE_URL, else the running home's reader, else DATABASE_URL with the reader's role. */
async function readerOf(home: Home): Promise<pg.ClientConfig> {
  const { READER_DATABASE_URL, DATABASE_URL } = process.env;
  const state = READER_DATABASE_URL ? null : await readState(home);
  const reader = READER_DATABASE_URL || state?.reader_database_url;
  if (reader) return clientOf(reader, READER_PATH);
  const owner = state?.database_url ?? DATABASE_URL;
  if (!owner) {
    throw new UserError(
      `Nothing is running in ${home.path}: ${waysToStart(home.path)} starts it; or set READER_DATABASE_URL`,
    );
  }
  // PostgreSQL applies a role's settings only when that role logs in, but this connection logs in as the owner.
  const role = { role: 'velolog_reader', default_transaction_read_only: 'on', statement_timeout: '15s' };
  return clientOf(owner, { ...READER_PATH, ...role });
}

function clientOf(databaseUrl: string, settings: Record<string, string>): pg.ClientConfig {
  return { connectionString: sessionUrl(databaseUrl, settings), application_name: 'velolog sql' };
}

async function connect(client: pg.Client): Promise<void> {
  try {
    await client.connect();
  } catch (cause) {
    throw new UserError(
      `Cannot reach the database: ${(cause as Error).message || (cause as { code: string }).code}`,
      {
        cause,
      },
    );
  }
}

async function ask(client: pg.Client, query: string): Promise<pg.QueryArrayResult<unknown[]>> {
  try {
    // The extended protocol accepts one statement only, so a second one is refused instead of running unnoticed.
    const config = { text: query, rowMode: 'array', queryMode: 'extended' } as const;
    return await client.query<unknown[]>(config);
  } catch (cause) {
    if (!(cause instanceof pg.DatabaseError)) throw cause;
    throw new UserError(describeSqlError(query, cause), { cause });
  }
}

/** Shows the error as psql does: the message, the line and a mark below the position. */
function describeSqlError(query: string, { message, code, position, hint }: pg.DatabaseError): string {
  const lines = [`${message} (SQLSTATE ${code})`];
  if (position !== undefined) {
    // PostgreSQL counts characters from 1.
    const before = [...query].slice(0, Number(position) - 1).join('');
    const line = before.split('\n').length;
    const column = before.length - before.lastIndexOf('\n');
    lines[0] += `, at line ${line}, column ${column}:`;
    lines.push(`  ${query.split('\n')[line - 1]}`, `  ${' '.repeat(column - 1)}^`);
  }
  if (hint) lines.push(`Hint: ${hint}`);
  if (code === '57014') lines.push('A query of the reader may take 15 s at most: narrow the window of time');
  if (message.includes('multiple commands')) lines.push('Run one statement at a time');
  if (code === '42501') lines.push('The reader can read only the views of the schema api');
  return lines.join('\n');
}
