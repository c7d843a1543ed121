import { pathToFileURL } from 'node:url';
import { hasVehicleIds } from '@velolog/gbfs/feeds';
import { createKafka, type KafkaSettings } from '@velolog/stream/kafka/client';
import type { Admin, Kafka, Message } from '@velolog/stream/kafka/kafka-types';
import { createProducer } from '@velolog/stream/kafka/producer';
import { ZSTD } from '@velolog/stream/kafka/zstd';
import { encodePoll } from '@velolog/stream/poll-record';
import { ensureTopics, type TopicSettings, topicNames, topicsOfFeed } from '@velolog/stream/topics';
import { OWNER_PATH, sessionUrl } from '@velolog/worker/session-url';
import pg from 'pg';
import type { CheckedHistory } from './check-history.ts';
import { type HistoryRecord, readHistory } from './history-file.ts';
import { holdHistory } from './history-lock.ts';
import { isObserved, readObservedRanges } from './observed-ranges.ts';
import { markLetters, readRejections } from './read-rejections.ts';
import { findTarget, readPosition, type Target, untilCommitted, type Waiting } from './store-position.ts';

export type ImportOptions = Waiting & {
  history: CheckedHistory;
  /** Reads one of the history's files. Default: reads it from disk. */
  read?: (file: string) => AsyncIterable<HistoryRecord> | Iterable<HistoryRecord>;
  system: string;
  feed: string;
  kafka: KafkaSettings;
  /** Logs in as the owner, whose tables hold the position of the store. */
  databaseUrl: string;
  onProgress: (progress: ImportProgress) => void;
  topic?: string;
  deadLettersTopic?: string;
};

/** Records so far: published to Kafka, stored (of those published), and skipped. */
export type ImportProgress = { published: number; stored: number; skipped: number };

export type ImportResult = {
  system_id: string;
  feed: string;
  /** Records published. */
  polls: number;
  /** Stations of the system that have ever been observed, counted after the import. */
  stations: number;
  /** Changes that the import added. */
  changes: number;
  /** Stays of vehicles that the import added; only for a feed that lists vehicles. */
  stays?: number;
  /** Records that the store rejected: they are in the dead letters. */
  rejected: number;
  /** Rejected records by the store's reason; absent when nothing was rejected. */
  reasons?: Record<string, number>;
  /** Records that were not published, because their time had already been observed. */
  skipped: number;
};

/** Small enough that a batch of large bodies fits into one request, and that a batch which Kafka refuses is reported soon. */
const BATCH_BYTES = 1_000_000;

/**
 * Publishes checked history, in order of time, and returns when the store has committed it. Skips records within times already observed,
 * so that an import can be repeated, even one that was killed.
 */
export async function importRecords(options: ImportOptions): Promise<ImportResult> {
  const { system, feed } = options;
  const { polls: topic, deadLetters: lettersTopic } = topicsOfFeed(topicNames(topicSettings(options)), {
    hasVehicleIds: hasVehicleIds(feed),
  });
  const client = new pg.Client({
    connectionString: sessionUrl(options.databaseUrl, OWNER_PATH),
    application_name: 'velolog import',
  });
  client.on('error', () => {});
  await client.connect();
  const kafka = createKafka(options.kafka, { clientId: 'velolog-import' });
  const admin = kafka.admin();
  try {
    await holdHistory(client, system, { import: feed });
    await ensureTopics(kafka, topicSettings(options));
    await admin.connect();
    const target = await findTarget(admin, topic, system);
    // The store may not have read all records of an import that was killed; they count as observed, too.
    await untilCommitted(client, target, await endOffset(admin, target), options);
    const before = await count(client, options);
    const since = await markLetters(admin, lettersTopic);
    const sent = await publish(client, kafka, target, options);
    const { polls, skipped } = sent;
    await untilCommitted(client, target, sent.nextOffset, options, (position) =>
      options.onProgress(progressOf(sent, position)),
    );
    const after = await count(client, options);
    const range = { topic, partition: target.partition, from: sent.firstOffset ?? 0n, to: sent.nextOffset };
    const reasons =
      polls > 0 ? await readRejections(kafka, admin, lettersTopic, { since, system, range }) : {};
    const told = Object.values(reasons).reduce((sum, count) => sum + count, 0);
    // Live polls that came during the import could hide rejected records from a mere count, and some dead letters may be missing: take the larger number.
    const rejected = Math.max(told, polls - (after.accepted - before.accepted));
    return {
      system_id: system,
      feed,
      polls,
      stations: after.stations,
      changes: after.changes - before.changes,
      ...(hasVehicleIds(feed) && { stays: after.stays - before.stays }),
      rejected,
      skipped,
      ...(rejected > 0 && { reasons }),
    };
  } finally {
    await Promise.allSettled([client.end(), admin.disconnect()]);
  }
}

