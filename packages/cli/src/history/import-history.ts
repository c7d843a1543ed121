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
  /** Reads one of its files; default: what lies there. */
  read?: (file: string) => AsyncIterable<HistoryRecord> | Iterable<HistoryRecord>;
  system: string;
  feed: string;
  kafka: KafkaSettings;
  /** The owner's: the position of the store is read from its tables. */
  databaseUrl: string;
  onProgress: (progress: ImportProgress) => void;
  topic?: string;
  deadLettersTopic?: string;
};

/** Records so far: published to Kafka, of these stored, and left out. */
export type ImportProgress = { published: number; stored: number; skipped: number };

export type ImportResult = {
  system_id: string;
  feed: string;
  /** Records published. */
  polls: number;
  /** Stations of the system that have been observed, after the import. */
  stations: number;
  /** Changes that came with it. */
  changes: number;
  /** Of a feed that lists vehicles: stays that came with it. */
  stays?: number;
  /** Records that the store did not take: they are in the dead letters. */
  rejected: number;
  /** How many for each of the store's reasons; only where there are some. */
  reasons?: Record<string, number>;
  /** Records of times that had been observed: not published. */
  skipped: number;
};

/** Small enough that a batch of large bodies fits a request, and one that Kafka refuses is told soon. */
const BATCH_BYTES = 1_000_000;

/**
 * Publishes checked history, in order of time, and returns when the store has committed it. What lies within times already observed
 * is skipped, so that an import can be repeated, also one that was killed.
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
    // Records of an import that was killed may not be stored yet; they are history, too.
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
    // Live polls may have come meanwhile. Counting accepted polls alone would let them hide rejected ones, and some dead letters may be lost.
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

/** What has been published, and where: offsets of the target's partition. */
type Sent = { polls: number; skipped: number; firstOffset: bigint | null; nextOffset: bigint };

/** Polls of others may lie between ours, so `stored` may run ahead of the truth; it only feeds the progress bar. */
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
      throw new Error(`Kafka did not say where it put the records in ${target.topic}`);
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

/** What the database holds of the window of the import. `accepted` are polls that were no dead letters. */
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
