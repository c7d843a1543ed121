import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

test('each flag is defined in one sentence, with its threshold and why it matters', async () => {
  const flags = await store.ask('select * from api.data_quality_flag');
  expect(flags.length).toBeGreaterThan(15);
  for (const { flag, definition, threshold, why } of flags) {
    expect(flag).toMatch(/^[a-z_]+$/);
    for (const text of [definition, why]) expect(text, String(flag)).toMatch(/^[A-Z0-9l].*\.$/);
    expect(threshold, String(flag)).not.toBe('');
  }
});
