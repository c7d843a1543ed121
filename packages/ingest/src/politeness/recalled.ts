import type { RecalledToken } from '../fetch/access-tokens.ts';
import { DISCOVERY } from '../fetch/feed.ts';
import type { BodyFate } from '../publish/publish-buffer.ts';
import type { Remembered, RememberedFeed } from '../schedule/retired-systems.ts';
import type { FeedNote } from './feed-note.ts';
import type { TokenNote } from './token-note.ts';

/** A note and its age by the broker's clock. */
export type AgedNote = { place: string; feed: string; note: FeedNote; elapsedMs: number };

/** Where the logs of poll records begin and end now; null when nothing is known about the topic. */
export type LogBounds = (
  topic: string,
) => { topicId: string | null; partitions: ReadonlyMap<number, { low: bigint; high: bigint }> } | null;

/** The feed as this worker continues it. A request noted as under way may have reached its publisher just now. */
export function recalledFeed(
  { note, elapsedMs }: AgedNote,
  nowMs: number,
  bounds: LogBounds,
): RememberedFeed {
  const left = (ms: number): number => nowMs + (note.under_way ? ms : Math.max(0, ms - elapsedMs));
  const ago = (ms: number): number => nowMs - ms - elapsedMs;
  const fate = note.body && fateOf(note.body, bounds);
  return {
    url: note.url ?? null,
    settingsHash: note.settings_hash ?? null,
    ttlSeconds: note.ttl_seconds,
    failuresInARow: note.failures,
    timedOut: note.timed_out,
    failingSinceMs: note.failing_ms === undefined ? null : ago(note.failing_ms),
    dueAtMs: left(note.due_in_ms),
    notBeforeMs: left(note.under_way ? note.due_in_ms : note.not_before_in_ms),
    askedAtMs: note.asked_ms_ago === undefined ? null : ago(note.asked_ms_ago),
    newestBody: note.newest
      ? {
          lastUpdated: note.newest.last_updated,
          olderSinceMs: note.newest.older_ms === undefined ? null : ago(note.newest.older_ms),
        }
      : null,
    knownBody:
      note.body && fate
        ? {
            validators: { etag: note.body.etag, last_modified: note.body.last_modified },
            fate,
            id: note.body.id,
            fetchedAtMs: ago(note.body.fetched_ms_ago),
          }
        : null,
  };
}

/** A process that lasted for a while did not crash, so the next token counts as the first one. */
export function recalledToken(note: TokenNote, elapsedMs: number, nowMs: number): RecalledToken {
  return {
    notBeforeMs: nowMs + Math.max(0, note.not_before_in_ms - elapsedMs),
    failures: note.failures,
    starts: elapsedMs > 2 * note.not_before_in_ms ? 0 : note.starts,
  };
}

/** Null when Kafka no longer has the body, so that no 304 may confirm it. */
function fateOf(body: NonNullable<FeedNote['body']>, bounds: LogBounds): BodyFate | null {
  const log = bounds(body.topic);
  const partition = log?.partitions.get(body.partition);
  if (log === null || partition === undefined || log.topicId !== body.topic_id) return null;
  const offset = BigInt(body.offset);
  if (offset < partition.low || offset >= partition.high) return null;
  const { topic, topic_id: topicId, partition: at } = body;
  return { dropped: false, kept: { topic, topicId, partition: at, offset } };
}

/** The systems in the notes, by place. */
export function recalledSystems(
  notes: AgedNote[],
  nowMs: number,
  bounds: LogBounds,
): Map<string, Remembered> {
  const systems = new Map<string, Remembered>();
  for (const [place, ofPlace] of Map.groupBy(notes, (one) => one.place)) {
    const discovery = ofPlace.find(({ feed }) => feed === DISCOVERY);
    const system_id = (discovery ?? ofPlace[0])?.note.system_id ?? '';
    systems.set(place, {
      system_id,
      hasEnded: discovery?.note.ended ?? false,
      answers410: discovery?.note.answers_410 ?? false,
      isTerminated: discovery?.note.terminated ?? false,
      wanted: discovery?.note.wanted ?? null,
      languages: discovery?.note.wanted ? (discovery.note.languages ?? []) : null,
      // A system may have had another name before: only the feeds under its newest name count.
      feeds: new Map(
        ofPlace
          .filter(({ note }) => note.system_id === system_id)
          .map((aged) => [aged.feed, recalledFeed(aged, nowMs, bounds)]),
      ),
      goesOn: true,
    });
  }
  return systems;
}
