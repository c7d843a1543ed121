import pg from 'pg';

/** What migrate() is told. */
export const READER_PASSWORD = 'bench';

/** A connection of velolog_reader, and the process of PostgreSQL that works for it. */
export async function openReaderSession(url: string): Promise<{ reader: pg.Client; session: number }> {
  const readerUrl = new URL(url);
  readerUrl.username = 'velolog_reader';
  readerUrl.password = READER_PASSWORD;
  const reader = new pg.Client({ connectionString: readerUrl.href });
  await reader.connect();
  return { reader, session: (await reader.query('select pg_backend_pid() as pid')).rows[0].pid };
}
