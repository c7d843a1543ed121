import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenStation as station } from '../../../test/history/given-station.ts';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

describe('flow_balance', () => {
  test('adds up arrivals and departures by local day, and gives the largest step', async () => {
    await store.tellTimezone('oslo', 'Europe/Oslo');
    // 22:00 in UTC is midnight in Oslo.
    const nearMidnight = 10 * 3600;
    const bikes = [5, 6, 4, 4, 14, 13, 13];
    for (const [index, count] of bikes.entries())
      await store.poll('oslo', nearMidnight - 180 + index * 60, [station('1', count, 20 - count)]);
    expect(
      await store.ask(`select day::text, arrivals, departures, net, largest_step, gap_seconds
        from api.flow_balance where system_id = 'oslo' order by day`),
    ).toEqual([
      { day: '2026-06-15', arrivals: 1, departures: 2, net: -1, largest_step: 2, gap_seconds: 0 },
      { day: '2026-06-16', arrivals: 10, departures: 1, net: 9, largest_step: 10, gap_seconds: 0 },
    ]);
  });

  test('gap_seconds is the unobserved time between the first and the last observation', async () => {
    await store.poll('gap', 0, [station('1', 5, 5)]);
    await store.poll('gap', 60, [station('1', 5, 5)]);
    await store.poll('gap', 1060, [station('1', 7, 3)]);
    await store.poll('gap', 1120, [station('1', 7, 3)]);
    expect(
      await store.ask(
        `select arrivals, departures, net, gap_seconds from api.flow_balance where system_id = 'gap'`,
      ),
    ).toEqual([{ arrivals: 2, departures: 0, net: 2, gap_seconds: 1000 }]);
  });
});
