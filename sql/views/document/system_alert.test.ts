import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

test('system_alert shows each version of the document, and a poll with the same adds none', async () => {
  const tell = (second: number, data: object) =>
    store.record({ system_id: 'told', feed: 'system_alerts', second, body: { data } });
  await tell(0, {
    alerts: [
      {
        alert_id: '1',
        type: 'station_closure',
        station_ids: ['7'],
        summary: 'Closed',
        times: [{ start: 1 }],
      },
    ],
  });
  await tell(60, {
    alerts: [
      {
        alert_id: '1',
        type: 'station_closure',
        station_ids: ['7'],
        summary: 'Closed',
        times: [{ start: 1 }],
      },
    ],
  });
  await tell(120, { alerts: [{ alert_id: '1', type: 'OTHER', summary: 'Open' }] });
  store.restart();
  await tell(180, { alerts: [{ alert_id: '1', type: 'OTHER', summary: 'Open' }] });
  expect(
    await store.ask("select * from api.system_alert where system_id = 'told' order by valid_from"),
  ).toMatchObject([
    {
      type: 'station_closure',
      summary: 'Closed',
      station_ids: ['7'],
      region_ids: null,
      valid_from: 0,
      valid_to: 120,
    },
    { type: 'other', summary: 'Open', station_ids: null, times: [], valid_from: 120, valid_to: null },
  ]);
});
