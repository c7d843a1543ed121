import { expect, test } from 'vitest';
import type { Feed } from '../../src/api/feed.ts';
import { ageSecondsOf, freshnessOf, lastErrorOf } from './freshness.ts';

const feed = (given: Partial<Feed>): Feed => ({
  feed: 'station_status',
  last_fetched_at: '2026-06-15T12:00:00.000Z',
  last_success_at: '2026-06-15T12:00:00.000Z',
  last_updated: null,
  data_at: '2026-06-15T12:00:00.000Z',
  ttl_seconds: 60,
  overdue: false,
  consecutive_failures: 0,
  last_error: null,
  refused_polls: 0,
  refused_since: null,
  stations_skipped: 0,
  is_archive: false,
  ...given,
});
const hourLaterMs = Date.UTC(2026, 5, 15, 13);

test.each([
  ['no feed yet', null, 'unknown'],
  ['a feed that never answered', feed({ last_success_at: null, data_at: null, overdue: true }), 'unknown'],
  ['a feed that is read every half hour', feed({}), 'live'],
  ['one failure', feed({ consecutive_failures: 1 }), 'live'],
  ['failures in a row', feed({ consecutive_failures: 2 }), 'failing'],
  ['what the API calls overdue', feed({ overdue: true, consecutive_failures: 9 }), 'overdue'],
  ['an imported archive', feed({ is_archive: true, data_at: null, consecutive_failures: 3 }), 'archive'],
] as const)('%s: %j is %s', (_, given, word) => {
  expect(freshnessOf(given)).toBe(word);
});

test('the age is that of the data, also where the server answers and the data behind it stands still', () => {
  expect(ageSecondsOf(feed({ data_at: '2026-06-15T12:30:00.000Z' }), hourLaterMs)).toBe(1800);
  expect(
    ageSecondsOf(
      feed({ last_success_at: '2026-06-15T12:59:59.000Z', data_at: '2026-02-15T13:00:00.000Z' }),
      hourLaterMs,
    ),
  ).toBe(120 * 86_400);
  expect(ageSecondsOf(feed({ is_archive: true, data_at: null }), hourLaterMs)).toBeNull();
  expect(ageSecondsOf(null, hourLaterMs)).toBeNull();
});

test.each([
  ['a success', {}, null],
  ['a failed poll', { last_error: 'http_503' }, 'http 503'],
  [
    'refused polls',
    { last_error: 'fetched_in_future', refused_polls: 12, refused_since: '2026-06-15T12:30:00.000Z' },
    'polls refused since 12:30 (fetched in future)',
  ],
] as const)('the last error after %s: %j is %s', (_, given, text) => {
  expect(lastErrorOf(feed(given), (time) => time.toISOString().slice(11, 16))).toBe(text);
});
