import { setTimeout as wait } from 'node:timers/promises';
import { createRegistry } from '@velolog/metrics/registry';
import { type HealthServer, startHealthServer } from '@velolog/metrics/server';
import { createKafka } from '@velolog/stream/kafka/client';
import { type Logger, logTo } from '@velolog/worker/logger';
import type { Registry } from 'prom-client';
import { systemClock } from './clock.ts';
import type { Config } from './config.ts';
import { FeedFetcher } from './fetch/fetch-feed.ts';
import { createIngestMetrics } from './metrics.ts';
import { KeptPoliteness } from './politeness/kept-politeness.ts';
import { Publisher } from './publish/publish.ts';
import { HostLimits } from './schedule/host-limits.ts';
import { createOperatorMetrics } from './schedule/operator-metrics.ts';
import { Recorder } from './schedule/recorder.ts';
import { SystemsFollower } from './sources/follow-systems.ts';
import { Healer } from './sources/heal-systems.ts';
import { shardText } from './sources/shard.ts';
import { SystemsShare } from './sources/share/systems-share.ts';
import type { SystemsFile } from './sources/systems.ts';

const FLUSH_MS_MAX = 5000;
const CLOSE_MS_MAX = 2000;

type Parts = ReturnType<typeof buildParts>;
type Loops = ReturnType<typeof startLoops>;

/** Polls until the signal aborts, then publishes what waits, leaves the group and closes everything. */
export async function runIngest(
  config: Config,
  file: SystemsFile,
  { log, signal }: { log: Logger; signal: AbortSignal },
): Promise<void> {
  const registry = createRegistry('ingest');
  const parts = buildParts(config, file, { registry, log });
  const server = await serveHealth(config, registry, parts);
  log.info({ event: 'listening', url: server.url, systems: file.systems.length });
  signal.addEventListener('abort', () => server.notReady('stopping'), { once: true });

  const stopped = new AbortController();
  const stop = AbortSignal.any([signal, stopped.signal]);
  const loops = startLoops(parts, { stop, stopped: stopped.signal });
  try {
    await Promise.race([
      parts.recorder.pollForever(stop),
      loops.publishing,
      endsOnlyByFailure(loops.following),
    ]);
    await parts.publisher.flush(AbortSignal.timeout(FLUSH_MS_MAX));
    // Notes are written only after the flush, because a body must be in Kafka before its ETag is noted. No request
    // starts after this point.
    await Promise.race([parts.share.close(), wait(CLOSE_MS_MAX, undefined, { ref: false })]);
  } finally {
    stopped.abort();
    const { waiting } = parts.publisher;
    if (waiting > 0) log.warn({ event: 'polls_lost', count: waiting });
    await Promise.race([closeParts(parts, loops), wait(CLOSE_MS_MAX, undefined, { ref: false })]);
    await server.close();
  }
}

/** Everything that this worker consists of. Nothing runs yet. */
function buildParts(
  config: Config,
  file: SystemsFile,
  { registry, log }: { registry: Registry; log: Logger },
) {
  const metrics = createIngestMetrics(registry);
  const kafka = createKafka(config.kafka, { clientId: 'velolog-ingest', log: logTo(log) });
  const publisher = new Publisher(kafka, { ...config.publish, topics: config.kafka }, { metrics, log });
  const fetcher = new FeedFetcher(config.fetch);
  const limits = new HostLimits(config.limits, systemClock, createOperatorMetrics(registry));
  const politeness = new KeptPoliteness(
    { kafka, limits, publisher, log },
    {
      name: config.groupId,
      shard: config.shard && shardText(config.shard),
      requestMsMax: config.fetch.headersTimeoutMs + config.fetch.bodyTimeoutMs,
    },
  );
  const recorder = new Recorder({ fetcher, limits, publisher, metrics, politeness, log }, config.interval);
  const shared = { kafka, topic: config.kafka, recorder, metrics, log };
  const share = new SystemsShare(config.group, config.shard !== null, { ...shared, politeness });
  const follower = new SystemsFollower(file, {
    ...shared,
    share,
    group: config.groupId,
    env: process.env,
    shard: config.shard,
  });
  const catalogueFetcher = new FeedFetcher({ ...config.fetch, allowPrivateAddresses: true });
  const healer = new Healer(config.heal, { fetcher: catalogueFetcher, follower, recorder, metrics, log });
  return { publisher, fetcher, catalogueFetcher, politeness, recorder, share, follower, healer };
}

function serveHealth(
  { host, port }: Config,
  registry: Registry,
  { recorder, share, publisher }: Parts,
): Promise<HealthServer> {
  return startHealthServer({
    registry,
    live: [{ name: 'schedule', run: () => recorder.checkAlive() }],
    ready: [
      { name: 'share', run: () => share.checkJoined() },
      { name: 'systems', run: () => recorder.checkSystems() },
      { name: 'broker', run: (timeout) => publisher.check(timeout) },
    ],
    host,
    port,
  });
}

/**
 * Everything that runs beside the polling. What stands for a poll that is still under way, its record and its notes, is written
 * until polling has ended.
 * @param stop aborts when the worker is told to stop or cannot continue
 * @param stopped aborts when polling has ended and its records are published
 */
function startLoops(
  { publisher, politeness, follower, healer }: Parts,
  { stop, stopped }: { stop: AbortSignal; stopped: AbortSignal },
) {
  return {
    publishing: publisher.publishForever(stopped),
    noting: politeness.writeForever(stopped),
    following: follower.followForever(stop),
    healing: healer.healForever(stop),
  };
}

async function closeParts(
  { catalogueFetcher, publisher, politeness, fetcher }: Parts,
  { following, noting, healing }: Loops,
): Promise<void> {
  await Promise.allSettled([
    following,
    noting,
    healing,
    catalogueFetcher.close(),
    publisher.close(),
    politeness.close(),
    fetcher.close(),
  ]);
}

/** Polling decides when the worker ends, whether or not velolog.systems can be followed. Only a wrong topic configuration ends it at once. */
async function endsOnlyByFailure(work: Promise<void>): Promise<never> {
  await work;
  return await new Promise<never>(() => {});
}
