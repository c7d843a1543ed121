import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KeptVehicleStays, type VehiclePoll } from '../../../../../test/history/kept-vehicle-stays.ts';
import {
  apart,
  type SlowStay,
  slowVehicleStays,
} from '../../../../../test/history/slow/slow-vehicle-stays.ts';
import { MINUTE, play, TEN_METERS, vehicle } from './test-vehicle-polls.ts';
import type { VehicleStay } from './vehicle-state.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.info(`random-vehicle-stays: seed ${seed} (repeat with SEED=${seed})`);
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
