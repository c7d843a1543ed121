import { expect, test } from 'vitest';
import { openTestStore } from '../../../test/workers/test-store.ts';

test('gap has the time between two runs of observation, whatever else was polled in it', async () => {
  await using store = await openTestStore();
  const list = [{ station_id: '1', num_bikes_available: 1 }];
  for (const second of [0, 30]) await store.poll('a', second, list);
  await store.record({ system_id: 'a', second: 60, outcome: 'failed', error: 'timeout' });
  for (const second of [90, 120, 3000]) await store.poll('a', second, list);
  await store.poll('b', 0, list);
  expect(
    await store.ask('select system_id, ended_at, seconds::float8 from api.gap order by ended_at'),
  ).toEqual([
    { system_id: 'a', ended_at: 90, seconds: 60 },
    { system_id: 'a', ended_at: 3000, seconds: 2880 },
  ]);
});
