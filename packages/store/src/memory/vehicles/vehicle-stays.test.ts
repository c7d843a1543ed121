import type { VehicleStatus } from '@velolog/gbfs/feeds/vehicle-status';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { KeptVehicleStays, type VehiclePoll } from '../../../../../test/history/kept-vehicle-stays.ts';
import {
  apart,
  type SlowStay,
  slowVehicleStays,
} from '../../../../../test/history/slow/slow-vehicle-stays.ts';
import { noVehicles, type VehicleStay } from './vehicle-state.ts';
import { compareVehicles } from './vehicle-stays.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`vehicle-stays: seed ${seed} (repeat with SEED=${seed})`);
vi.setConfig({ testTimeout: 60_000 });

const MINUTE = 60_000;
/** About 10 m to the north. */
const TEN_METERS = 0.00009;

function vehicle(vehicle_id: string, values: Partial<VehicleStatus> = {}): VehicleStatus {
  return {
    vehicle_id,
    vehicle_type_id: 'scooter',
    lat: 52.4,
    lon: 10.8,
    station_id: null,
    state: 'available',
    current_range_meters: null,
    current_fuel_percent: null,
    last_reported: null,
    ...values,
  };
}

/** Polls a minute apart; null saw nothing. Somebody looked before all but the first and those after a poll that saw nothing. */
function everyMinute(lists: readonly (VehicleStatus[] | null)[], minutes = 1): VehiclePoll[] {
  return lists.map((list, index) => ({
    at: index * minutes * MINUTE,
    list,
    lookedBefore: index > 0 && lists[index - 1] !== null,
  }));
}

function play(polls: readonly VehiclePoll[]): KeptVehicleStays {
  const kept = new KeptVehicleStays();
  for (const poll of polls) kept.play(poll);
  return kept;
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

  test('when most of the fleet is collected at once, what arrives beside one of them is new', () => {
    const fleet = Array.from({ length: 10 }, (_, index) => vehicle(`v${index}`, { lat: 52.4 + index / 100 }));
    const left = [...fleet.slice(0, 3), vehicle('new', { lat: 52.45 })];
    const kept = play(everyMinute([fleet, left]));
    expect([...kept.stays.values()].filter(({ to_at }) => to_at !== null)).toHaveLength(7);
    expect([...kept.stays.values()].filter(({ from_at }) => from_at > 0)).toHaveLength(1);
  });
});

