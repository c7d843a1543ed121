/**
 * There are two clocks. The real clock (the option `now`) determines when a document was made and how old it is. The simulated clock moves
 * the city: it starts with the run and advances `timeFactor` times as fast, in steps of STEP_SECONDS. A system publishes at whole
 * multiples of `publicationSeconds` of real time, so the content depends only on the seed and the publication.
 */
export type Timeline = {
  startedAtMs: number /* a whole second */;
  publicationSeconds: number;
  timeFactor: number;
};

/** A state that is public from `publishedAtMs` until the next publication. */
export type Publication = { index: number; publishedAtMs: number; step: number };

/** Simulated seconds in one step; all moves of a step happen at once. */
export const STEP_SECONDS = 10;

export function publicationAt(timeline: Timeline, nowMs: number): Publication {
  const elapsedSeconds = Math.max(0, nowMs - timeline.startedAtMs) / 1000;
  return publicationNumber(timeline, Math.floor(elapsedSeconds / timeline.publicationSeconds));
}

export function publicationNumber(timeline: Timeline, index: number): Publication {
  const afterSeconds = index * timeline.publicationSeconds;
  // The small addition keeps rounding errors, as in 0.1 * 3 * 100, from giving the previous step.
  const step = Math.floor((afterSeconds * timeline.timeFactor) / STEP_SECONDS + 1e-9);
  return { index, publishedAtMs: timeline.startedAtMs + afterSeconds * 1000, step };
}

/** Real time of a simulated step, in whole epoch seconds. */
export function secondOfStep(timeline: Timeline, step: number): number {
  return Math.floor(timeline.startedAtMs / 1000 + (step * STEP_SECONDS) / timeline.timeFactor);
}
