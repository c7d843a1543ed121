import { afterAll, beforeAll, expect, test } from 'vitest';
import { givenStation as station } from '../../../test/history/given-station.ts';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

test('it moves with each record that is stored', async () => {
  const position = async () => {
    const [row] = await store.ask('select next_offset::int as next from api.read_position');
    return Number(row?.next);
  };
  await store.poll('city', 0, [station('1', 3, 3)]);
  const before = await position();
  await store.poll('city', 60, [station('1', 3, 3)]);
  expect(await position()).toBe(before + 1);
});
