import type { History } from '../../../src/api/history.ts';

/** The part of an outage that lies in the window, epoch milliseconds. An open one ends at the last poll that saw it, not now. */
export function shownOutage(
  { from_at, to_at, duration_seconds }: History['outages'][number],
  window: Pick<History, 'from' | 'to'>,
): { fromMs: number; toMs: number } {
  const fromMs = Date.parse(from_at);
  const toMs = to_at === null ? fromMs + 1000 * (duration_seconds ?? 0) : Date.parse(to_at);
  return { fromMs: Math.max(fromMs, Date.parse(window.from)), toMs: Math.min(toMs, Date.parse(window.to)) };
}
