import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenStation as station } from '../../../test/history/given-station.ts';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

async function episodes(system: string): Promise<Record<string, unknown>[]> {
  return store.ask(
    'select state, from_at, to_at, is_open, duration_seconds, start_observed, end_observed from api.outage_episode where system_id = $1 order by from_at',
    [system],
  );
}

describe('outage_episode', () => {
  test('spells of empty, full and closed, from the poll that saw them begin to the poll that saw another state', async () => {
    const seen = [
      station('1', 2, 2),
      station('1', 0, 4),
      station('1', 4, 0),
      station('1', 4, 0, { is_installed: false }),
      station('1', 1, 1),
    ];
    for (const [index, one] of seen.entries()) await store.poll('states', index * 60, [one]);
    expect(await episodes('states')).toEqual(
      [
        ['empty', 60],
        ['full', 120],
        ['closed', 180],
      ].map(([state, from_at]) => ({
        state,
        from_at,
        to_at: Number(from_at) + 60,
        is_open: false,
        duration_seconds: 60,
        start_observed: true,
        end_observed: true,
      })),
    );
  });

  test('the first state of a station has no observed start; the one it is in now is open and lasts until the newest poll', async () => {
    for (const second of [0, 60, 120]) await store.poll('open', second, [station('1', 0, 4)]);
    expect(await episodes('open')).toEqual([
      {
        state: 'empty',
        from_at: 0,
        to_at: null,
        is_open: true,
        duration_seconds: 120,
        start_observed: false,
        end_observed: false,
      },
    ]);
  });

  test('unobserved time cuts an episode, and each part says so', async () => {
    await store.poll('gap', 0, [station('1', 3, 4)]);
    await store.poll('gap', 60, [station('1', 0, 4)]);
    await store.poll('gap', 10_000, [station('1', 0, 4)]);
    await store.poll('gap', 10_060, [station('1', 3, 4)]);
    expect(await episodes('gap')).toMatchObject([
      { from_at: 60, to_at: 60, duration_seconds: 0, start_observed: true, end_observed: false },
      { from_at: 10_000, to_at: 10_060, start_observed: false, end_observed: true },
    ]);
  });

  test('while a station is not listed its episode does not go on', async () => {
    await store.poll('absent', 0, [station('1', 0, 4), station('2', 1, 1)]);
    await store.poll('absent', 60, [station('1', 0, 4), station('2', 1, 1)]);
    await store.poll('absent', 120, [station('2', 1, 1)]);
    await store.poll('absent', 180, [station('1', 0, 4), station('2', 1, 1)]);
    expect(await episodes('absent')).toMatchObject([
      { from_at: 0, to_at: 60, end_observed: false },
      { from_at: 180, to_at: null, is_open: true, start_observed: false },
    ]);
  });

  test('a spell that is open at the end of imported history is not open now', async () => {
    await store.poll('history', 5000, [station('1', 3, 4)]);
    await store.poll('history', 0, [station('1', 0, 4)], { imported: true });
    await store.poll('history', 60, [station('1', 0, 4)], { imported: true });
    expect(await episodes('history')).toMatchObject([
      { from_at: 0, to_at: 60, is_open: false, end_observed: false },
    ]);
  });

  test('imported history has no open spell, until a poll shows that it goes on', async () => {
    for (const second of [0, 60])
      await store.poll('museum', second, [station('1', 0, 4)], { imported: true });
    const between = () =>
      store.ask(
        `select from_at, to_at, is_open from api.outage_episode_between('-infinity', 'infinity', 'museum')`,
      );
    expect(await episodes('museum')).toMatchObject([
      { from_at: 0, to_at: 60, is_open: false, duration_seconds: 60, end_observed: false },
    ]);
    expect(await between()).toEqual([{ from_at: 0, to_at: 60, is_open: false }]);
    await store.poll('museum', 120, [station('1', 0, 4)]);
    expect(await episodes('museum')).toMatchObject([
      { from_at: 0, to_at: null, is_open: true, duration_seconds: 120 },
    ]);
    expect(await between()).toEqual([{ from_at: 0, to_at: null, is_open: true }]);
  });

  test('a station has a name once station_information gives it', async () => {
    await store.poll('named', 0, [station('1', 0, 4)]);
    await store.record({
      system_id: 'named',
      feed: 'station_information',
      second: 10,
      body: { data: { stations: [{ station_id: '1', name: 'Harbour', lat: 59.9, lon: 10.7 }] } },
    });
    expect(
      await store.ask(`select name, lat, lon from api.outage_episode where system_id = 'named'`),
    ).toEqual([{ name: 'Harbour', lat: 59.9, lon: 10.7 }]);
  });
});
