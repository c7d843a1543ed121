import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { at } from '../../../../test/history/city.ts';
import { tellTypes } from '../../../../test/history/told-vehicles.ts';
import { startTestLive, type TestLive } from '../../../../test/workers/test-live.ts';
import { openTestStore, type TestStore } from '../../../../test/workers/test-store.ts';
import { alerts, documents, documentVersion, zones } from '../api/document.ts';
import { vehicleTypes } from '../api/vehicle.ts';

let store: TestStore;
let live: TestLive;
beforeAll(async () => {
  store = await openTestStore();
  live = await startTestLive(store.readerUrl);
});
afterAll(async () => {
  await live[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
});

describe('documents', () => {
  const tell = (system_id: string, feed: string, second: number, data: object) =>
    store.record({ system_id, feed, second, body: { data } });

  test('are listed, and given as they hold or held', async () => {
    const plan = (price: number) => ({
      plans: [{ plan_id: 'a', name: 'Day', currency: 'EUR', price, is_taxable: false, description: '' }],
    });
    await tell('papers', 'system_pricing_plans', 0, plan(5));
    await tell('papers', 'system_pricing_plans', 60, plan(6));
    const { documents: found } = documents.parse(await live.json('/systems/papers/documents'));
    // Last heard in June: there may be another since.
    const heard = { observed_at: at(60), overdue: true };
    expect(found).toEqual([
      { feed: 'system_pricing_plans', entries: 1, valid_from: at(60), versions: 2, ...heard },
    ]);
    const one = async (query = '') =>
      documentVersion.parse(await live.json(`/systems/papers/documents/system_pricing_plans${query}`));
    expect(await one()).toMatchObject({
      valid_from: at(60),
      valid_to: null,
      entries: [{ price: 6 }],
      ...heard,
    });
    expect(await one(`?at=${at(30)}`)).toMatchObject({ valid_to: at(60), entries: [{ price: 5 }] });
    const none = await live.get(`/systems/papers/documents/system_pricing_plans?at=${at(-30)}`);
    expect(none.status).toBe(404);
    await tellTypes(store, 'papers', 90);
    const types = vehicleTypes.parse(await live.json('/systems/papers/vehicle-types'));
    expect(types.vehicle_types.map(({ vehicle_type_id }) => vehicle_type_id)).toEqual(['e', 'h', 's']);
  });

  test('tell announcements until they are over, and zones as shapes with their rules', async () => {
    const seconds = (text: string) => Date.parse(text) / 1000;
    await tell('notices', 'system_alerts', 0, {
      alerts: [
        {
          alert_id: 'old',
          type: 'OTHER',
          times: [{ start: 0, end: seconds('2020-01-01') }],
          summary: 'over',
        },
        { alert_id: 'open', type: 'station_closure', station_ids: ['1'], summary: 'Square is closed' },
        { alert_id: 'later', type: 'other', times: [{ start: seconds('2090-01-01') }], summary: 'to come' },
      ],
    });
    const { alerts: found } = alerts.parse(await live.json('/systems/notices/alerts'));
    expect(found.map(({ alert_id }) => alert_id)).toEqual(['later', 'open']);
    expect(found[1]).toMatchObject({ station_ids: ['1'], times: [], valid_from: at(0) });
    // Last heard in June: they may have changed.
    expect(await live.json('/systems/notices/alerts')).toMatchObject({ observed_at: at(0), overdue: true });
    const ring = [
      [10, 59],
      [11, 59],
      [11, 60],
      [10, 59],
    ];
    await tell('notices', 'geofencing_zones', 0, {
      geofencing_zones: {
        type: 'FeatureCollection',
        features: [
          {
            type: 'Feature',
            geometry: { type: 'MultiPolygon', coordinates: [[ring]] },
            properties: { name: 'Park', rules: [{ ride_allowed: false, ride_through_allowed: false }] },
          },
          { type: 'Feature', geometry: null, properties: { rules: [] } },
        ],
      },
    });
    const answer = await live.get('/systems/notices/zones');
    expect(answer.headers.get('content-type')).toBe('application/geo+json');
    const told = zones.parse(await answer.json());
    expect(told).toMatchObject({ observed_at: at(0), overdue: true });
    expect(told.features).toMatchObject([
      {
        geometry: { type: 'MultiPolygon', coordinates: [[ring]] },
        properties: { name: 'Park', rules: [{ ride_end_allowed: false }] },
      },
      { geometry: null },
    ]);
    for (const path of ['alerts', 'zones', 'documents', 'vehicle-types', 'vehicles/replay'])
      expect((await live.get(`/systems/nowhere/${path}`)).status, path).toBe(404);
  });
});
