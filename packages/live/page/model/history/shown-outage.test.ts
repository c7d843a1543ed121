import { expect, test } from 'vitest';
import { shownOutage } from './shown-outage.ts';

const HOUR = 3_600_000;
const start = Date.parse('2026-06-15T12:00:00Z');
const at = (hours: number) => new Date(start + hours * HOUR).toISOString();
const window = { from: at(0), to: at(24) };

test.each([
  ['one that is over lies where it was', 3, 5, 2, [3, 5]],
  ['an open one ends where it was last seen, not at the end of the window', 20, null, 1, [20, 21]],
  ['one that began before the window is cut to it', -48, 2, 50, [0, 2]],
  ['an open one of days is cut to it on both sides', -48, null, 96, [0, 24]],
])('of the outages %s', (_, from, to, hours, shown) => {
  const outage = {
    state: 'empty' as const,
    from_at: at(from),
    to_at: to === null ? null : at(to),
    is_open: to === null,
    duration_seconds: hours * 3600,
    start_observed: true,
    end_observed: to === null ? null : true,
  };
  const { fromMs, toMs } = shownOutage(outage, window);
  expect([(fromMs - start) / HOUR, (toMs - start) / HOUR]).toEqual(shown);
});
