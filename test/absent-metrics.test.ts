import { createIngestMetrics } from '@velolog/ingest/metrics';
import { createLakeMetrics } from '@velolog/lake/metrics';
import { createLiveMetrics } from '@velolog/live/metrics';
import { createStoreMetrics } from '@velolog/store/metrics';
import { Registry } from 'prom-client';
import { expect, test } from 'vitest';

const WORKERS = {
  ingest: createIngestMetrics,
  store: createStoreMetrics,
  live: createLiveMetrics,
  lake: createLakeMetrics,
};

/** What was never measured. Counters and what is counted in memory begin with 0, which is known. */
const MEASURED = /^\w+_(timestamp_seconds|days|bytes|consecutive_failures)(\{.*\})? /;
const COUNTED_IN_MEMORY = ['velolog_publish_buffer_bytes'];

test.each(Object.entries(WORKERS))(
  'a new %s says nothing of times and sizes that it does not know: an alert would take 0 for 1970',
  async (_, createMetrics) => {
    const registry = new Registry();
    createMetrics(registry);
    const lines = (await registry.metrics()).split('\n');
    expect(
      lines.filter((line) => MEASURED.test(line) && !COUNTED_IN_MEMORY.some((name) => line.startsWith(name))),
    ).toEqual([]);
  },
);

test('once known, it is given', async () => {
  const registry = new Registry();
  createStoreMetrics(registry).last_commit_timestamp_seconds.set(7);
  createLakeMetrics(registry).heldUntil(new Date(86_400_000));
  const text = await registry.metrics();
  expect(text).toContain('\nvelolog_last_commit_timestamp_seconds 7\n');
  expect(text).toContain('\nvelolog_lake_held_until_timestamp_seconds 86400\n');
  expect(text).toMatch(/^velolog_lake_lag_days \d/m);
});
