import { expect, test } from 'vitest';
import { openTestStore } from '../../../test/workers/test-store.ts';

test('known_station distinguishes stations of two systems with the same id, by the keys of their rows', async () => {
  await using store = await openTestStore();
  for (const system_id of ['a', 'b'])
    await store.poll(system_id, 0, [{ station_id: '1', num_bikes_available: 1 }]);
  expect(
    await store.ask(`
      select known_station.system_id, station_id, feed.feed, known_report.num_bikes_available
      from api.known_station join velolog.feed using (feed_key) join api.known_report using (station_key) order by 1`),
  ).toEqual([
    { system_id: 'a', station_id: '1', feed: 'station_status', num_bikes_available: 1 },
    { system_id: 'b', station_id: '1', feed: 'station_status', num_bikes_available: 1 },
  ]);
});
