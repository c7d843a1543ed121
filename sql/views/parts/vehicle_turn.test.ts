import { expect, test } from 'vitest';
import { bike, vehicles } from '../../../test/history/told-vehicles.ts';
import { openTestStore } from '../../../test/workers/test-store.ts';

test('vehicle_turn has the turns of both names, in which failures of either do not count, and none of a system with one name', async () => {
  await using store = await openTestStore();
  for (const [feed, from] of [
    ['free_bike_status', 0],
    ['vehicle_status', 600],
    ['free_bike_status', 7200],
  ] as const)
    for (const second of [from, from + 60]) await vehicles(store, 'both', second, [bike('1')], feed);
  await store.record({
    system_id: 'both',
    feed: 'free_bike_status',
    second: 700,
    outcome: 'failed',
    error: 'dns',
  });
  await vehicles(store, 'one', 0, [bike('1')]);
  expect(
    await store.ask(`
      select system_id, feed, turn.from_at, to_at from api.vehicle_turn as turn join velolog.feed using (feed_key) order by turn.from_at`),
  ).toEqual([
    { system_id: 'both', feed: 'free_bike_status', from_at: Number.NaN, to_at: 600 },
    { system_id: 'both', feed: 'vehicle_status', from_at: 600, to_at: 7200 },
    { system_id: 'both', feed: 'free_bike_status', from_at: 7200, to_at: Number.NaN },
  ]);
});
