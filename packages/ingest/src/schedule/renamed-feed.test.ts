import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { createSystem, placeOf } from '../fetch/feed.ts';
import { FeedFetcher } from '../fetch/fetch-feed.ts';
import { discoveryOf, json, startFeedServer } from '../fetch/test-feed-server.ts';
import { createIngestMetrics } from '../metrics.ts';
import { system } from '../sources/system.ts';
import { silentLog } from '../test-log.ts';
import { Recorder } from './recorder.ts';
import { RetiredSystems, remember } from './retired-systems.ts';
import { CountedLimits } from './test-counted-limits.ts';
import { SimulatedClock } from './test-simulated-clock.ts';

/** A publisher that moves from GBFS 2.3 to 3.0: its vehicles are no longer listed as free_bike_status, but that still answers. */

const HOUR_MS = 3_600_000;

test('vehicles that go by another name are asked for by that alone, also when a poll by the old one is just under way', async () => {
  await using server = await startFeedServer();
  const clock = new SimulatedClock(Date.UTC(2026, 10, 26, 10));
  const registry = new Registry();
  const published: string[] = [];
  let held = 0;
  let tellNewName: (() => void) | null = null;
  let isUpgraded = false;
  const vehicles = json({ ttl: 60, data: { bikes: [], vehicles: [] } });
  server.answers['/vehicle_status'] = vehicles;
  server.answers['/gbfs.json'] = (...exchange) => {
    if (clock.nowMs() < HOUR_MS / 2 || isUpgraded)
      return json(discoveryOf(server.url, [isUpgraded ? 'vehicle_status' : 'free_bike_status']))(...exchange);
    held += 1;
    tellNewName = () => {
      held -= 1;
      isUpgraded = true;
      json(discoveryOf(server.url, ['vehicle_status']))(...exchange);
    };
  };
  server.answers['/free_bike_status'] = (...exchange) => {
    if (tellNewName === null) return vehicles(...exchange);
    held += 1;
    tellNewName();
    tellNewName = null;
    clock.after(5000, () => {
      held -= 1;
      vehicles(...exchange);
    });
  };
  const timeouts = { connectTimeoutMs: HOUR_MS, headersTimeoutMs: HOUR_MS, bodyTimeoutMs: HOUR_MS };
  const fetcher = new FeedFetcher(
    { userAgent: 'velolog/test', allowPrivateAddresses: true, bodyBytesMax: 2 ** 20, ...timeouts },
    { clock },
  );
  const limits = new CountedLimits({ requestsAtOnceMax: 2, requestsPerSecondMax: 2 }, clock);
  const recorder = new Recorder(
    {
      fetcher,
      limits,
      publisher: { publish: ({ feed }) => void published.push(feed) },
      metrics: createIngestMetrics(registry),
      log: silentLog,
    },
    { floorSeconds: 10, staticSeconds: 3600 },
    clock,
  );
  recorder.addSystems([system.parse({ id: 'upgraded', discovery_url: `${server.url}/gbfs.json` })]);
  const stop = new AbortController();
  const polling = recorder.pollForever(stop.signal);
  await clock.runUntil(2 * HOUR_MS, () => limits.inFlight === held);
  stop.abort();
  await polling;
  await fetcher.close();
  const asked = server.requests.map(({ path }) => path);
  const firstByNewName = asked.indexOf('/vehicle_status');
  expect(
    asked.slice(0, firstByNewName).filter((path) => path === '/free_bike_status').length,
  ).toBeGreaterThan(30);
  expect(asked.slice(firstByNewName)).not.toContain('/free_bike_status');
  expect(asked.slice(firstByNewName).filter((path) => path === '/vehicle_status').length).toBeGreaterThan(30);
  // What was under way took place, so it is recorded.
  expect(published.filter((feed) => feed === 'free_bike_status')).toHaveLength(
    asked.filter((path) => path === '/free_bike_status').length,
  );
  const ofSystem = (await registry.metrics()).match(/.*system="upgraded".*/g)?.join('\n');
  expect(ofSystem).toContain('feed="vehicle_status"');
  expect(ofSystem).not.toContain('feed="free_bike_status"');
});

test('after a restart that name goes on which was asked for last, whatever was noted of the other', () => {
  const settings = system.parse({ id: 'upgraded', discovery_url: 'https://bikes.example/gbfs.json' });
  const { discovery } = createSystem(settings);
  const noted = (url: string, askedAtMs: number | null) => ({
    ...discovery,
    url,
    askedAtMs,
    settingsHash: null,
    system: undefined,
  });
  const revived = (older: number | null, newer: number | null) => {
    const retired = new RetiredSystems();
    const feeds = new Map([
      ['free_bike_status', noted('https://bikes.example/2.3', older)],
      ['vehicle_status', noted('https://bikes.example/3.0', newer)],
      ['station_status', noted('https://bikes.example/stations', 1)],
    ]);
    retired.put(placeOf(settings), { ...remember(createSystem(settings)), feeds }, 0);
    return [...retired.revive(settings).feeds.keys()];
  };
  expect(revived(1, 2)).toEqual(['vehicle_status', 'station_status']);
  expect(revived(2, 1)).toEqual(['free_bike_status', 'station_status']);
  expect(revived(null, 1)).toEqual(['vehicle_status', 'station_status']);
});
