import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

test('pricing_plan shows each version of the document, and a poll with the same adds none', async () => {
  const tell = (second: number, data: object) =>
    store.record({ system_id: 'told', feed: 'system_pricing_plans', second, body: { data } });
  await tell(0, {
    plans: [
      { plan_id: '1', name: 'Ride', currency: 'NOK', price: 10, is_taxable: true, description: 'A ride' },
    ],
  });
  await tell(60, {
    plans: [
      { plan_id: '1', name: 'Ride', currency: 'NOK', price: 10, is_taxable: true, description: 'A ride' },
    ],
  });
  await tell(120, {
    plans: [
      {
        plan_id: '1',
        name: 'Ride',
        currency: 'NOK',
        price: 12,
        is_taxable: 1,
        description: 'A ride',
        per_min_pricing: [{ start: 0, rate: 2, interval: 1 }],
      },
    ],
  });
  store.restart();
  await tell(180, {
    plans: [
      {
        plan_id: '1',
        name: 'Ride',
        currency: 'NOK',
        price: 12,
        is_taxable: 1,
        description: 'A ride',
        per_min_pricing: [{ start: 0, rate: 2, interval: 1 }],
      },
    ],
  });
  expect(
    await store.ask("select * from api.pricing_plan where system_id = 'told' order by valid_from"),
  ).toMatchObject([
    {
      plan_id: '1',
      currency: 'NOK',
      price: 10,
      is_taxable: true,
      per_min_pricing: null,
      valid_from: 0,
      valid_to: 120,
    },
    { price: 12, per_min_pricing: [{ start: 0, rate: 2, interval: 1 }], valid_from: 120, valid_to: null },
  ]);
});
