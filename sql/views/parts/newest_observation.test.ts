import { expect, test } from 'vitest';
import { givenStation as station } from '../../../test/history/given-station.ts';
import { openTestStore } from '../../../test/workers/test-store.ts';

test('newest_observation has the last successful run of each feed, whatever failed after it, and no row for a feed without one', async () => {
  await using store = await openTestStore();
  for (const second of [0, 30, 60]) await store.poll('a', second, [station('1', 1, 1)]);
  await store.record({ system_id: 'a', second: 90, outcome: 'failed', error: 'dns' });
  for (const second of [-600, -570]) await store.poll('a', second, [station('1', 1, 1)], { imported: true });
  await store.record({ system_id: 'b', second: 0, outcome: 'failed', error: 'dns' });
  expect(
    await store.ask(
      'select system_id, feed, from_at, observed_at from api.newest_observation join velolog.system using (system_key)',
    ),
  ).toEqual([{ system_id: 'a', feed: 'station_status', from_at: 0, observed_at: 60 }]);
});
