import { expect, test } from 'vitest';
import { givenStation as station } from '../../../../test/history/given-station.ts';
import { openTestStore } from '../../../../test/workers/test-store.ts';

test('stations listed without any count are counted at each poll, those with one are not', async () => {
  await using store = await openTestStore();
  const stations = [station('1'), station('2', -1, -1), station('3', 0), station('4', undefined, 2)];
  for (const second of [0, 60]) await store.poll('nullcounts', second, stations);
  const { values } = await store.context.metrics.coerced_values_total.get();
  expect(values.find(({ labels }) => labels.reason === 'no_counts')).toMatchObject({
    value: 4,
    labels: { system: 'nullcounts', feed: 'station_status' },
  });
});
