/** One per minute of a day. */
export const STEPS = 1440;

/**
 * The step of a window that contains a moment. A moment outside the window is at its end, and the page says that it is not
 * shown.
 */
export function stepAt(atMs: number, fromMs: number, toMs: number): number {
  if (toMs <= fromMs) return STEPS;
  return Math.min(STEPS, Math.max(0, Math.round(((atMs - fromMs) / (toMs - fromMs)) * STEPS)));
}

/** In whole seconds, as in a link. */
export function momentOf(step: number, fromMs: number, toMs: number): number {
  const atMs = fromMs + ((toMs - fromMs) * step) / STEPS;
  return Math.min(toMs, Math.max(Math.ceil(fromMs / 1000) * 1000, Math.round(atMs / 1000) * 1000));
}
