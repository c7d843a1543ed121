import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

test('10 to 90 are themselves; anything else is refused with what is expected', async () => {
  expect(await store.ask('select api.forecast_minutes(10) as low, api.forecast_minutes(90) as high')).toEqual(
    [{ low: 10, high: 90 }],
  );
  for (const minutes of [9, 91, null])
    await expect(store.ask('select api.forecast_minutes($1)', [minutes])).rejects.toThrow(
      `minutes is ${minutes}; expected a whole number from 10 to 90`,
    );
});
