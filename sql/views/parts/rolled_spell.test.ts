import { rollUpAll } from '@velolog/store/upkeep/roll-up';
import { expect, test } from 'vitest';
import { givenStation as station } from '../../../test/history/given-station.ts';
import { openTestStore } from '../../../test/workers/test-store.ts';

test('spells that are over are rolled up with the names of their stations, and one that goes on is not among them', async () => {
  await using store = await openTestStore();
  const spells = () =>
    store.ask(`select system_id, station_id, state, from_at, to_at, is_open, start_observed, end_observed
      from api.rolled_spell order by from_at`);
  await store.pollEvery(120, 'a', [0, 3720], (second) => [station('1', second < 600 ? 0 : 3, 4)]);
  expect(await spells()).toEqual([]);
  await rollUpAll(store.context.pool);
  expect(await spells()).toEqual([
    {
      system_id: 'a',
      station_id: '1',
      state: 'empty',
      from_at: 0,
      to_at: 600,
      is_open: false,
      start_observed: false,
      end_observed: true,
    },
  ]);
});

test('a question that needs no names reads the spells alone', async () => {
  await using store = await openTestStore();
  const plan = await store.ask(
    `explain select count(*) from api.rolled_spell where state in ('empty', 'full') and to_at > now()`,
  );
  expect(JSON.stringify(plan)).not.toMatch(/ on (station|system)\b/);
});
