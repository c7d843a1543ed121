import { printable } from '@velolog/worker/printable';

/** Queries the database as the reader; `$1` is the start of this run. Returns no rows when the database does not answer. */
export type Ask = <Row>(query: string) => Promise<Row[]>;

const FAILURES_TOLD_MAX = 5;

const FAILURES: Record<string, string> = {
  dns: 'its host name was not found; is there a network?',
  unreachable: 'its host cannot be reached; is there a network?',
  connection_refused: 'no server listens there',
  timeout_connect: 'its host did not accept the connection in time',
  timeout_headers: 'it did not answer in time',
  timeout_body: 'its answer was not complete in time',
  fetched_in_future: "the clock of ingest is more than 5 minutes ahead of the Kafka broker's; set it right",
  stale: 'the clock of ingest was set back, or another ingest polls it with a clock ahead',
  refused_private_address: 'it is on a private network; ALLOW_PRIVATE_FEEDS=1 allows that',
};

/** Reports each feed when it begins to fail and when it answers again. Ingest retries by itself. */
export function failureTeller(ask: Ask, tell: (line: string) => void): () => Promise<void> {
  const known = new Set<string>();
  return async () => {
    const feeds = await ask<{ name: string; failing: boolean; refused: boolean; last_error: string | null }>(
      `select system_id || ' ' || feed as name, consecutive_failures > 0 as failing, refused_polls > 0 as refused, last_error
       from api.feed_health where last_fetched_at >= $1 order by name`,
    );
    const begun = feeds.filter(({ name, failing }) => failing && !known.has(name));
    const ended = feeds.filter(({ name, failing }) => !failing && known.has(name));
    for (const { name, refused, last_error } of begun.slice(0, FAILURES_TOLD_MAX)) {
      const code = printable(last_error ?? 'unknown');
      const why = code in FAILURES ? `${code}: ${FAILURES[code]}` : code;
      tell(
        refused
          ? `not stored: ${printable(name)} (${why})`
          : `no answer: ${printable(name)} (${why}); trying again, less often each time`,
      );
    }
    if (begun.length > FAILURES_TOLD_MAX)
      tell(`no answer: ${begun.length - FAILURES_TOLD_MAX} more feeds (see api.feed_health)`);
    for (const { name } of ended.slice(0, FAILURES_TOLD_MAX)) tell(`answers again: ${printable(name)}`);
    for (const { name } of begun) known.add(name);
    for (const { name } of ended) known.delete(name);
  };
}
