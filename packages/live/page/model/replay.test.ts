import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Replay } from '../../src/api/replay.ts';
import { bikesOverTime, ReplayCursor, stationsAt, windowFor } from './replay.ts';
import { givenStation } from './test-station.ts';
import { totalsOf } from './totals.ts';

const replay: Replay = {
  system_id: 'sim',
  from: '2026-06-15T12:00:00.000Z',
  to: '2026-06-15T12:01:40.000Z',
  step_seconds: 0,
  stations: ['a', 'b'],
  states: ['ok', 'empty', 'full', 'closed', 'absent', 'unknown'],
  start: [[4, 6, 0], null],
  changes: [
    [10, 0, 3, 7, 0],
    [20, 1, 0, 9, 1],
    [20, 0, 10, 0, 2],
    [50, 1, null, null, 4],
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

test('shows the counts of that time, not the present ones, and no station that was not listed', () => {
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

test("the sum over time ends with the cursor's value at the end of each part", () => {
  expect(bikesOverTime(replay, 10)).toEqual([3, 10, 10, 10, 10, 10, 10, 10, 10, 10]);
  // From the change on nobody tells the bikes of the only station that did.
  expect(
    bikesOverTime({ ...replay, start: [[5, 5, 0], null], changes: [[50, 0, null, null, 0]] } as Replay, 4),
  ).toEqual([5, null, null, null]);
  expect(bikesOverTime({ ...replay, start: [null, null], changes: [[95, 0, 1, 1, 0]] }, 2)).toEqual([
    null,
    1,
  ]);
});

const gapped: Replay = {
  ...replay,
  gaps: [
    {
      from_at: new Date(start + 25_000).toISOString(),
      to_at: new Date(start + 60_000).toISOString(),
    },
  ],
};

test('unobserved time, and time outside the window, is shown as not observed and never as its edge', () => {
  const cursor = new ReplayCursor(gapped);
  const unobserved = ['a unobserved null', 'b unobserved null', 'new unobserved null'];
  expect(at(cursor, 25)).toEqual(['a full 10', 'b empty 0']);
  for (const second of [25.001, 40, 59.9]) expect(at(cursor, second)).toEqual(unobserved);
  expect(at(cursor, 60)).toEqual(['a full 10', 'b absent null']);
  for (const second of [-0.1, -86_400, 100.1, 86_400]) expect(at(cursor, second)).toEqual(unobserved);
  expect(totalsOf([...stationsAt(now, cursor, start + 40_000).values()])).toEqual({
    ...{
      stations: 3,
      bikes: null,
      ebikes: null,
      docks: null,
      empty: null,
      full: null,
      closed: null,
      unknown: null,
    },
  });
  expect(bikesOverTime(gapped, 10)).toEqual([3, 10, null, null, null, 10, 10, 10, 10, 10]);
});

test('a gap that the window cuts off also counts at the edge of the window', () => {
  const cut: Replay = {
    ...replay,
    gaps: [
      { from_at: replay.from, to_at: new Date(start + 10_000).toISOString() },
      { from_at: new Date(start + 60_000).toISOString(), to_at: replay.to },
    ],
  };
  const states = [0, 5, 10, 60, 100].map((second) => at(new ReplayCursor(cut), second)[0]);
  expect(states).toEqual([
    'a unobserved null',
    'a unobserved null',
    'a ok 3',
    'a full 10',
    'a unobserved null',
  ]);
  expect(bikesOverTime(cut, 10)).toEqual([3, 10, 10, 10, 10, 10, null, null, null, null]);
});

test('a station with only its docks known is listed, one without counts is unknown, a closed one is closed', () => {
  const told: Replay = {
    ...replay,
    stations: ['a', 'b', 'new'],
    start: [
      [null, 7, 0],
      [null, null, 5],
      [3, 4, 3],
    ],
    changes: [],
  };
  expect(at(new ReplayCursor(told), 1)).toEqual(['a ok null', 'b unknown null', 'new closed 3']);
});

test('values that a replay lacks are not taken from the present', () => {
  const [then] = stationsAt(now, new ReplayCursor(replay), start).values();
  expect(then).toMatchObject({
    ...{
      state_since: null,
      observed_at: null,
      is_renting: null,
      is_returning: null,
      num_docks_disabled: null,
    },
  });
});

test.each([
  ['now', null, [-24, 0, true]],
  ['an hour ago', -1, [-24, 0, true]],
  ['a day ago, at the edge', -24, [-24, 0, true]],
  ['two days ago', -48, [-60, -36, false]],
  ['tomorrow', 24, [-24, 0, true]],
])('the window for %s holds that time', (_, hoursFromNow, [fromHours, toHours, endsNow]) => {
  const [nowMs, hourMs] = [Date.UTC(2026, 5, 15), 3_600_000];
  const moment = hoursFromNow === null ? null : nowMs + hoursFromNow * hourMs;
  expect(windowFor(moment, { nowMs, lengthMs: 24 * hourMs, firstMs: 0 })).toEqual({
    ...{ fromMs: nowMs + Number(fromHours) * hourMs, toMs: nowMs + Number(toHours) * hourMs, endsNow },
  });
});
