import { afterAll, beforeAll, expect, test } from 'vitest';
import { givenStation as station } from '../../../test/history/given-station.ts';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
  await store.poll('a', 0, [station('1', 1, 1)]);
});
afterAll(() => store[Symbol.asyncDispose]());

test('skill is the share of the Brier score of a reference that was saved; null where the reference made no error', async () => {
  await store.ask(
    `insert into velolog.forecast_score
     select system_key, '2026-06-15', 'bike', 20, 200, 10, 9, 20, 40, 0, array_fill(20, array[10]), array_fill(9.0::float8, array[10]), array_fill(8, array[10])
     from velolog.system`,
  );
  expect(await store.ask('select * from api.forecast_skill')).toMatchObject([
    {
      system_id: 'a',
      pairs: 200,
      brier: 0.05,
      skill_persistence: 0.5,
      skill_damped: 0.75,
      skill_profile: null,
      brier_model: 0.045,
    },
  ]);
});
