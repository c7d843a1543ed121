import { expect, test } from 'vitest';
import { openTestStore } from '../../test/workers/test-store.ts';
import { fixedMaps, uidOf } from '../src/dashboards/fixed-maps.ts';
import { viewOf } from '../src/maps/fixed-view.ts';
import { panelsOf } from './read-dashboards.ts';
import { SYSTEMS, seed } from './seed.ts';

test('each system of the database gets a dashboard of its own, whose maps look at its stations and not elsewhere', async () => {
  await using store = await openTestStore();
  await seed(store);
  const made = await fixedMaps(store.readerUrl);
  expect(Object.values(made).map(({ templating }) => templating.list?.[0])).toEqual(
    SYSTEMS.map((system_id) =>
      expect.objectContaining({ type: 'constant', name: 'system', query: system_id }),
    ),
  );
  for (const dashboard of Object.values(made)) {
    const maps = panelsOf(dashboard).filter(({ type }) => type === 'geomap');
    expect(maps).toHaveLength(2);
    for (const { options } of maps)
      expect(options.view).toMatchObject({ id: 'coords', lat: 59.915, lon: 10.715 });
  }
});

test('a fixed view is as close as all stations allow', () => {
  // A city of 10 km: at zoom 12 a pixel is 19 m at 60 degrees north.
  const { zoom } = viewOf({ south: 59.88, north: 59.97, west: 10.65, east: 10.83 });
  expect(zoom).toBeGreaterThan(11);
  expect(zoom).toBeLessThan(12.5);
  expect(viewOf({ south: 1, north: 1, west: 2, east: 2 })).toEqual({ lat: 1, lon: 2, zoom: 16 });
});

test('the uid of a system is one that Grafana takes, and no other system has it', () => {
  const ids = ['oslo', "it's", 'it-s', 'a'.repeat(60), `${'a'.repeat(60)}b`];
  const uids = ids.map(uidOf);
  expect(new Set(uids).size).toBe(ids.length);
  for (const uid of uids) expect(uid).toMatch(/^[\w-]{1,40}$/);
});
