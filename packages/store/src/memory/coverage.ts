/**
 * Coverage: which time has been observed. Polls are run-length encoded into spans; a span continues while polls have
 * the same outcome and no hole lies between them.
 *
 * What counts as a hole must follow from the records alone, so that a replay gives the same spans, and it must work for
 * a feed polled every 10 s as well as for history sampled every 20 minutes. So the lane keeps a running estimate of the
 * time between its observations (`cadence_ms`). It learns only from two consecutive observations: back-off after
 * failures is not the rhythm of the feed. A pause that was a hole changes the estimate only if the pause before it was
 * a hole too, and then by a factor of at most 3 per step: one pause of hours does not make pauses of hours usual.
 */
export type CoverageOutcome = 'observed' | 'empty' | 'undecodable' | 'failed' | 'lost';

/** from_at and to_at in epoch milliseconds: the first and the last poll of the run. Changed in place as it grows. */
export type CoverageSpan = { from_at: number; to_at: number; polls: number; outcome: CoverageOutcome };

/** `last_updated` in epoch milliseconds, by the publisher's clock; null when the body has none. */
export type AcceptedBody = { id: string; outcome: 'observed' | 'empty'; last_updated: number | null };

/** A stretch of records of one feed in order of time; it grows at its end. */
export type Lane = {
  from_at: number;
  to_at: number;
  cadence_ms: number;
  /** The newest span, which the next poll may extend. */
  span: CoverageSpan | null;
  /** The last accepted body, the only one that "not modified" can confirm; null when none is known. See accept-poll.ts. */
  body: AcceptedBody | null;
  /** Since when only bodies older than that one have arrived, else null (accept-poll.ts). */
  older_since: number | null;
  /** The last poll that listed stations. */
  observed_at: number | null;
};

const FIRST_CADENCE_MS = 60_000;
/**
 * A run of polls without observation continues over any pause that back-off causes, which is an hour at most: nothing was observed either way.
 */
const UNOBSERVED_PAUSE_MS_MAX = 2 * 3_600_000;

export function startLane(at: number): Lane {
  return {
    from_at: at,
    to_at: at,
    cadence_ms: FIRST_CADENCE_MS,
    span: null,
    body: null,
    older_since: null,
    observed_at: null,
  };
}

/** Adds a poll to its lane; `at` must be later than all before. Returns the span that now contains it. */
export function cover(lane: Lane, at: number, outcome: CoverageOutcome): CoverageSpan {
  const interval_ms = at - lane.to_at;
  const { span } = lane;
  const follows = span?.outcome === outcome;
  const isHole =
    interval_ms > (outcome === 'observed' ? longestPauseMs(lane.cadence_ms) : UNOBSERVED_PAUSE_MS_MAX);
  if (follows && outcome === 'observed' && (!isHole || span.polls === 1)) {
    lane.cadence_ms = Math.round(Math.min(Math.max(interval_ms, lane.cadence_ms / 2), lane.cadence_ms * 3));
  }
  lane.to_at = at;
  if (outcome === 'observed') lane.observed_at = at;
  if (follows && !isHole) {
    span.to_at = at;
    span.polls += 1;
    return span;
  }
  lane.span = { from_at: at, to_at: at, polls: 1, outcome };
  return lane.span;
}

/**
 * How far apart two polls may be before the time between them is a hole. SQL has the same rule in api.longest_pause; a test compares
 * the two.
 */
export function longestPauseMs(usualMs: number): number {
  return Math.max(120_000, 3 * usualMs);
}