function topicSettings({ kafka, topic, deadLettersTopic }: ImportOptions): TopicSettings {
  return { ...kafka, ...(topic && { pollsTopic: topic }), ...(deadLettersTopic && { deadLettersTopic }) };
}

async function endOffset(admin: Admin, { topic, partition }: Target): Promise<bigint> {
  const offsets = await admin.fetchTopicOffsets(topic);
  return BigInt(offsets.find((one) => one.partition === partition)?.high ?? 0);
}

/** What has been published. The offsets are those of the target's partition. */
type Sent = { polls: number; skipped: number; firstOffset: bigint | null; nextOffset: bigint };

/** Polls of other systems may lie between ours, so `stored` may run ahead of the truth; it is used only for the progress bar. */
function progressOf({ polls, skipped, firstOffset }: Sent, position: bigint): ImportProgress {
  const passed = firstOffset === null ? 0 : Number(position - firstOffset);
  return { published: polls, stored: Math.min(polls, Math.max(0, passed)), skipped };
}

async function publish(
  client: pg.Client,
  kafka: Kafka,
  target: Target,
  options: ImportOptions,
): Promise<Sent> {
  const { system, feed, history, read = readHistory, onProgress, signal } = options;
  const ranges = await readObservedRanges(client, system, feed);
  const producer = createProducer(kafka);
  await producer.connect();
  const sent: Sent = { polls: 0, skipped: 0, firstOffset: null, nextOffset: 0n };
  let batch: Message[] = [];
  let bytes = 0;
  const flush = async () => {
    if (batch.length === 0) return;
    signal.throwIfAborted();
    const [result] = await producer.send({ topic: target.topic, messages: batch, compression: ZSTD });
    if (result?.baseOffset === undefined)
      throw new Error(`Kafka returned no offset for the records in ${target.topic}`);
    sent.firstOffset ??= BigInt(result.baseOffset);
    sent.nextOffset = BigInt(result.baseOffset) + BigInt(batch.length);
    sent.polls += batch.length;
    batch = [];
    bytes = 0;
    onProgress(progressOf(sent, await readPosition(client, target)));
  };
  try {
    let last = Number.NEGATIVE_INFINITY;
    for (const file of history.files) {
      for await (const record of read(file)) {
        const at = record.fetched_at.getTime();
        if (at === last || isObserved(ranges, at)) {
          sent.skipped += 1;
          continue;
        }
        last = at;
        batch.push(encodeRecord(record, file, options));
        bytes += record.body.length;
        if (bytes >= BATCH_BYTES) await flush();
      }
    }
    await flush();
    return sent;
  } finally {
    await producer.disconnect();
  }
}

function encodeRecord(
  { fetched_at, body }: HistoryRecord,
  file: string,
  { system, feed }: ImportOptions,
): Message {
  return encodePoll({
    system_id: system,
    feed,
    fetched_at,
    source: pathToFileURL(file).href,
    outcome: 'fetched',
    http_status: null,
    etag: null,
    duration_ms: null,
    error: null,
    content_type: 'application/json',
    imported: true,
    body_id: null,
    body,
  });
}

type Counted = { accepted: number; stations: number; changes: number; stays: number };

/** Counts what the database holds for the time range of the import. `accepted` are polls that did not become dead letters. */
async function count(client: pg.Client, { system, feed, history }: ImportOptions): Promise<Counted> {
  const { rows } = await client.query<Counted>(
    `select
       (select coalesce(sum(polls), 0)::int from api.feed_coverage
        where system_id = $1 and feed = $2 and outcome <> 'undecodable' and from_at <= $4 and to_at >= $3) as accepted,
       (select count(*)::int from api.station where system_id = $1 and first_observed_at is not null) as stations,
       (select count(*)::int from api.station_change_between($3, $4, $1)) as changes,
       (select count(*)::int
        from api.vehicle_stay_between($3::timestamptz - interval '1 ms', $4::timestamptz + interval '1 ms', $1)
        where from_at between $3 and $4) as stays`,
    [system, feed, history.first.toISOString(), history.last.toISOString()],
  );
  return rows[0] ?? { accepted: 0, stations: 0, changes: 0, stays: 0 };
}
