import { Counter, Gauge, Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { readAtScrape, type Series } from './read-at-scrape.ts';

test('the series are what is read at each scrape, and nothing of the one before', async () => {
  const registry = new Registry();
  let bikes: Series<'city'>[] = [{ labels: { city: 'oslo' }, value: 3 }];
  const gauge = new Gauge({ name: 'bikes', help: 'Bikes.', labelNames: ['city'], registers: [registry] });
  readAtScrape(gauge, () => bikes);
  expect(await registry.metrics()).toBe('# HELP bikes Bikes.\n# TYPE bikes gauge\nbikes{city="oslo"} 3\n');
  bikes = [{ labels: { city: 'rome' }, value: 0 }];
  expect(await registry.metrics()).toBe('# HELP bikes Bikes.\n# TYPE bikes gauge\nbikes{city="rome"} 0\n');
  expect((await registry.getMetricsAsJSON())[0]).toMatchObject({ name: 'bikes', values: bikes });
});

test('a counter stays a counter', async () => {
  const registry = new Registry();
  readAtScrape(new Counter({ name: 'rides_total', help: 'Rides.', registers: [registry] }), () => [
    { labels: {}, value: 7 },
  ]);
  expect(await registry.metrics()).toBe(
    '# HELP rides_total Rides.\n# TYPE rides_total counter\nrides_total 7\n',
  );
});
