import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenStation as station } from '../../../test/history/given-station.ts';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

const lanes = (system: string) =>
  store.ask(
    'select from_at, to_at, final_to_at, last_observed_at, is_live from api.observed_lane where system_id = $1 order by from_at',
    [system],
  );

describe('observed_lane', () => {
  test('imported history is a lane of its own, and earlier records are live', async () => {
    await store.poll('oslo', 10_000, [station('1', 5, 5)]);
    await store.poll('oslo', 10_060, [station('1', 4, 6)]);
    await store.record({ system_id: 'oslo', second: 10_120, outcome: 'failed', error: 'http_500' });
    await store.poll('oslo', 0, [station('1', 1, 1)], { imported: true });
    await store.poll('oslo', 60, [station('1', 1, 1)], { imported: true });
    expect(await lanes('oslo')).toEqual([
      { from_at: 0, to_at: 60, final_to_at: 0, last_observed_at: 60, is_live: false },
      { from_at: 10_000, to_at: 10_120, final_to_at: 10_000, last_observed_at: 10_060, is_live: true },
    ]);
  });

  test('a lane of failures alone has observed nothing', async () => {
    await store.record({ system_id: 'down', second: 0, outcome: 'failed', error: 'http_500' });
    expect(await lanes('down')).toMatchObject([{ last_observed_at: null, is_live: true }]);
  });

  test('other feeds have no lanes here', async () => {
    await store.record({
      system_id: 'info',
      second: 0,
      feed: 'station_information',
      body: { data: { stations: [] } },
    });
    expect(await lanes('info')).toEqual([]);
  });
});
