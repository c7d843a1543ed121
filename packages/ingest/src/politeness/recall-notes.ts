import type { Kafka } from '@velolog/stream/kafka/kafka-types';
import type { PartitionReader, ReadRecord } from '@velolog/stream/kafka/partition-reader';
import type { PolitenessRecord } from '@velolog/stream/politeness-topic';
import { topicLogs } from '@velolog/stream/topic-logs';
import type { Clock } from '../clock.ts';
import type { Publisher } from '../publish/publish.ts';
import type { HostLimits } from '../schedule/host-limits.ts';
import type { Recorder } from '../schedule/recorder.ts';
import { parseFeedNote } from './feed-note.ts';
import { type AgedNote, type LogBounds, recalledSystems, recalledToken } from './recalled.ts';
import { parseTokenNote } from './token-note.ts';

/** No feed is left alone for more than a day, so older notes do not matter. */
const NOTES_KEPT_MS = 3 * 86_400_000;

export type RecallDependencies = {
  kafka: Kafka;
  reader: PartitionReader;
  limits: HostLimits;
  publisher: Pick<Publisher, 'adopt'>;
  recorder: Pick<Recorder, 'recall' | 'recallToken'>;
  clock: Clock;
  /** The longest request plus the pause that must follow it. */
  requestMsMax: number;
};

/**
 * Passes the notes about feeds and hosts to the limits, the publisher and the recorder. `brokerNowMs` is the current
 * time of the broker's clock, which stamped the notes. Returns what to write in their place: for notes that have become
 * meaningless and for requests that are over.
 */
export async function recallNotes(
  records: (ReadRecord & { partition: number })[],
  brokerNowMs: number,
  dependencies: RecallDependencies,
): Promise<PolitenessRecord[]> {
  const { limits, publisher, recorder, clock, requestMsMax } = dependencies;
  const nowMs = clock.nowMs();
  const notes: AgedNote[] = [];
  const closing: PolitenessRecord[] = [];
  for (const { key, value, timestampMs, partition } of records) {
    if (value === null) continue;
    const elapsedMs = Math.max(0, brokerNowMs - timestampMs);
    const [kind, feed = '', ...rest] = key.split(' ');
    if (kind === 'wait') {
      const leftMs = Number(JSON.parse(value).wait_ms) - elapsedMs;
      if (leftMs > 0) limits.keepWaiting(rest.join(' '), leftMs / 1000);
      else closing.push({ key, partition, value: null });
    } else if (kind === 'token') {
      const note = parseTokenNote(value);
      if (note === null || elapsedMs > NOTES_KEPT_MS) closing.push({ key, partition, value: null });
      else recorder.recallToken(rest.join(' '), recalledToken(note, elapsedMs, nowMs));
    } else if (kind === 'feed') {
      const note = parseFeedNote(value);
      if (note === null || elapsedMs > NOTES_KEPT_MS) closing.push({ key, partition, value: null });
      else notes.push({ place: rest.join(' '), feed, note, elapsedMs });
      if (note?.under_way) {
        const { under_way, ...closed } = note;
        closing.push({
          key,
          partition,
          value: JSON.stringify({ ...closed, not_before_in_ms: note.due_in_ms }),
        });
      }
    }
  }
  for (const aged of notes) spareHost(aged, limits, requestMsMax);
  const bounds = await pollBounds(notes, dependencies);
  for (const [place, remembered] of recalledSystems(notes, nowMs, bounds)) {
    for (const [feed, { knownBody }] of remembered.feeds) {
      if (knownBody) publisher.adopt({ system_id: remembered.system_id, feed }, knownBody.fate);
    }
    recorder.recall(place, remembered);
  }
  return closing;
}

/** A request noted as under way may still be running, and the next one must keep its distance from the last. */
function spareHost({ place, note, elapsedMs }: AgedNote, limits: HostLimits, requestMsMax: number): void {
  const url = URL.parse(note.url ?? place.split(' ')[0] ?? '');
  if (url === null) return;
  const sinceMs = elapsedMs + (note.under_way ? 0 : (note.asked_ms_ago ?? Number.POSITIVE_INFINITY));
  const leftMs = limits.spacingMs + (note.under_way ? requestMsMax : 0) - sinceMs;
  if (leftMs > 0) limits.leaveAlone(url.host, leftMs);
}

/** Where the logs that hold the noted bodies begin and end. */
async function pollBounds(
  notes: AgedNote[],
  { kafka, reader }: Pick<RecallDependencies, 'kafka' | 'reader'>,
): Promise<LogBounds> {
  const topics = new Set(notes.flatMap(({ note }) => note.body?.topic ?? []));
  const logs = topicLogs(kafka);
  const found = new Map<string, ReturnType<LogBounds>>();
  try {
    for (const topic of topics) {
      const [topicId, partitions] = await Promise.all([logs.topicId(topic), reader.bounds(topic)]).catch(
        () => [null, null] as const,
      );
      found.set(topic, partitions === null ? null : { topicId, partitions });
    }
  } finally {
    await logs.close();
  }
  return (topic) => found.get(topic) ?? null;
}
