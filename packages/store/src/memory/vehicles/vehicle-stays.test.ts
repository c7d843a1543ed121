import type { VehicleStatus } from '@velolog/gbfs/feeds/vehicle-status';
import { describe, expect, test } from 'vitest';
import type { KeptVehicleStays, VehiclePoll } from '../../../../../test/history/kept-vehicle-stays.ts';
import { MINUTE, play, TEN_METERS, vehicle } from './test-vehicle-polls.ts';
import { noVehicles } from './vehicle-state.ts';
import { compareVehicles } from './vehicle-stays.ts';

/** Polls a minute apart; null saw nothing. Somebody looked before all but the first and those after a poll that saw nothing. */
function everyMinute(lists: readonly (VehicleStatus[] | null)[], minutes = 1): VehiclePoll[] {
  return lists.map((list, index) => ({
    at: index * minutes * MINUTE,
    list,
    lookedBefore: index > 0 && lists[index - 1] !== null,
  }));
}

/** From and to, in minutes. */
function spans(kept: KeptVehicleStays): [number, number | null][] {
  return [...kept.stays.values()].map(({ from_at, to_at }): [number, number | null] => [
    from_at / MINUTE,
    to_at === null ? null : to_at / MINUTE,
  ]);
}

describe('a stay goes on', () => {
  const here = vehicle('v');

  test.each<[claim: string, lists: (VehicleStatus[] | null)[]]>([
    ['while the same id is listed at the same place', [[here], [here], [here]]],
    ['within 50 m of where it began', [[here], [vehicle('v', { lat: 52.4 + 4.9 * TEN_METERS })]]],
    ['over polls that saw nothing', [[here], null, null, [here]]],
    ['over a short absence', [[here], [], [here]]],
    [
      'after 15 minutes of absence, but not longer, and within 100 m',
      [[here], ...new Array<VehicleStatus[]>(15).fill([]), [vehicle('v', { lat: 52.4 + 9.5 * TEN_METERS })]],
    ],
    ['under a new id, when ids rotate', [[here], [vehicle('w')], [vehicle('x')]]],
    ['under a new id after polls that saw nothing', [[here], null, [vehicle('w')]]],
    [
      'at a station without place',
      [
        [vehicle('v', { lat: null, lon: null, station_id: 's' })],
        [vehicle('v', { lat: null, lon: null, station_id: 's' })],
      ],
    ],
    [
      'at a station when its place becomes known',
      [[vehicle('v', { lat: null, lon: null, station_id: 's' })], [vehicle('v', { station_id: 's' })]],
    ],
    [
      'while its range shrinks',
      [[vehicle('v', { current_range_meters: 9000 })], [vehicle('v', { current_range_meters: 4000 })]],
    ],
  ])('%s', (_claim, lists) => {
    expect(spans(play(everyMinute(lists)))).toEqual([[0, null]]);
  });
});

describe('a stay ends and another begins', () => {
  const here = vehicle('v');

  test.each<[claim: string, list: VehicleStatus[]]>([
    ['when the vehicle moves by more than 50 m', [vehicle('v', { lat: 52.4 + 5.1 * TEN_METERS })]],
    ['when its state changes', [vehicle('v', { state: 'reserved' })]],
    ['when its type changes', [vehicle('v', { vehicle_type_id: 'bike' })]],
    ['when it is docked', [vehicle('v', { station_id: 's' })]],
    ['when another id of another type stands there', [vehicle('w', { vehicle_type_id: 'bike' })]],
    ['when another id stands 60 m away', [vehicle('w', { lat: 52.4 + 6 * TEN_METERS })]],
  ])('%s', (_claim, list) => {
    expect(spans(play(everyMinute([[here], [here], list])))).toEqual([
      [0, 2],
      [2, null],
    ]);
  });

  test('when it is back after more than 15 minutes', () => {
    const lists = [[here], ...new Array<VehicleStatus[]>(17).fill([]), [here]];
    expect(spans(play(everyMinute(lists)))).toEqual([
      [0, 1],
      [18, null],
    ]);
  });

  test('when it is back soon, but more than 100 m away', () => {
    const lists = [[here], [], [vehicle('v', { lat: 52.4 + 11 * TEN_METERS })]];
    expect(spans(play(everyMinute(lists)))).toEqual([
      [0, 1],
      [2, null],
    ]);
  });

  test('when half of the ids survive: then they do not rotate, and a new id is another vehicle', () => {
    const [a, b] = [vehicle('a'), vehicle('b', { lat: 52.5 })];
    expect(
      spans(
        play(
          everyMinute([
            [a, b],
            [a, vehicle('c', { lat: 52.5 })],
          ]),
        ),
      ),
    ).toEqual([
      [0, null],
      [0, 1],
      [1, null],
    ]);
  });

  test('but when two of five survive, they do rotate, and a new id at the place of another is the same', () => {
    const fleet = (ids: string) => Array.from(ids, (id, index) => vehicle(id, { lat: 52.4 + index / 100 }));
    expect(spans(play(everyMinute([fleet('abcde'), fleet('abxyz')])))).toEqual(new Array(5).fill([0, null]));
  });

  test('when most of the fleet is collected at once, a vehicle that arrives near an old place is new', () => {
    const fleet = Array.from({ length: 10 }, (_, index) => vehicle(`v${index}`, { lat: 52.4 + index / 100 }));
    const left = [...fleet.slice(0, 3), vehicle('new', { lat: 52.45 })];
    const kept = play(everyMinute([fleet, left]));
    expect([...kept.stays.values()].filter(({ to_at }) => to_at !== null)).toHaveLength(7);
    expect([...kept.stays.values()].filter(({ from_at }) => from_at > 0)).toHaveLength(1);
  });
});

