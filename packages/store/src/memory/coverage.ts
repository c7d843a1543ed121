/**
 * Coverage: which time has been observed. Polls are run-length encoded into spans; a span goes on while polls
 * have the same outcome and no hole lies between them.
 *
 * What a hole is has to follow from the records alone, so that a replay gives the same spans, and for a feed
 * polled every 10 s as well as for history sampled every 20 minutes. So the lane keeps a running estimate of the
 * time between its polls (`cadence_ms`), which follows a slower rhythm by a factor of 3 a step at most: a pause
 * of hours does not make pauses of hours usual.
 */
export type CoverageOutcome = 'observed' | 'empty' | 'undecodable' | 'failed' | 'lost';

/** from_at and to_at in epoch milliseconds: the first and the last poll of the run. Grows in place. */
export type CoverageSpan = { from_at: number; to_at: number; polls: number; outcome: CoverageOutcome };

/** A stretch of records of one feed in order of time; it grows at its end. */
export type Lane = {
  from_at: number;
  to_at: number;
  cadence_ms: number;
  /** The newest span, to which the next poll is added or not. */
  span: CoverageSpan | null;
  /** What "not modified" confirms: the outcome of the last poll that brought a body; null when that one is not known. */
  body_outcome: CoverageOutcome | null;
  /** The last poll that saw stations. */
  observed_at: number | null;
};

const FIRST_CADENCE_MS = 60_000;
const SHORTEST_HOLE_MS = 120_000;

export function startLane(at: number): Lane {
  return {
    from_at: at,
    to_at: at,
    cadence_ms: FIRST_CADENCE_MS,
    span: null,
    body_outcome: null,
    observed_at: null,
  };
}

/** Adds a poll to its lane; `at` is later than all before. Returns the span that now holds it. */
export function cover(lane: Lane, at: number, outcome: CoverageOutcome): CoverageSpan {
  const interval_ms = at - lane.to_at;
  const isFirst = lane.span === null;
  if (lane.span?.outcome === outcome && interval_ms <= Math.max(SHORTEST_HOLE_MS, 3 * lane.cadence_ms)) {
    lane.span.to_at = at;
    lane.span.polls += 1;
  } else {
    lane.span = { from_at: at, to_at: at, polls: 1, outcome };
  }
  if (!isFirst)
    lane.cadence_ms = Math.round(Math.min(Math.max(interval_ms, lane.cadence_ms / 2), lane.cadence_ms * 3));
  lane.to_at = at;
  if (outcome !== 'failed') lane.body_outcome = outcome;
  if (outcome === 'observed') lane.observed_at = at;
  return lane.span;
}
