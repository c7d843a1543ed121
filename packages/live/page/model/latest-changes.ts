import type { Change } from '../../src/api/change.ts';

const KEPT = 80;

/**
 * The latest changes, newest first, each once: a resumed stream, and the page's own request for the last minutes, may repeat some. Changes of one
 * poll keep their order, so that no line moves under the pointer or the keyboard when others come.
 */
export function withMore(known: readonly Change[], more: readonly Change[]): readonly Change[] {
  if (more.length === 0) return known;
  const each = new Map(
    [...known, ...more].map((change) => [`${change.observed_at} ${change.station_id}`, change]),
  );
  return [...each.values()]
    .sort((left, right) => Date.parse(right.observed_at) - Date.parse(left.observed_at))
    .slice(0, KEPT);
}
