/**
 * Two clocks. The real one (the option `now`) says when a document was made and how old it is. The simulated one moves
 * the city: it starts with the run, `timeFactor` times as fast, in steps of STEP_SECONDS. A system publishes at whole
 * multiples of `publicationSeconds` of real time, so what it says is a function of the seed and the publication.
 */
export type Timeline = {
  startedAtMs: number /* a whole second */;
  publicationSeconds: number;
  timeFactor: number;
};

/** What is public from `publishedAtMs` on, until the next one. */
export type Publication = { index: number; publishedAtMs: number; step: number };

/** Simulated seconds in which riders move at once. */
export const STEP_SECONDS = 10;

export function publicationAt(timeline: Timeline, nowMs: number): Publication {
  const elapsedSeconds = Math.max(0, nowMs - timeline.startedAtMs) / 1000;
  return publicationNumber(timeline, Math.floor(elapsedSeconds / timeline.publicationSeconds));
}

export function publicationNumber(timeline: Timeline, index: number): Publication {
  const afterSeconds = index * timeline.publicationSeconds;
  // The small addition keeps 0.1 * 3 * 100 from falling into the step before.
  const step = Math.floor((afterSeconds * timeline.timeFactor) / STEP_SECONDS + 1e-9);
  return { index, publishedAtMs: timeline.startedAtMs + afterSeconds * 1000, step };
}

/** Real time of a simulated step, in epoch seconds, whole. */
export function secondOfStep(timeline: Timeline, step: number): number {
  return Math.floor(timeline.startedAtMs / 1000 + (step * STEP_SECONDS) / timeline.timeFactor);
}
