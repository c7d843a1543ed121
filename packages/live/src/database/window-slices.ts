import { DAY_MS, HOUR_MS } from './window.ts';

const FIRST_SLICE_MS = HOUR_MS;
const SLICE_MS_MAX = 30 * DAY_MS;

/**
 * A window in slices that double in length: a query for one page stops after a few slices, so it costs what the page
 * holds and not the rest of the window. Times are whole milliseconds, and a slice includes both ends.
 */
export function* slicesOf(fromMs: number, toMs: number): Generator<{ from: Date; to: Date }> {
  let sliceMs = FIRST_SLICE_MS;
  while (fromMs <= toMs) {
    const endMs = Math.min(toMs, fromMs + sliceMs - 1);
    yield { from: new Date(fromMs), to: new Date(endMs) };
    fromMs = endMs + 1;
    sliceMs = Math.min(2 * sliceMs, SLICE_MS_MAX);
  }
}
