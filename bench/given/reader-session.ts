import pg from 'pg';

/** The password to pass to migrate(). */
export const READER_PASSWORD = 'bench';

/** Opens a connection as velolog_reader. @returns it and the pid of its PostgreSQL process */
export async function openReaderSession(url: string): Promise<{ reader: pg.Client; session: number }> {
  const readerUrl = new URL(url);
  readerUrl.username = 'velolog_reader';
  readerUrl.password = READER_PASSWORD;
  const reader = new pg.Client({ connectionString: readerUrl.href });
  await reader.connect();
  return { reader, session: (await reader.query('select pg_backend_pid() as pid')).rows[0].pid };
}
