import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

test('document_version has the number of entries of each version of a document, and its time', async () => {
  const tell = (second: number, names: string[], imported = false) =>
    store.record({
      system_id: 'told',
      feed: 'system_regions',
      second,
      imported,
      body: { data: { regions: names.map((name) => ({ region_id: name, name })) } },
    });
  await tell(0, ['North']);
  await tell(60, ['North', 'South']);
  await tell(120, ['North', 'South']);
  await tell(180, []);
  // History that is imported ends where the recording began.
  await tell(-600, ['East'], true);
  expect(
    await store.ask(
      `select feed, entries, valid_from, valid_to from api.document_version where system_id = 'told' order by valid_from`,
    ),
  ).toEqual([
    { feed: 'system_regions', entries: 1, valid_from: -600, valid_to: 0 },
    { feed: 'system_regions', entries: 1, valid_from: 0, valid_to: 60 },
    { feed: 'system_regions', entries: 2, valid_from: 60, valid_to: 180 },
    { feed: 'system_regions', entries: 0, valid_from: 180, valid_to: null },
  ]);
});
