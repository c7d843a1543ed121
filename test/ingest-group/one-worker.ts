import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { startEmbeddedPostgres } from '@velolog/embedded/embedded-postgres';
import { createKafka, kafkaSettings } from '@velolog/stream/kafka/client';
import { type PollRecord, pollId } from '@velolog/stream/poll-record';
import { POLLS_TOPIC } from '@velolog/stream/topics';
import { readSettings } from '@velolog/worker/settings';
import { diffTables } from '../faults/diff-tables.ts';
import { storeDirectly } from '../faults/store-directly.ts';
import { readTableRows } from '../history/table-rows.ts';
import { withClient } from '../servers/with-client.ts';
import { startWorkerProcess } from '../workers/worker-process.ts';
import type { Seen } from './polite-publishers.ts';

export type AsOneWorker = {
  /** What one undisturbed worker makes of the same answers. */
  asOneWorker: PollRecord[];
  unrecorded: Seen[];
  /** Records that no answer explains. */
  problems: string[];
};

/**
 * The publishers' answers as one worker would record them. Only two things come from the records: the time of each
 * poll, and which answers nobody recorded, because those were truly not polled.
 */
export function recordAsOneWorker(seen: Seen[], records: PollRecord[]): AsOneWorker {
  const asOneWorker: PollRecord[] = [];
  const unrecorded: Seen[] = [];
  const problems: string[] = [];
  const answers = Map.groupBy(
    seen.toSorted((a, b) => a.atMs - b.atMs),
    ({ feed }) => feed,
  );
  for (const [feed, ofFeed] of Map.groupBy(records, (one) => `${one.system_id}/${one.feed}`)) {
    const left = answers.get(feed) ?? [];
    answers.delete(feed);
    let body: PollRecord | null = null;
    for (const record of ofFeed.toSorted((a, b) => a.fetched_at.getTime() - b.fetched_at.getTime())) {
      if (record.error === 'retry_after') {
        // Its host had asked for a pause: there was no request.
        asOneWorker.push(record);
        continue;
      }
      const at = left.findIndex((answer) => isOf(record, answer));
      if (at < 0) {
        problems.push(`No publisher gave ${pollId(record)} (${record.error ?? record.http_status})`);
        continue;
      }
      const answer = left[at] as Seen;
      unrecorded.push(...left.splice(0, at + 1).slice(0, -1));
      const poll = recordOf(answer, record.fetched_at, body);
      if (poll.outcome === 'fetched') body = poll;
      asOneWorker.push(poll);
    }
    unrecorded.push(...left);
  }
  return { asOneWorker, unrecorded: [...unrecorded, ...[...answers.values()].flat()], problems };
}

function isOf({ http_status, body }: PollRecord, answer: Seen): boolean {
  return http_status === answer.status && body.toString() === answer.body;
}

function recordOf(answer: Seen, fetched_at: Date, body: PollRecord | null): PollRecord {
  const { domain, system, feed, status, bikes } = answer;
  const outcome = status === 200 ? 'fetched' : status === 304 ? 'unchanged' : 'failed';
  return {
    system_id: system,
    feed: feed.split('/')[1] ?? '',
    fetched_at,
    source: `http://${domain}/${feed}`,
    outcome,
    http_status: status,
    etag: outcome === 'fetched' ? `"${bikes}"` : null,
    duration_ms: 0,
    error: outcome === 'failed' ? `http_${status}` : null,
    content_type: outcome === 'fetched' ? 'application/json' : null,
    imported: false,
    body_id: outcome === 'unchanged' && body !== null ? pollId(body) : null,
    body: Buffer.from(answer.body),
  };
}

/**
 * Lets a store worker read Kafka, stores the other polls directly, and returns the differences in any row of any table.
 */
export async function storeBoth({
  folder,
  brokers,
  asOneWorker,
}: {
  folder: string;
  brokers: string;
  asOneWorker: PollRecord[];
}): Promise<string[]> {
  const postgres = await startEmbeddedPostgres({ directory: join(folder, 'postgres') });
  try {
    const expectedUrl = new URL(postgres.url);
    expectedUrl.pathname = '/one_worker';
    await withClient(postgres.url, (client) => client.query('create database one_worker'));
    await storeDirectly(expectedUrl.href, asOneWorker, () => ({ records: 50, restarts: false }));
    const store = startWorkerProcess('store', { KAFKA_BROKERS: brokers, DATABASE_URL: postgres.url });
    try {
      await untilAllStored(brokers, postgres.url);
    } finally {
      store.child.kill('SIGKILL');
      await store.ended;
    }
    const [{ kafka_position: _, ...found }, { kafka_position: __, ...expected }] = await Promise.all([
      readTableRows(postgres.url),
      readTableRows(expectedUrl.href),
    ]);
    const rows = Object.values(expected).reduce((sum, { length }) => sum + length, 0);
    return rows === 0 ? ['Nothing was stored'] : diffTables(found, expected, 'one worker');
  } finally {
    postgres.kill();
  }
}

async function untilAllStored(brokers: string, databaseUrl: string): Promise<void> {
  const kafka = createKafka(readSettings(kafkaSettings, { KAFKA_BROKERS: brokers }), { clientId: 'reader' });
  const admin = kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(POLLS_TOPIC);
  await admin.disconnect();
  const wanted = ends.reduce((sum, { high }) => sum + Number(high), 0);
  for (;;) {
    const stored = await withClient(databaseUrl, (client) =>
      client.query('select sum(next_offset)::int as stored from velolog.kafka_position where topic = $1', [
        POLLS_TOPIC,
      ]),
    ).catch((error: { code?: string }) => {
      // The store that has just been started creates the tables.
      if (error.code === '42P01' || error.code === '3F000') return { rows: [] };
      throw error;
    });
    if (stored.rows[0]?.stored === wanted) return;
    await wait(50);
  }
}
