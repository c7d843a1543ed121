import type { History } from '../../../src/api/history.ts';

const WEEK_MS = 7 * 86_400_000;

/**
 * Takes the usual values away where there was no week before the first hour that is drawn: they would be these very hours, so there is nothing
 * to compare them with.
 *
 * @param firstObservedAt of the system; null while unknown
 */
export function withoutEarlyProfile(history: History, firstObservedAt: string | null): History {
  const beforeMs = Date.parse(history.from) - Date.parse(firstObservedAt ?? '');
  return beforeMs < WEEK_MS ? { ...history, profile: [] } : history;
}
