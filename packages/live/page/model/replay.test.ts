import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Replay } from '../../src/api/replay.ts';
import { bikesOverTime, ReplayCursor, stationsAt } from './replay.ts';
import { givenStation } from './test-station.ts';

const replay: Replay = {
  system_id: 'sim',
  from: '2026-06-15T12:00:00.000Z',
  to: '2026-06-15T12:01:40.000Z',
  step_seconds: 0,
  stations: ['a', 'b'],
  start: [[4, 6], null],
  changes: [
    [10, 0, 3, 7],
    [20, 1, 0, 9],
    [20, 0, 10, 0],
    [50, 1, null, null],
  ],
  gaps: [],
};
const start = Date.parse(replay.from);
const now = new Map(
  ['a', 'b', 'new'].map((station_id) => [station_id, givenStation({ station_id, num_bikes_disabled: 2 })]),
);
const at = (cursor: ReplayCursor, second: number) =>
  [...stationsAt(now, cursor, start + second * 1000).values()].map(
    ({ station_id, state, num_bikes_available }) => `${station_id} ${state} ${num_bikes_available}`,
  );

test('shows the counts of that moment, not those of now, and no station that was not there', () => {
  const cursor = new ReplayCursor(replay);
  expect(at(cursor, 0)).toEqual(['a ok 4', 'b absent null']);
  expect(at(cursor, 19.9)).toEqual(['a ok 3', 'b absent null']);
  expect(at(cursor, 20)).toEqual(['a full 10', 'b empty 0']);
  expect(at(cursor, 99)).toEqual(['a full 10', 'b absent null']);
  expect(stationsAt(now, cursor, start).get('a')?.num_bikes_disabled).toBeNull();
});

test('a moment shows the same from wherever one comes to it', () => {
  const cursor = new ReplayCursor(replay);
  fc.assert(
    fc.property(fc.integer({ min: -5, max: 110 }), (second) => {
      expect(at(cursor, second)).toEqual(at(new ReplayCursor(replay), second));
    }),
  );
});

test('the sum over time ends with what the cursor has at the end of each part', () => {
  expect(bikesOverTime(replay, 10)).toEqual([3, 10, 10, 10, 10, 10, 10, 10, 10, 10]);
  expect(bikesOverTime({ ...replay, start: [null, null], changes: [[95, 0, 1, 1]] }, 2)).toEqual([null, 1]);
});
