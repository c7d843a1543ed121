import { expect, test } from 'vitest';
import { openTestStore, START } from '../../../../../test/workers/test-store.ts';
import { checkQualityOnce, countIssues } from './check-quality.ts';

test('issues are counted from the first check of a feed on: before that there is no series, and never 0', async () => {
  await using store = await openTestStore();
  const { pool, metrics } = store.context;
  const counted = async () => {
    await countIssues(pool, metrics);
    return (await metrics.data_quality_issues.get()).values.map(({ value }) => value);
  };
  await checkQualityOnce(pool, new Date(START));
  expect(await counted()).toEqual([]);
  await store.poll('city', 0, [{ station_id: 'a', num_bikes_available: 1, num_docks_available: 1 }]);
  await checkQualityOnce(pool, new Date(START + 60_000));
  const values = await counted();
  expect(values.length).toBeGreaterThan(10);
  expect(new Set(values)).toEqual(new Set([0]));
});
