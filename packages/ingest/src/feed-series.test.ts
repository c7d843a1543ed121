import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { FeedSeries } from './feed-series.ts';

async function seriesOf(registry: Registry): Promise<string[]> {
  return (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

test('a feed has the series that are known of it, as they are at each scrape', async () => {
  const registry = new Registry();
  const feeds = new FeedSeries(registry);
  const status = feeds.of('city', 'station_status');
  expect(await seriesOf(registry)).toEqual([]);
  Object.assign(status, { ttlSeconds: 0, failuresInARow: 0, fetched: 2 });
  feeds.of('city', 'gbfs').failed += 1;
  const series = [
    'gbfs_feed_ttl_seconds{system="city",feed="station_status"} 0',
    'gbfs_feed_consecutive_failures{system="city",feed="station_status"} 0',
    'gbfs_polls_total{system="city",feed="station_status",outcome="fetched"} 2',
    'gbfs_polls_total{system="city",feed="gbfs",outcome="failed"} 1',
  ];
  expect(await seriesOf(registry)).toEqual(series);
  // Declared once, and then no longer.
  status.ttlSeconds = null;
  expect(await seriesOf(registry)).toEqual(series.slice(1));
});

test('a forgotten feed has none, and begins again when it comes back', async () => {
  const registry = new Registry();
  const feeds = new FeedSeries(registry);
  feeds.of('city', 'gbfs').fetched += 5;
  feeds.of('town', 'gbfs').fetched += 1;
  feeds.forget('city', 'gbfs');
  feeds.forget('city', 'never polled');
  expect(await seriesOf(registry)).toEqual([
    'gbfs_polls_total{system="town",feed="gbfs",outcome="fetched"} 1',
  ]);
  feeds.of('city', 'gbfs').fetched += 1;
  expect(await seriesOf(registry)).toContain(
    'gbfs_polls_total{system="city",feed="gbfs",outcome="fetched"} 1',
  );
});

test('labels of feeds and systems are escaped', async () => {
  const registry = new Registry();
  new FeedSeries(registry).of('a"b', 'c\\d').fetched += 1;
  expect(await seriesOf(registry)).toEqual([
    'gbfs_polls_total{system="a\\"b",feed="c\\\\d",outcome="fetched"} 1',
  ]);
});
