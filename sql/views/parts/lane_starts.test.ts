import { expect, test } from 'vitest';
import { givenStation as station } from '../../../test/history/given-station.ts';
import { openTestStore } from '../../../test/workers/test-store.ts';

test('lane_starts has the beginning of each lane in order of time, and none of a system without stations', async () => {
  await using store = await openTestStore();
  for (const second of [0, 30]) await store.poll('a', second, [station('1', 1, 1)]);
  for (const second of [-600, -570]) await store.poll('a', second, [station('1', 1, 1)], { imported: true });
  await store.record({
    system_id: 'none',
    feed: 'vehicle_types',
    second: 0,
    body: { data: { vehicle_types: [] } },
  });
  expect(
    await store.ask(
      `
      select system_id, extract(epoch from start - $1) as start
      from api.lane_starts left join unnest(starts) with ordinality as lane (start, number) on true order by system_id, number`,
      [new Date(Date.UTC(2026, 5, 15, 12))],
    ),
  ).toEqual([
    { system_id: 'a', start: '-600.000000' },
    { system_id: 'a', start: '0.000000' },
    { system_id: 'none', start: null },
  ]);
});
