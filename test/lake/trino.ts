import { setTimeout as wait } from 'node:timers/promises';

type Page = {
  columns?: { name: string; type: string }[];
  data?: unknown[][];
  nextUri?: string;
  error?: { message: string; errorName: string };
};

/** Asks Trino over its HTTP protocol; times come as ISO 8601 in UTC, as PostgreSQL's JSON has them. @throws Error with what Trino says */
export async function askTrino(url: string, query: string): Promise<Record<string, unknown>[]> {
  const headers = {
    'x-trino-user': 'test',
    'x-trino-catalog': 'lake',
    'x-trino-schema': 'api',
    'x-trino-time-zone': 'UTC',
  };
  let page = (await (
    await fetch(`${url}/v1/statement`, { method: 'POST', body: query, headers })
  ).json()) as Page;
  let columns: Page['columns'];
  const rows: Record<string, unknown>[] = [];
  for (;;) {
    if (page.error) throw new Error(`${page.error.errorName}: ${page.error.message}\n${query.slice(0, 400)}`);
    columns ??= page.columns;
    for (const values of page.data ?? []) {
      rows.push(
        Object.fromEntries(
          (columns ?? []).map(({ name, type }, index) => [name, plain(values[index], type)]),
        ),
      );
    }
    if (!page.nextUri) return rows;
    const answer = await fetch(page.nextUri, { headers });
    if (answer.status === 503) await wait(100);
    else page = (await answer.json()) as Page;
  }
}

function plain(value: unknown, type: string): unknown {
  if (typeof value !== 'string' || !type.startsWith('timestamp')) return value;
  return value
    .replace(' UTC', 'Z')
    .replace(' ', 'T')
    .replace(/\.?0+Z$/, (end) => (end.startsWith('.') ? 'Z' : end))
    .replace(/(\.\d*?)0+Z$/, '$1Z');
}