describe('the observed begin and end of a stay', () => {
  test('the begin of vehicles in the first list is not observed', () => {
    expect(play(everyMinute([[vehicle('v')]])).rows).toMatchObject([{ begin_seen: false, end_seen: null }]);
  });

  test('begin and end are observed between two successful polls', () => {
    const kept = play(everyMinute([[], [vehicle('v')], []]));
    expect(kept.rows).toMatchObject([
      { from_at: MINUTE, to_at: 2 * MINUTE, begin_seen: true, end_seen: true },
    ]);
  });

  test('after a poll that saw nothing, neither is seen', () => {
    const kept = play(everyMinute([[vehicle('a')], null, [vehicle('b', { lat: 52.5 })]]));
    expect(kept.rows).toMatchObject([
      { from_at: 0, to_at: 2 * MINUTE, begin_seen: false, end_seen: false },
      { from_at: 2 * MINUTE, to_at: null, begin_seen: false, end_seen: null },
    ]);
  });

  test('a stay that goes on after an absence has no end', () => {
    expect(play(everyMinute([[vehicle('v')], [], [vehicle('v')]])).rows).toMatchObject([
      { to_at: null, end_seen: null },
    ]);
  });
});

describe('kept notes', () => {
  test('an id that left, and that a rotation gives to another vehicle, is listed and nothing else', () => {
    const far = { lat: 52.5 };
    expect(play(everyMinute([[vehicle('b', far)], [vehicle('a')], [vehicle('b')]])).isKept).toBe(true);
  });

  test('an empty list is an observation: all stays end', () => {
    expect(spans(play(everyMinute([[vehicle('a'), vehicle('b', { lat: 52.5 })], []])))).toEqual([
      [0, 1],
      [0, 1],
    ]);
  });

  test('ids are forgotten 15 minutes after a vehicle left, also when the feed no longer answers', () => {
    const kept = play(everyMinute([[vehicle('v')], [], ...new Array<null>(15).fill(null)]));
    expect(kept.state.gone.size).toBe(1);
    kept.play({ at: 17 * MINUTE, list: null, lookedBefore: false });
    expect(kept.state.gone.size).toBe(0);
    expect(kept.isKept).toBe(true);
  });

  test('memory is bounded when every poll brings new ids at new places', () => {
    const state = noVehicles();
    const sizes = Array.from({ length: 8 }, (_, poll) => {
      const list = Array.from({ length: 20_000 }, (_, index) =>
        vehicle(`${poll}-${index}`, { lat: poll / 10, lon: index / 200 }),
      );
      const { forgotten } = compareVehicles(state, list, poll * 10_000, poll > 0);
      return [state.listed.size, state.gone.size, forgotten.length];
    });
    expect(sizes.slice(-3)).toEqual([
      [20_000, 100_000, 0],
      [20_000, 100_000, 20_000],
      [20_000, 100_000, 20_000],
    ]);
    expect(Math.min(...Array.from(state.gone.values(), ({ stay }) => stay.to_at ?? 0))).toBe(30_000);
  });

  test('a poll without a ride touches no row', () => {
    const list = [vehicle('a'), vehicle('b', { lat: 52.5 })];
    const kept = play(everyMinute([list]));
    const before = kept.rowsTouched;
    kept.play({ at: MINUTE, list, lookedBefore: true });
    expect(kept.rowsTouched).toBe(before);
  });
});

describe('speed', () => {
  const city = (ids: string, meters: number, size = 20_000) =>
    Array.from({ length: size }, (_, index) =>
      vehicle(`${ids}${(index * 7919) % size}`, {
        lat: 52.3 + (index % 200) / 1000 + (meters / 111_000) * Math.sin(index),
        lon: 13.2 + Math.floor(index / 200) / 500 + (meters / 68_000) * Math.cos(index),
      }),
    );

  test('20,000 vehicles whose ids all rotated are matched, all of them, in under a second of CPU', () => {
    const kept = play(everyMinute([city('a', 0)]));
    const cpu = process.cpuUsage();
    kept.play({ at: MINUTE, list: city('b', 12), lookedBefore: true });
    const seconds = process.cpuUsage(cpu).user / 1e6;
    console.info(`20,000 rotated vehicles matched in ${seconds.toFixed(2)} s of CPU`);
    expect(kept.stays.size).toBe(20_000);
    expect([...kept.stays.values()].every(({ to_at }) => to_at === null)).toBe(true);
    expect(seconds).toBeLessThan(1);
  });

  test('a hostile crowd of 50,000 within 50 m is bounded, and no vehicle is lost or counted twice', () => {
    const crowd = (ids: string) =>
      Array.from({ length: 50_000 }, (_, index) =>
        vehicle(`${ids}${index}`, { lat: 52.4 + (index % 211) * 2e-6, lon: 10.8 + (index % 239) * 2e-6 }),
      );
    const kept = play(everyMinute([crowd('a')]));
    const cpu = process.cpuUsage();
    kept.play({
      at: MINUTE,
      list: crowd('b').map((one) => ({ ...one, lat: (one.lat ?? 0) + 1e-4 })),
      lookedBefore: true,
    });
    expect(process.cpuUsage(cpu).user / 1e6).toBeLessThan(10);
    expect([...kept.stays.values()].filter(({ to_at }) => to_at === null)).toHaveLength(50_000);
    expect(kept.isKept).toBe(true);
  });
});
