import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store?.[Symbol.asyncDispose]());

test.each([
  ['1 hour ago', true],
  ['25 hours 59 minutes ago', true],
  ['26 hours 1 minute ago', false],
  ['8 days ago', false],
])('a reading of %s is recent: %s', async (readAt, isRecent) => {
  expect(
    await store.ask(`select api.is_recent_reading(now() - $1::interval) as is_recent`, [
      readAt.replace(' ago', ''),
    ]),
  ).toEqual([{ is_recent: isRecent }]);
});

test('of what was never read nothing is known', async () => {
  expect(await store.ask('select api.is_recent_reading(null) as is_recent')).toEqual([{ is_recent: null }]);
});
