import { expect, test } from 'vitest';
import { openTestStore } from '../../../test/workers/test-store.ts';

test('the arrays give the unobserved time between any two observations of a system', async () => {
  await using store = await openTestStore();
  const list = [{ station_id: '1', num_bikes_available: 1 }];
  for (const second of [0, 30]) await store.poll('a', second, list);
  await store.record({ system_id: 'a', second: 60, outcome: 'failed', error: 'timeout' });
  for (const second of [90, 120, 3000]) await store.poll('a', second, list);
  expect(await store.ask(`select unobserved_seconds from api.observation where system_id = 'a'`)).toEqual([
    { unobserved_seconds: [60, 2940] },
  ]);
});
