import { type CommonQueryMethods, sql } from 'slonik';
import { z } from 'zod';
import { type CoverageOutcome, type CoverageSpan, type Lane, startLane } from '../coverage.ts';
import { type FeedState, type HistoryLane, newLaneState } from '../system-state.ts';
import { Milliseconds } from './milliseconds.ts';

const FROM_MS = sql.fragment`extract(epoch from from_at)::float8 * 1000 as from_ms`;
const TO_MS = sql.fragment`extract(epoch from to_at)::float8 * 1000 as to_ms`;
const LANE_COLUMNS = sql.fragment`${FROM_MS}, ${TO_MS}, cadence_ms, body_id,
  extract(epoch from body_last_updated)::float8 * 1000 as body_last_updated_ms, extract(epoch from older_since)::float8 * 1000 as older_since_ms`;

const RangeRow = z.object({
  feed_key: z.number(),
  from_ms: Milliseconds,
  to_ms: Milliseconds,
  cadence_ms: z.number(),
  body_id: z.string().nullable(),
  body_last_updated_ms: Milliseconds.nullable(),
  older_since_ms: Milliseconds.nullable(),
});

export type RangeOfLane = z.infer<typeof RangeRow>;

function laneOf(row: RangeOfLane): Lane {
  return {
    ...startLane(row.from_ms),
    to_at: row.to_ms,
    cadence_ms: row.cadence_ms,
    older_since: row.older_since_ms,
  };
}

/** Reads the lanes of each feed: the newest with its spans, history lanes only by their times. */
export async function loadRanges(db: CommonQueryMethods, feeds: Map<number, FeedState>): Promise<void> {
  const rows = await db.any(sql.type(RangeRow)`
    select feed_key, ${LANE_COLUMNS} from velolog.observed_range
    where feed_key = any(${sql.array([...feeds.keys()], 'int4')}) order by feed_key, from_at desc`);
  for (const row of rows) {
    const feed = feeds.get(row.feed_key);
    if (feed === undefined) continue;
    if (feed.live === null) {
      feed.live = newLaneState(laneOf(row));
      await readSpans(db, feed, feed.live.lane, row);
    } else {
      feed.history.unshift({ from_at: row.from_ms, to_at: row.to_ms, state: null });
    }
  }
}

const SealedRow = z.object({ feed_key: z.number(), from_ms: Milliseconds, sealed_ms: Milliseconds });

/**
 * Discards what is remembered of history whose rows retention has dropped since. What is imported after it would otherwise be compared with rows that
 * are gone: a station that stays as it is would have none.
 */
export async function discardSealed(db: CommonQueryMethods, feeds: Iterable<FeedState>): Promise<void> {
  const remembered = new Map<number, FeedState>();
  for (const feed of feeds) {
    if (feed.feed === 'station_status' && feed.history.some(({ state }) => state !== null))
      remembered.set(feed.feed_key, feed);
  }
  if (remembered.size === 0) return;
  const rows = await db.any(sql.type(SealedRow)`
    select feed_key, ${FROM_MS}, extract(epoch from sealed_at)::float8 * 1000 as sealed_ms from velolog.rolled_range
    where feed_key = any(${sql.array([...remembered.keys()], 'int4')}) and sealed_at is not null`);
  for (const { feed_key, from_ms, sealed_ms } of rows) {
    const lane = remembered.get(feed_key)?.history.find(({ from_at }) => from_at === from_ms);
    // A lane is sealed at its last observation. One that has been observed since has rows from after that.
    if (lane?.state && (lane.state.lane.observed_at ?? 0) <= sealed_ms) lane.state = null;
  }
}

const SpanRow = z.object({
  from_ms: Milliseconds,
  to_ms: Milliseconds,
  polls: z.number(),
  outcome: z.enum(['observed', 'empty', 'undecodable', 'failed', 'lost']),
});

/** Reads one lane of history. */
export async function readLane(
  db: CommonQueryMethods,
  feed: FeedState,
  history: HistoryLane,
): Promise<{ lane: Lane; range: RangeOfLane }> {
  const range = await db.one(sql.type(RangeRow)`
    select feed_key, ${LANE_COLUMNS} from velolog.observed_range
    where feed_key = ${feed.feed_key} and from_at = to_timestamp(${history.from_at / 1000})`);
  const lane = laneOf(range);
  await readSpans(db, feed, lane, range);
  return { lane, range };
}

/**
 * The newest span of a lane, the newest with an accepted body and the newest with stations: three lookups in one index.
 */
async function readSpans(
  db: CommonQueryMethods,
  feed: FeedState,
  lane: Lane,
  { body_id, body_last_updated_ms }: RangeOfLane,
): Promise<void> {
  const newest = (outcomes: CoverageOutcome[]) => sql.fragment`(
    select from_at, to_at, polls, outcome from velolog.coverage
    where feed_key = ${feed.feed_key} and outcome = any(${sql.array(outcomes, 'text')})
      and from_at between to_timestamp(${lane.from_at / 1000}) and to_timestamp(${lane.to_at / 1000})
    order by from_at desc limit 1)`;
  const spans: readonly CoverageSpan[] = (
    await db.any(sql.type(SpanRow)`
      select ${FROM_MS}, ${TO_MS}, polls, outcome from (
        ${newest(['observed', 'empty', 'undecodable', 'failed', 'lost'])}
        union ${newest(['observed', 'empty'])}
        union ${newest(['observed'])}
      ) as newest order by from_at desc`)
  ).map(({ from_ms, to_ms, polls, outcome }) => ({ from_at: from_ms, to_at: to_ms, polls, outcome }));
  lane.span = spans[0] ?? null;
  lane.observed_at = spans.find((span) => span.outcome === 'observed')?.to_at ?? null;
  // Each poll of these outcomes brought the accepted body of its time, or confirmed it.
  const accepted = spans.find(({ outcome }) => outcome === 'observed' || outcome === 'empty')?.outcome;
  if (body_id !== null && (accepted === 'observed' || accepted === 'empty')) {
    lane.body = { id: body_id, outcome: accepted, last_updated: body_last_updated_ms };
  }
}
