import { expect, test } from 'vitest';
import type { History } from '../../../src/api/history.ts';
import { withoutEarlyProfile } from './early-profile.ts';

const profile = [{ weekday: 1, hour: 8, bikes_mean: 4 }];
const history = { from: '2026-06-15T08:00:00Z', to: '2026-06-16T08:00:00Z', profile } as unknown as History;

test.each([
  ['a week before the first hour', '2026-06-08T08:00:00Z', 1],
  // Of the hours on screen only the last has a week before it; the first is compared with itself.
  ['a week before the last hour', '2026-06-09T08:00:00Z', 0],
  ['first observation not known', null, 1],
])('the usual with %s', (_, first, hours) => {
  expect(withoutEarlyProfile(history, first).profile).toHaveLength(hours);
});
