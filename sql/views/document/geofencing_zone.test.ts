import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

test('geofencing_zone shows each version of the document, and a poll with the same adds none', async () => {
  const tell = (second: number, data: object) =>
    store.record({ system_id: 'told', feed: 'geofencing_zones', second, body: { data } });
  await tell(0, {
    geofencing_zones: {
      type: 'FeatureCollection',
      features: [
        {
          type: 'Feature',
          properties: { name: 'Park', rules: [{ ride_allowed: false }] },
          geometry: {
            type: 'MultiPolygon',
            coordinates: [
              [
                [
                  [0, 0],
                  [1, 0],
                  [1, 1],
                  [0, 0],
                ],
              ],
            ],
          },
        },
      ],
    },
  });
  await tell(60, {
    geofencing_zones: {
      type: 'FeatureCollection',
      features: [
        {
          type: 'Feature',
          properties: { name: 'Park', rules: [{ ride_allowed: false }] },
          geometry: {
            type: 'MultiPolygon',
            coordinates: [
              [
                [
                  [0, 0],
                  [1, 0],
                  [1, 1],
                  [0, 0],
                ],
              ],
            ],
          },
        },
      ],
    },
  });
  await tell(120, {
    geofencing_zones: {
      type: 'FeatureCollection',
      features: [
        { type: 'Feature', properties: { name: 'Park', rules: [{ ride_allowed: true }] }, geometry: null },
      ],
    },
  });
  store.restart();
  await tell(180, {
    geofencing_zones: {
      type: 'FeatureCollection',
      features: [
        { type: 'Feature', properties: { name: 'Park', rules: [{ ride_allowed: true }] }, geometry: null },
      ],
    },
  });
  expect(
    await store.ask("select * from api.geofencing_zone where system_id = 'told' order by valid_from"),
  ).toMatchObject([
    { name: 'Park', is_global: false, rules: [{ ride_start_allowed: false }], valid_from: 0, valid_to: 120 },
    { polygons: null, rules: [{ ride_start_allowed: true }], valid_from: 120, valid_to: null },
  ]);
});
