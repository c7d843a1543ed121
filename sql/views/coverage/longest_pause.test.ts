import { longestPauseMs } from '@velolog/store/memory/coverage';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

test.each([0, 1, 10, 39, 40, 41, 60, 600, 1_800, 86_400])(
  'polls %i s apart may pause as long by SQL as by the store that cuts their runs',
  async (seconds) => {
    const [row] = await store.ask('select extract(epoch from api.longest_pause($1))::float8 as seconds', [
      seconds,
    ]);
    expect(row?.seconds).toBe(longestPauseMs(seconds * 1000) / 1000);
  },
);

test('where the usual time is not known it is 2 minutes', async () => {
  const [row] = await store.ask('select extract(epoch from api.longest_pause(null))::float8 as seconds');
  expect(row?.seconds).toBe(120);
});
