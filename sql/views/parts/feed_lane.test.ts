import { expect, test } from 'vitest';
import { givenStation as station } from '../../../test/history/given-station.ts';
import { openTestStore } from '../../../test/workers/test-store.ts';

test('feed_lane has the last observation within each lane, and none for a lane of failures', async () => {
  await using store = await openTestStore();
  for (const second of [0, 30, 60]) await store.poll('a', second, [station('1', 1, 1)]);
  await store.record({ system_id: 'a', second: 90, outcome: 'failed', error: 'dns' });
  for (const second of [-600, -570]) await store.poll('a', second, [station('1', 1, 1)], { imported: true });
  await store.record({ system_id: 'b', second: 0, outcome: 'failed', error: 'dns' });
  expect(
    await store.ask(`
      select system_id, feed_lane.from_at, to_at, observed_at
      from api.feed_lane join velolog.feed using (feed_key) join velolog.system using (system_key) order by system_id, from_at`),
  ).toEqual([
    { system_id: 'a', from_at: -600, to_at: -570, observed_at: -570 },
    { system_id: 'a', from_at: 0, to_at: 90, observed_at: 60 },
    { system_id: 'b', from_at: 0, to_at: 0, observed_at: null },
  ]);
});
