import { z } from 'zod';
import type { Feed } from '../fetch/feed.ts';
import { redactUrl, secretValues } from '../fetch/redact-url.ts';

/**
 * What is written about a feed. Times are relative to the moment of writing, which the broker stamps: the clocks of two
 * workers differ, and a clock may be set.
 */
const feedNote = z.object({
  system_id: z.string(),
  /** Absent when the URL holds a key: discovery must then supply it again. */
  url: z.string().optional(),
  /** A request was about to be sent, and its end has not been written yet. */
  under_way: z.literal(true).optional(),
  asked_ms_ago: z.number().optional(),
  due_in_ms: z.number(),
  not_before_in_ms: z.number(),
  ttl_seconds: z.number().nullable(),
  failures: z.number(),
  timed_out: z.boolean(),
  failing_ms: z.number().optional(),
  ended: z.literal(true).optional(),
  answers_410: z.literal(true).optional(),
  terminated: z.literal(true).optional(),
  /**
   * The settings it was asked under, as velolog.systems has them. Each feed has its own, written before its request: so
   * a change of the settings ends its back-off once, also in a worker that restarts again and again.
   */
  settings_hash: z.string().optional(),
  /** Only for discovery: which feeds were to be recorded. */
  wanted: z.array(z.string()).optional(),
  languages: z.array(z.string()).optional(),
  newest: z.object({ last_updated: z.number(), older_ms: z.number().optional() }).optional(),
  body: z
    .object({
      id: z.string(),
      etag: z.string().nullable(),
      last_modified: z.string().nullable(),
      fetched_ms_ago: z.number(),
      topic_id: z.string().nullable(),
      topic: z.string(),
      partition: z.number(),
      offset: z.string(),
    })
    .optional(),
});

export type FeedNote = z.infer<typeof feedNote>;

/** Null when this version cannot read the note, for example one of a later version. */
export function parseFeedNote(text: string): FeedNote | null {
  try {
    return feedNote.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

const LONGEST_MS = 86_400_000 * 2;

export function noteOf(feed: Feed, nowMs: number): FeedNote {
  const { system, knownBody, newestBody } = feed;
  const url = redactUrl(feed.url, secretsOf(feed));
  const span = (untilMs: number) => Math.round(Math.min(LONGEST_MS, Math.max(0, untilMs - nowMs)));
  const kept = knownBody !== null && !knownBody.fate.dropped ? knownBody.fate.kept : undefined;
  return {
    system_id: system.settings.id,
    ...(url === feed.url && { url }),
    ...(feed.underWay && { under_way: true as const }),
    ...(feed.askedAtMs !== null && { asked_ms_ago: Math.round(nowMs - feed.askedAtMs) }),
    due_in_ms: span(feed.dueAtMs),
    not_before_in_ms: span(feed.notBeforeMs),
    ttl_seconds: feed.ttlSeconds,
    failures: feed.failuresInARow,
    timed_out: feed.timedOut,
    ...(feed.failingSinceMs !== null && { failing_ms: Math.round(nowMs - feed.failingSinceMs) }),
    ...(system.settings.listedHash !== undefined && { settings_hash: system.settings.listedHash }),
    ...(feed === system.discovery && {
      ...(system.hasEnded && { ended: true as const }),
      ...(system.answers410 && { answers_410: true as const }),
      ...(system.isTerminated && { terminated: true as const }),
      wanted: system.settings.feeds as string[],
      ...(system.settings.languages.length > 0 && { languages: system.settings.languages }),
    }),
    ...(newestBody && {
      newest: {
        last_updated: newestBody.lastUpdated,
        ...(newestBody.olderSinceMs !== null && { older_ms: Math.round(nowMs - newestBody.olderSinceMs) }),
      },
    }),
    ...(kept &&
      knownBody && {
        body: {
          id: knownBody.id,
          ...knownBody.validators,
          fetched_ms_ago: Math.round(nowMs - knownBody.fetchedAtMs),
          topic_id: kept.topicId,
          topic: kept.topic,
          partition: kept.partition,
          offset: String(kept.offset),
        },
      }),
  };
}

/** Publishers repeat keys and tokens in the URLs that they list. */
function secretsOf({ system: { settings, tokens } }: Feed): Parameters<typeof redactUrl>[1] {
  const { secret_parameters = [], headers, secretValues: own = [] } = settings;
  return { parameters: secret_parameters, values: [...own, ...tokens, ...secretValues(headers)] };
}
