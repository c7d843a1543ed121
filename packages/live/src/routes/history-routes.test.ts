import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { at, CITY, recordCity } from '../../../../test/history/city.ts';
import { startTestLive, type TestLive } from '../../../../test/workers/test-live.ts';
import { openTestStore, START, type TestStore } from '../../../../test/workers/test-store.ts';
import { history } from '../api/history.ts';
import { outages } from '../api/outage.ts';
import { replay } from '../api/replay.ts';

let store: TestStore;
let live: TestLive;
beforeAll(async () => {
  store = await openTestStore();
  live = await startTestLive(store.readerUrl);
  await recordCity(store);
});
afterAll(async () => {
  await live[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
});

describe('/history and /replay', () => {
  test('give the steps of a station from its state at the start, and the unobserved times', async () => {
    const told = history.parse(await live.json(`${CITY}/stations/1/history?from=${at(30)}&to=${at(900)}`));
    expect(told.steps.map((step) => [step.observed_at, step.num_bikes_available, step.state])).toEqual([
      [at(2), 5, 'ok'],
      [at(60), 4, 'ok'],
      [at(120), 0, 'empty'],
      [at(720), 2, 'ok'],
    ]);
    const unobserved = [
      { from_at: at(120), to_at: at(720) },
      { from_at: at(780), to_at: at(900) },
    ];
    expect(told.gaps).toEqual(unobserved);
    const later = history.parse(await live.json(`${CITY}/stations/1/history?from=${at(800)}&to=${at(4000)}`));
    expect(later.gaps).toEqual([{ from_at: at(800), to_at: at(4000) }]);
  });

  test('beyond a month the hours take the place of the steps', async () => {
    const told = history.parse(
      await live.json(`${CITY}/stations/1/history?from=2026-05-01T00:00:00Z&to=${at(3600)}`),
    );
    expect(told.steps).toEqual([]);
    expect(told.hours).toEqual({
      first_at: at(0),
      bikes_min: [0],
      bikes_mean: [3.65],
      bikes_max: [5],
      docks_min: [5],
      docks_mean: [6.35],
      docks_max: [10],
      observed_share: [0.0494],
    });
    const day = history.parse(await live.json(`${CITY}/stations/1/history?from=${at(0)}&to=${at(3600)}`));
    expect(day.hours).toBeNull();
  });

  test('an unobserved hour keeps its place among the hours, without values', async () => {
    for (const second of [600, 3000, 10_800, 12_600]) {
      await store.poll('hours', second, [{ station_id: '1', num_bikes_available: second / 600 }]);
    }
    const { hours } = history.parse(
      await live.json(`/systems/hours/stations/1/history?from=2026-05-01T00:00:00Z&to=${at(14_400)}`),
    );
    expect(hours).toMatchObject({
      first_at: at(0),
      bikes_min: [1, null, null, 18],
      bikes_max: [5, null, null, 21],
      docks_mean: [null, null, null, null],
    });
    expect(hours?.observed_share.slice(1, 3)).toEqual([0, 0]);
    const before = await live.json(
      '/systems/hours/stations/1/history?from=2025-05-01T00:00:00Z&to=2026-05-01T00:00:00Z',
    );
    expect(history.parse(before).hours).toMatchObject({ first_at: null, bikes_min: [], observed_share: [] });
  });

  test('replay starts with the state at its beginning and gives each change of counts or state by second and station', async () => {
    const told = replay.parse(await live.json(`${CITY}/replay?from=${at(30)}&to=${at(900)}`));
    expect(told.stations).toEqual(['1', 'ü/2']);
    expect(told.start).toEqual([
      [5, 5, 0],
      [3, null, 0],
    ]);
    expect(told.changes).toEqual([
      [30, 0, 4, 6, 0],
      [90, 0, 0, 10, 1],
      [690, 0, 2, 8, 0],
      [690, 1, null, null, 4],
      [750, 1, 1, null, 0],
    ]);
    expect(told.states.slice(0, 6)).toEqual(['ok', 'empty', 'full', 'closed', 'absent', 'unknown']);
    expect(told).toMatchObject({
      step_seconds: 0,
      gaps: [
        { from_at: at(120), to_at: at(720) },
        { from_at: at(780), to_at: at(900) },
      ],
    });
  });

  test('a window that ends within a hole has the same gap as a longer one, up to its end', async () => {
    const hour = 3600;
    const one = () => [{ station_id: '1', num_bikes_available: 1 }];
    await store.pollEvery(1200, 'slow', [-20 * hour, hour], one);
    await store.pollEvery(1200, 'slow', [5 * hour, 5 * hour + 1200], one);
    const gapsUntil = async (second: number) => {
      const window = `from=${at(0)}&to=${at(second)}`;
      const { gaps } = replay.parse(await live.json(`/systems/slow/replay?${window}`));
      const told = history.parse(await live.json(`/systems/slow/stations/1/history?${window}`));
      expect(told.gaps).toEqual(gaps);
      return gaps;
    };
    expect(await gapsUntil(6 * hour)).toEqual([
      { from_at: at(hour), to_at: at(5 * hour) },
      { from_at: at(5 * hour + 1200), to_at: at(6 * hour) },
    ]);
    expect(await gapsUntil(hour + 600)).toEqual([{ from_at: at(hour), to_at: at(hour + 600) }]);
    expect(await gapsUntil(hour)).toEqual([]);
  });

  test('the wait for the next poll of a slow feed is no gap, also in a window that begins after the newest poll', async () => {
    const now = Math.floor((Date.now() - START) / 1000);
    await store.pollEvery(1200, 'waiting', [now - 20 * 3600, now - 1200], () => [
      { station_id: '1', num_bikes_available: 1 },
    ]);
    for (const ago of [3600, 600]) {
      const told = replay.parse(await live.json(`/systems/waiting/replay?from=${at(now - ago)}`));
      expect(told.gaps).toEqual([]);
    }
  });
});

describe('/outages', () => {
  test('are those of every station in the window, whole, and those of one in its history', async () => {
    const told = outages.parse(await live.json(`${CITY}/outages?from=${at(100)}&to=${at(900)}`));
    const empty = { station_id: '1', state: 'empty', from_at: at(120), start_observed: true };
    expect(told.outages).toMatchObject([empty]);
    const { outages: ofOne } = history.parse(
      await live.json(`${CITY}/stations/1/history?from=${at(100)}&to=${at(900)}`),
    );
    expect(told.outages).toMatchObject(ofOne.map((one) => ({ station_id: '1', ...one })));
    expect(ofOne).toHaveLength(1);
  });

  test('the history comes with the usual values for that hour of the week', async () => {
    const { profile } = history.parse(
      await live.json(`${CITY}/stations/1/history?from=${at(0)}&to=${at(900)}`),
    );
    // 14:00 in Oslo on a Monday.
    expect(profile).toMatchObject([{ weekday: 1, hour: 14 }]);
  });
});
