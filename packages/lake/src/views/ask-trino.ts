import { setTimeout as wait } from 'node:timers/promises';

type Column = { name: string; type: string };
type Page = {
  columns?: Column[];
  data?: unknown[][];
  nextUri?: string;
  error?: { message: string; errorName: string };
};

const BUSY_MS = 100;

/** Runs a query in Trino over its HTTP protocol, in UTC. @throws Error with Trino's message */
export async function askTrino(
  url: string,
  query: string,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<{ columns: Column[]; rows: unknown[][] }> {
  const { origin, username, password } = new URL(url);
  const headers = {
    'x-trino-user': decodeURIComponent(username) || 'velolog',
    'x-trino-catalog': 'lake',
    'x-trino-schema': 'api',
    'x-trino-time-zone': 'UTC',
    ...(password && {
      authorization: `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`,
    }),
  };
  const options = { headers, signal: signal ?? null };
  let answer = await fetch(`${origin}/v1/statement`, { ...options, method: 'POST', body: query });
  let columns: Column[] = [];
  const rows: unknown[][] = [];
  for (let at = `${origin}/v1/statement`; ; ) {
    // Trino asks to try again.
    if (answer.status === 503) await wait(BUSY_MS, undefined, { signal });
    else {
      if (!answer.ok)
        throw new Error(`${at} answers with ${answer.status}: ${(await answer.text()).slice(0, 300)}`);
      const page = (await answer.json()) as Page;
      if (page.error)
        throw new Error(`${page.error.errorName}: ${page.error.message}\n${query.slice(0, 400)}`);
      columns = page.columns ?? columns;
      for (const row of page.data ?? []) rows.push(row);
      if (page.nextUri === undefined) return { columns, rows };
      at = page.nextUri;
    }
    answer = await fetch(at, options);
  }
}
