import { expect, test } from 'vitest';
import { openTestStore, START } from '../../../../test/workers/test-store.ts';
import type { State } from '../home/state.ts';
import { readHealth } from './system-health.ts';

test('a system shows which feeds fail and why, even if the clock of ingest was set back and no poll counts as failed', async () => {
  await using store = await openTestStore();
  const now = Math.floor((Date.now() - START) / 1000);
  const stations = [{ station_id: '1', num_bikes_available: 1 }];
  await store.poll('well', now, stations);
  await store.record({ system_id: 'fails', second: now, outcome: 'failed', error: 'http_503' });
  await store.poll('set back', now + 3600, stations);
  await store.poll('set back', now, stations);
  const state = { reader_database_url: store.readerUrl, database_url: store.url } as State;
  const health = await readHealth(['well', 'fails', 'set back'], state);
  const failing = [...(health?.values() ?? [])].map((system) => [system.system_id, system.failing]);
  expect(Object.fromEntries(failing)).toEqual({
    well: null,
    fails: ['station_status: http_503'],
    'set back': ['station_status: stale'],
  });
});
