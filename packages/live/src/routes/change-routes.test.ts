import { expect, test } from 'vitest';
import { startTestLive } from '../../../../test/workers/test-live.ts';
import { openTestStore, START } from '../../../../test/workers/test-store.ts';
import { changes } from '../api/change.ts';

test('the changes until now include those of a poll by a clock that is ahead, as /stations does', async () => {
  await using store = await openTestStore();
  await using live = await startTestLive(store.readerUrl);
  const ahead = Math.ceil((Date.now() - START) / 1000) + 120;
  for (const [bikes, second] of [ahead - 240, ahead - 180, ahead].entries())
    await store.poll('ahead', second, [{ station_id: '1', num_bikes_available: bikes }]);
  const { stations } = await live.json('/systems/ahead/stations');
  expect(stations).toMatchObject([{ num_bikes_available: 2 }]);
  const both = [{ num_bikes_available: 1 }, { num_bikes_available: 2 }];
  const from = new Date(START + (ahead - 300) * 1000).toISOString();
  const first = changes.parse(await live.json(`/systems/ahead/changes?from=${from}`));
  expect(first.changes).toMatchObject(both);
  const after = changes.parse(await live.json(`/systems/ahead/changes?after=1`));
  expect(after).toMatchObject({ changes: both, cursor: first.cursor });
  const csv = await (await live.get('/systems/ahead/changes.csv')).text();
  expect(csv.trimEnd().split('\r\n')).toHaveLength(3);
  const now = encodeURIComponent(new Date().toISOString());
  const past = changes.parse(await live.json(`/systems/ahead/changes?from=${from}&to=${now}`));
  expect(past.changes).toMatchObject([{ num_bikes_available: 1 }]);
});
