import { checkQualityOnce } from '@velolog/store/upkeep/quality/check-quality';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { givenStation as station } from '../../../test/history/given-station.ts';
import { at, openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

test('data_quality_check has the newest observation of each polled feed that the checks have seen', async () => {
  const checked = () =>
    store.ask(
      'select system_id, extract(epoch from checked_at - $1::timestamptz)::int as second from api.data_quality_check order by 1',
      [at(0)],
    );
  await store.poll('first', 0, [station('1', 1, 1)]);
  await store.poll('archive', 0, [station('1', 1, 1)], { imported: true });
  await store.record({
    system_id: 'silent',
    second: 0,
    outcome: 'failed',
    error: 'timeout',
    http_status: null,
  });
  expect(await checked()).toEqual([]);
  await checkQualityOnce(store.context.pool, at(0));
  await store.poll('first', 60, [station('1', 2, 0)]);
  await store.poll('later', 60, [station('1', 1, 1)]);
  expect(await checked()).toEqual([{ system_id: 'first', second: 0 }]);
  await checkQualityOnce(store.context.pool, at(60));
  expect(await checked()).toEqual([
    { system_id: 'first', second: 60 },
    { system_id: 'later', second: 60 },
  ]);
});
