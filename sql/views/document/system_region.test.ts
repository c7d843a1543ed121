import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

test('system_region shows each version of the document, and a poll with the same adds none', async () => {
  const tell = (second: number, data: object) =>
    store.record({ system_id: 'told', feed: 'system_regions', second, body: { data } });
  await tell(0, { regions: [{ region_id: '1', name: 'North' }] });
  await tell(60, { regions: [{ region_id: '1', name: 'North' }] });
  await tell(120, { regions: [{ region_id: '1', name: 'South' }] });
  store.restart();
  await tell(180, { regions: [{ region_id: '1', name: 'South' }] });
  expect(
    await store.ask("select * from api.system_region where system_id = 'told' order by valid_from"),
  ).toMatchObject([
    { region_id: '1', name: 'North', valid_from: 0, valid_to: 120 },
    { name: 'South', valid_from: 120, valid_to: null },
  ]);
});
