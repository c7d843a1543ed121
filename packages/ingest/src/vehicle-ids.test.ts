import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createKafka } from '@velolog/stream/kafka/client';
import { logTo } from '@velolog/worker/logger';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { expect, inject, test } from 'vitest';
import { MARK } from '../../../test/history/told-vehicles.ts';
import { FeedFetcher } from './fetch/fetch-feed.ts';
import { discoveryOf, json, startFeedServer } from './fetch/test-feed-server.ts';
import { createIngestMetrics } from './metrics.ts';
import { Publisher } from './publish/publish.ts';
import { HostLimits } from './schedule/host-limits.ts';
import { Recorder } from './schedule/recorder.ts';
import { system } from './sources/system.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const list = { ttl: 0, data: { bikes: [{ bike_id: MARK, lat: 59.9, lon: 10.7 }] } };
const body = JSON.stringify(list);

/** What servers do with a list of vehicles, the mark wherever they may put an id of one. */
const ANSWERS: Record<string, Answer> = {
  good: json(list, { etag: `"${MARK}"`, 'x-request-id': MARK }),
  'cut off': (_, response) => {
    response.writeHead(200, { 'content-length': body.length });
    response.write(body.slice(0, -9), () => response.destroy());
  },
  'no JSON': (_, response) => response.end(`<html>${MARK}`),
  'not compressed as it says': (_, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(body),
  'an encoding nobody has': (_, response) => response.writeHead(200, { 'content-encoding': MARK }).end(body),
  'an error with the list': (_, response) => response.writeHead(500, MARK, { 'retry-after': MARK }).end(body),
  'a way to somewhere else': (_, response) =>
    response.writeHead(302, { location: `ftp://${MARK}/${MARK}` }).end(),
  'a way to a host that is not there': (_, response) =>
    response.writeHead(302, { location: `http://127.0.0.1:1/?vehicle=${MARK}` }).end(),
  'not modified, unasked': (_, response) => response.writeHead(304, { etag: `"${MARK}"` }).end(),
  'no HTTP': (_, response) => {
    response.socket?.end(`${MARK} ${MARK}\r\n\r\n`);
  },
};

test('no log line and no metric of ingest gives an id of a vehicle, whatever a server answers', async () => {
  await using server = await startFeedServer();
  const said: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => void said.push(line) });
  const registry = new Registry();
  const metrics = createIngestMetrics(registry);
  const name = `ids-${randomUUID()}`;
  const topics = {
    partitions: 1,
    replicationFactor: 1,
    pollsTopic: name,
    deadLettersTopic: `${name}.dead-letters`,
  };
  const brokers = inject('brokers').split(',');
  const kafka = createKafka(
    { brokers, tls: null, sasl: null, ...topics },
    { clientId: name, log: logTo(log) },
  );
  const publisher = new Publisher(kafka, { bufferBytesMax: 64 * 1024 * 1024, topics }, { metrics, log });
  const fetcher = new FeedFetcher({
    userAgent: 'velolog/test',
    allowPrivateAddresses: true,
    bodyBytesMax: 32 * 1024 * 1024,
    connectTimeoutMs: 5_000,
    headersTimeoutMs: 5_000,
    bodyTimeoutMs: 5_000,
  });
  const limits = new HostLimits({ requestsAtOnceMax: 20, requestsPerSecondMax: 10_000 });
  const recorder = new Recorder(
    { fetcher, limits, publisher, metrics, log },
    { floorSeconds: 0.05, staticSeconds: 3600 },
  );
  const systems = Object.keys(ANSWERS).map((_, index) => `system-${index}`);
  for (const [index, answer] of Object.values(ANSWERS).entries()) {
    const path = `/system-${index}`;
    server.answers[`${path}/gbfs.json`] = json(discoveryOf(`${server.url}${path}`, ['free_bike_status']));
    server.answers[`${path}/free_bike_status`] = answer;
  }
  recorder.addSystems(
    systems.map((id) => system.parse({ id, discovery_url: `${server.url}/${id}/gbfs.json` })),
  );
  const stopping = new AbortController();
  const working = [recorder.pollForever(stopping.signal), publisher.publishForever(stopping.signal)];
  try {
    const polled = () =>
      new Set(server.requests.map(({ path }) => path).filter((path) => path.includes('bike')));
    await expect.poll(() => polled().size).toBe(systems.length);
    await expect.poll(() => registry.metrics()).toMatch(/published_records_total [2-9]\d/);
  } finally {
    stopping.abort();
    await Promise.allSettled(working);
    await publisher.close();
    await fetcher.close();
  }
  // Failures are told, each by its reason.
  expect(said.filter((line) => line.includes('feed_failing')).length).toBeGreaterThan(4);
  expect(said.join('')).not.toContain(MARK);
  expect(await registry.metrics()).not.toContain(MARK);
});
