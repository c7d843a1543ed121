import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

describe('timezone_or_utc', () => {
  test('keeps the names that PostgreSQL knows and answers UTC to all else', async () => {
    const names = ['Europe/Oslo', 'Mars/Olympus', '', null];
    const rows = await store.ask(
      'select api.timezone_or_utc(name) as name from unnest($1::text[]) with ordinality as given (name, i) order by i',
      [names],
    );
    expect(rows.map((row) => row.name)).toEqual(['Europe/Oslo', 'UTC', 'UTC', 'UTC']);
  });
});
