/**
 * Coverage: which time has been observed. Polls are run-length encoded into spans; a span goes on while polls
 * have the same outcome and no hole lies between them.
 *
 * What a hole is has to follow from the records alone, so that a replay gives the same spans, and for a feed
 * polled every 10 s as well as for history sampled every 20 minutes. So the lane keeps a running estimate of the
 * time between its observations (`cadence_ms`). It learns only from two observations that follow each other: back-off
 * after failures is not the rhythm of the feed. And a pause that was a hole teaches nothing unless the one before
 * it was a hole too; then the estimate follows by a factor of 3 a step at most: a pause of hours does not make
 * pauses of hours usual.
 */
export type CoverageOutcome = 'observed' | 'empty' | 'undecodable' | 'failed' | 'lost';

/** from_at and to_at in epoch milliseconds: the first and the last poll of the run. Grows in place. */
export type CoverageSpan = { from_at: number; to_at: number; polls: number; outcome: CoverageOutcome };

/** `last_updated` in epoch milliseconds, by the publisher's clock; null when the body did not say. */
export type AcceptedBody = { id: string; outcome: 'observed' | 'empty'; last_updated: number | null };

/** A stretch of records of one feed in order of time; it grows at its end. */
export type Lane = {
  from_at: number;
  to_at: number;
  cadence_ms: number;
  /** The newest span, to which the next poll is added or not. */
  span: CoverageSpan | null;
  /** The last body that was accepted, the only one "not modified" can confirm; null when none is known. See accept-poll.ts. */
  body: AcceptedBody | null;
  /** While only bodies older than that one come: since when (accept-poll.ts). */
  older_since: number | null;
  /** The last poll that saw stations. */
  observed_at: number | null;
};

const FIRST_CADENCE_MS = 60_000;
/** A run of polls without observation goes on over any pause that back-off makes, which is an hour at most: nothing was observed either way. */
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

/** Adds a poll to its lane; `at` is later than all before. Returns the span that now holds it. */
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

/** How long two polls may lie apart before the time between them is a hole. For SQL: api.longest_pause, which a test holds to this. */
export function longestPauseMs(usualMs: number): number {
  return Math.max(120_000, 3 * usualMs);
}
