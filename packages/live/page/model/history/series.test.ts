import { expect, test } from 'vitest';
import type { Step } from '../../../src/api/history.ts';
import { seriesOf, usualBikes } from './series.ts';

const at = (second: number) => new Date(Date.UTC(2026, 5, 15, 12) + second * 1000).toISOString();
const step = (second: number, bikes: number | null): Step => ({
  observed_at: at(second),
  num_bikes_available: bikes,
  num_docks_available: null,
  num_bikes_disabled: null,
  num_docks_disabled: null,
  is_installed: null,
  is_renting: null,
  is_returning: null,
  state: 'ok',
});
const points = (given: Parameters<typeof seriesOf>[0]) => {
  const { seconds, bikes } = seriesOf(given);
  return seconds.map((second, index) => [second - Date.UTC(2026, 5, 15, 12) / 1000, bikes[index]]);
};

test('the value before the window begins with it, and the last value lasts to its end', () => {
  const steps = [step(-500, 4), step(30, 5)];
  expect(points({ from: at(0), to: at(60), steps, gaps: [] })).toEqual([
    [0, 4],
    [30, 5],
    [60, 5],
  ]);
});

test('the line ends at unobserved time, and continues after it', () => {
  const steps = [step(0, 4), step(40, 7)];
  const gaps = [{ from_at: at(10), to_at: at(40) }];
  expect(points({ from: at(0), to: at(60), steps, gaps })).toEqual([
    [0, 4],
    [10, 4],
    [expect.closeTo(10.001, 2), null],
    [40, 7],
    [60, 7],
  ]);
});

test('a gap without an end in the window leaves the rest empty', () => {
  const gaps = [{ from_at: at(50), to_at: at(900) }];
  expect(points({ from: at(0), to: at(60), steps: [step(0, 4)], gaps }).at(-1)).toEqual([60, null]);
});

test('usual values follow the hour of the week at the system, not at the browser', () => {
  const profile = [{ weekday: 1, hour: 14, bikes_mean: 7.5 }];
  // Monday 12:30 UTC is 14:30 in Oslo in summer.
  const { seconds, bikes } = usualBikes(
    profile,
    Date.UTC(2026, 5, 15, 12),
    Date.UTC(2026, 5, 15, 13),
    'Europe/Oslo',
  );
  expect(seconds[bikes.indexOf(7.5)]).toBe(Date.UTC(2026, 5, 15, 12, 30) / 1000);
  expect(bikes.filter((mean) => mean !== null)).toHaveLength(1);
});

// In profile_weekly an hour of UTC belongs to the local hour in which it begins: 08:00 UTC is 13:30 in Kolkata, so its
// hour 13 is what was observed from 13:30 to 14:30.
test.each([
  ['Asia/Kolkata', '2026-06-15T08:30:00Z', 13],
  ['Asia/Kathmandu', '2026-06-15T08:30:00Z', 13],
  ['Australia/Eucla', '2026-06-15T05:30:00Z', 13],
  ['America/St_Johns', '2026-06-15T16:30:00Z', 13],
  ['Europe/Oslo', '2026-06-15T11:30:00Z', 13],
  ['No/Zone', '2026-06-15T13:30:00Z', 13],
])('in %s a mean stands in the middle of the hour in which it was observed, %s', (timezone, middle, hour) => {
  const profile = [{ weekday: 1, hour, bikes_mean: 7.5 }];
  const { seconds, bikes } = usualBikes(profile, Date.UTC(2026, 5, 15), Date.UTC(2026, 5, 16), timezone);
  const found = seconds.filter((_, index) => bikes[index] === 7.5);
  expect(found.map((second) => new Date(second * 1000))).toEqual([new Date(middle)]);
});

test.each([
  ['Europe/Oslo', '2026-10-25', 2, ['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z']],
  ['Europe/Oslo', '2027-03-28', 2, []],
  ['Europe/Oslo', '2027-03-28', 3, ['2027-03-28T01:30:00Z']],
  ['Australia/Adelaide', '2026-10-04', 2, []],
  ['Australia/Adelaide', '2026-10-04', 3, ['2026-10-03T17:30:00Z']],
  // The clock goes back by half an hour only: the hours 14:00 and 15:00 of UTC begin at 01:00 and at 01:30.
  ['Australia/Lord_Howe', '2026-04-05', 1, ['2026-04-04T14:30:00Z', '2026-04-04T15:30:00Z']],
])(
  'in %s on %s the hour %i has a mean at each of %j, as the clocks change',
  (timezone, day, hour, middles) => {
    const midnight = Date.parse(day);
    const profile = [{ weekday: 7, hour, bikes_mean: 7.5 }];
    const { seconds, bikes } = usualBikes(
      profile,
      midnight - 14 * 3_600_000,
      midnight + 24 * 3_600_000,
      timezone,
    );
    const found = seconds.filter((_, index) => bikes[index] === 7.5);
    expect(found.map((second) => new Date(second * 1000))).toEqual(middles.map((middle) => new Date(middle)));
    // One point for each hour that passes, whatever the clock says.
    expect(new Set(seconds.slice(1).map((second, index) => second - (seconds[index] ?? 0)))).toEqual(
      new Set([3600]),
    );
  },
);
