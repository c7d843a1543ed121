import { expect, test } from 'vitest';
import { quietNote } from './quiet-note.ts';

const nowMs = Date.UTC(2026, 5, 15, 12);
const minutesAgo = (minutes: number) => nowMs - 60_000 * minutes;
const gap = (from: number, to: number) => ({
  from_at: new Date(minutesAgo(from)).toISOString(),
  to_at: new Date(minutesAgo(to)).toISOString(),
});

test.each([
  ['observed all the time', 0, [gap(400, 300)], 'No bike moved in the last ten minutes.'],
  ['a hole within', 0, [gap(30, 4)], 'No change was seen in the last ten minutes.'],
  ['holes not known yet', 0, null, 'No change was seen in the last ten minutes.'],
  [
    'the feed is silent',
    42,
    [gap(42, 0)],
    'Not observed in the last ten minutes; the last observation was 42 min ago.',
  ],
])('%s', (_, lastMinutesAgo, gaps, note) => {
  const last = minutesAgo(lastMinutesAgo);
  expect(
    quietNote({ nowMs, firstObservedMs: minutesAgo(9000), lastObservedMs: last, isArchive: false, gaps }),
  ).toBe(note);
});

test('a new system, and one that was never observed', () => {
  const given = { nowMs, gaps: [], lastObservedMs: nowMs, firstObservedMs: minutesAgo(3), isArchive: false };
  expect(quietNote(given)).toBe('No bike has moved since recording began, 3 min ago.');
  expect(quietNote({ ...given, lastObservedMs: null, firstObservedMs: null })).toBe(
    'No station has been observed yet.',
  );
});

test('an archive has no latest changes, however long ago it ends', () => {
  const given = { nowMs, gaps: [], firstObservedMs: minutesAgo(9000), isArchive: true };
  for (const ago of [0, 2_000_000])
    expect(quietNote({ ...given, lastObservedMs: minutesAgo(ago) })).toMatch(
      /^An archive has no latest changes/,
    );
});
