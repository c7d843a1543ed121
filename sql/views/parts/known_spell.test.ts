import { rollUpAll } from '@velolog/store/upkeep/roll-up';
import { expect, test } from 'vitest';
import { givenStation as station } from '../../../test/history/given-station.ts';
import { openTestStore } from '../../../test/workers/test-store.ts';

test('an open spell reaches to the newest poll, and what is rolled up is not bound to the end of its stretch of records', async () => {
  await using store = await openTestStore();
  const spells = () =>
    store.ask(
      `select state, from_at, to_at, is_open, case when lane_to_at <> 'infinity' then lane_to_at end as lane_to_at
       from api.known_spell order by from_at`,
    );
  await store.pollEvery(120, 'a', [0, 3480], (second) => [station('1', second < 600 ? 0 : 3, 4)]);
  expect(await spells()).toEqual([
    { state: 'empty', from_at: 0, to_at: 600, is_open: false, lane_to_at: 3480 },
    { state: 'ok', from_at: 600, to_at: 3480, is_open: true, lane_to_at: 3480 },
  ]);
  await store.pollEvery(120, 'a', [3600, 3720], () => [station('1', 3, 4)]);
  await rollUpAll(store.context.pool);
  expect(await spells()).toEqual([
    { state: 'empty', from_at: 0, to_at: 600, is_open: false, lane_to_at: null },
    { state: 'ok', from_at: 600, to_at: 3720, is_open: true, lane_to_at: 3720 },
  ]);
});
