import { expect, test } from 'vitest';
import { openTestStore } from '../../../test/workers/test-store.ts';

test('known_document gives each version whole, and the next version ends one that imported history left open', async () => {
  await using store = await openTestStore();
  const tell = (second: number, name: string, imported = false) =>
    store.record({
      system_id: 'told',
      feed: 'system_regions',
      second,
      imported,
      body: { data: { regions: [{ region_id: '1', name }] } },
    });
  await tell(0, 'South');
  await tell(-600, 'North', true);
  expect(
    await store.ask(
      'select system_id, feed, document, valid_from, valid_to from api.known_document order by valid_from',
    ),
  ).toMatchObject([
    {
      system_id: 'told',
      feed: 'system_regions',
      document: [{ name: 'North' }],
      valid_from: -600,
      valid_to: 0,
    },
    { document: [{ name: 'South' }], valid_from: 0, valid_to: null },
  ]);
});