describe('what is seen of a begin and an end', () => {
  test('nobody saw the begin of what the first list has', () => {
    expect(play(everyMinute([[vehicle('v')]])).rows).toMatchObject([{ begin_seen: false, end_seen: null }]);
  });

  test('begin and end are seen between two polls that looked', () => {
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

describe('what is kept', () => {
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

/** Random fleets in a few hundred metres, so that vehicles stand beside each other, with everything that goes wrong. */
const row = fc.record({
  slot: fc.nat(11),
  north: fc.nat(25),
  east: fc.nat(10),
  type: fc.constantFrom('scooter', 'scooter', 'bike', null),
  station: fc.constantFrom(null, null, null, 's'),
  state: fc.constantFrom(
    'available' as const,
    'available' as const,
    'reserved' as const,
    'disabled' as const,
  ),
});
const step = fc.record({
  minutes: fc.constantFrom(0.5, 1, 1, 5, 14, 16, 60),
  kind: fc.constantFrom('list', 'list', 'list', 'list', 'rotate', 'rotate_some', 'empty', 'failed', 'hole'),
  moves: fc.array(row, { maxLength: 4 }),
  leaves: fc.array(fc.nat(11), { maxLength: 3 }),
  noise: fc.nat(3),
});

type Row = typeof row extends fc.Arbitrary<infer Value> ? Value : never;
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

function pollsOf(first: Row[], steps: Step[]): VehiclePoll[] {
  const fleet = new Map(first.map((one) => [one.slot, one]));
  const generations = new Array<number>(12).fill(0);
  let at = 0;
  let lookedBefore = false;
  return steps.map(({ minutes, kind, moves, leaves, noise }) => {
    at += minutes * MINUTE;
    for (const slot of leaves) fleet.delete(slot);
    for (const one of moves) fleet.set(one.slot, one);
    for (const slot of generations.keys()) {
      const renamed = kind === 'rotate' || (kind === 'rotate_some' && slot % 5 > 1);
      if (renamed) generations[slot] = (generations[slot] ?? 0) + 1;
    }
    const list =
      kind === 'failed'
        ? null
        : kind === 'empty'
          ? []
          : [...fleet.values()].map((one) =>
              vehicle(`${one.slot}-${generations[one.slot]}`, {
                lat: 52.4 + one.north * TEN_METERS + noise * 1e-5,
                lon: 10.8 + one.east * 2 * TEN_METERS,
                vehicle_type_id: one.type,
                station_id: one.station,
                state: one.state,
              }),
            );
    const poll = { at, list, lookedBefore: lookedBefore && kind !== 'hole' };
    lookedBefore = list !== null;
    return poll;
  });
}

const polls = fc
  .tuple(fc.array(row, { maxLength: 12 }), fc.array(step, { minLength: 1, maxLength: 14 }))
  .map(([first, steps]) => pollsOf(first, steps));

function slowRows(played: readonly VehiclePoll[]): SlowStay[] {
  return slowVehicleStays(
    played.map(({ at, list, lookedBefore }) => ({
      at,
      lookedBefore,
      vehicles:
        list?.map(({ vehicle_id, vehicle_type_id, station_id, state, lat, lon }) => ({
          id: vehicle_id,
          type: vehicle_type_id,
          station: station_id,
          state,
          lat: lat ?? 0,
          lon: lon ?? 0,
        })) ?? null,
    })),
  );
}

function asSlow(stay: Omit<VehicleStay, 'stay_key'>): SlowStay {
  return {
    type: stay.vehicle_type_id,
    station: stay.station_id,
    state: stay.state,
    lat: (stay.lat_e5 ?? 0) / 1e5,
    lon: (stay.lon_e5 ?? 0) / 1e5,
    from: stay.from_at,
    to: stay.to_at,
    beginSeen: stay.begin_seen,
    endSeen: stay.end_seen,
  };
}

const inOrder = (stays: SlowStay[]) => stays.map((stay) => JSON.stringify(stay)).sort();

describe('random fleets, gaps, empty lists, failures and rotations', () => {
  const settings = { seed, numRuns: 500 };

  test('give the stays that a slow program finds', () => {
    fc.assert(
      fc.property(polls, (played) => {
        expect(inOrder(play(played).rows.map(asSlow))).toEqual(inOrder(slowRows(played)));
      }),
      settings,
    );
  });

  test('at every poll each listed vehicle has one open stay of its type, state and station within 50 m, and none is over', () => {
    fc.assert(
      fc.property(polls, (played) => {
        const kept = new KeptVehicleStays();
        for (const poll of played) {
          kept.play(poll);
          if (poll.list === null) continue;
          const open = [...kept.stays.values()].filter(({ to_at }) => to_at === null);
          expect(open).toHaveLength(poll.list.length);
          for (const listed of poll.list) {
            const stay = kept.state.listed.get(listed.vehicle_id)?.stay as VehicleStay;
            expect(asSlow(stay)).toMatchObject({
              type: listed.vehicle_type_id,
              station: listed.station_id,
              state: listed.state,
              to: null,
            });
            expect(apart(asSlow(stay), { lat: listed.lat ?? 0, lon: listed.lon ?? 0 })).toBeLessThanOrEqual(
              50.001,
            );
          }
          expect(new Set(open.map(({ stay_key }) => stay_key)).size).toBe(poll.list.length);
        }
      }),
      settings,
    );
  });

  test('give the same whatever the order of a list, and when a row is listed before with other values', () => {
    fc.assert(
      fc.property(polls, fc.infiniteStream(fc.nat(1000)), (played, numbers) => {
        const shuffled = played.map((poll) => ({
          ...poll,
          list:
            poll.list === null
              ? null
              : [
                  ...poll.list.slice(0, 2).map((one) => ({ ...one, state: 'disabled' as const, lat: 52.41 })),
                  ...poll.list
                    .map((one) => ({ one, order: numbers.next().value ?? 0 }))
                    .sort((left, right) => left.order - right.order)
                    .map(({ one }) => one),
                ],
        }));
        expect(play(shuffled).rows).toEqual(play(played).rows);
      }),
      settings,
    );
  });

  test('give the same when the worker restarts at any poll, from rows alone', () => {
    fc.assert(
      fc.property(polls, fc.infiniteStream(fc.boolean()), (played, restarts) => {
        const restarted = new KeptVehicleStays();
        for (const poll of played) {
          if (restarts.next().value) restarted.restart();
          restarted.play(poll);
          expect(restarted.isKept).toBe(true);
        }
        expect(restarted.rows).toEqual(play(played).rows);
      }),
      settings,
    );
  });
});
