import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { openTestStore, type TestStore } from '../../../../../test/workers/test-store.ts';
import { livePolls, pollsSince } from './live-polls.ts';

/** What the store's /metrics gives of two of its metrics. */
async function metricsOf({ context: { metrics } }: TestStore): Promise<string> {
  const values = [
    ...(await metrics.poll_to_row_seconds.get()).values,
    ...(await metrics.records_total.get()).values.map((one) => ({ metricName: undefined, ...one })),
  ];
  return values
    .map(({ metricName = 'velolog_records_total', labels, value }) => {
      const text = Object.entries(labels).map(([name, label]) => `${name}="${label}"`);
      return `${metricName}${text.length > 0 ? `{${text}}` : ''} ${value}\n`;
    })
    .join('');
}

test('imported history does not count among the polls of the last minute', async () => {
  await using store = await openTestStore();
  await using server = createServer(async (_, response) => void response.end(await metricsOf(store)));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const polls = () => livePolls({ workers: [{ name: 'store', url, ready: true, pid: 1 }] } as never);
  const before = await polls();
  for (const second of [0, 30, 60])
    await store.poll('city', second, [{ station_id: '1', num_bikes_available: 1 }]);
  for (const second of [-300, -240, -180, -120])
    await store.poll('city', second, [{ station_id: '1', num_bikes_available: 2 }], { imported: true });
  expect(await metricsOf(store)).toContain('velolog_records_total{result="stored"} 7');
  expect(pollsSince(before, await polls())).toBe(3);
});

test('a store that was restarted counts from its start, and one that does not answer is unknown', async () => {
  expect(pollsSince(395, 12)).toBe(12);
  expect(pollsSince(12, 395)).toBe(383);
  expect(pollsSince(null, 12)).toBeNull();
  expect(await livePolls({ workers: [] })).toBeNull();
});
