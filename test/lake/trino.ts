import { askTrino } from '@velolog/lake/views/ask-trino';

/** The rows of a Trino query; times as ISO 8601 in UTC, as in PostgreSQL's JSON. */
export async function readTrino(url: string, query: string): Promise<Record<string, unknown>[]> {
  const { columns, rows } = await askTrino(url, query);
  return rows.map((row) =>
    Object.fromEntries(columns.map(({ name, type }, index) => [name, plain(row[index], type)])),
  );
}

function plain(value: unknown, type: string): unknown {
  if (typeof value !== 'string' || !type.startsWith('timestamp')) return value;
  return value
    .replace(' UTC', 'Z')
    .replace(' ', 'T')
    .replace(/\.?0+Z$/, (end) => (end.startsWith('.') ? 'Z' : end))
    .replace(/(\.\d*?)0+Z$/, '$1Z');
}
