import { setTimeout as wait } from 'node:timers/promises';
import { createRegistry } from '@velolog/metrics/registry';
import { startHealthServer } from '@velolog/metrics/server';
import { createKafka } from '@velolog/stream/kafka/client';
import { logTo } from '@velolog/worker/logger';
import { runWorker } from '@velolog/worker/run-worker';
import packageJson from '../package.json' with { type: 'json' };
import { systemClock } from './clock.ts';
import { readConfig } from './config.ts';
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
import { readSystemsFile } from './sources/systems.ts';
import { SystemsShare } from './sources/systems-share.ts';

const FLUSH_MS_MAX = 5000;
const CLOSE_MS_MAX = 2000;

await runWorker('ingest', async ({ log, signal }) => {
  const config = readConfig(process.env, packageJson.version);
  const file = await readSystemsFile(config.systemsFile);
  if (!config.contactGiven) log.warn({ event: 'no_contact', hint: 'set USER_AGENT_CONTACT' });

  const registry = createRegistry('ingest');
  const metrics = createIngestMetrics(registry);
  const kafka = createKafka(config.kafka, {
    clientId: 'velolog-ingest',
    log: logTo(log),
  });
  const publisher = new Publisher(kafka, { ...config.publish, topics: config.kafka }, { metrics, log });
  const fetcher = new FeedFetcher(config.fetch);
  const catalogueFetcher = new FeedFetcher({ ...config.fetch, allowPrivateAddresses: true });
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
  const share = new SystemsShare(config.group, config.shard !== null, {
    kafka,
    topic: config.kafka,
    politeness,
    recorder,
    metrics,
    log,
  });
  const server = await startHealthServer({
    registry,
    live: [{ name: 'schedule', run: () => recorder.checkAlive() }],
    ready: [
      { name: 'share', run: () => share.checkJoined() },
      { name: 'systems', run: () => recorder.checkSystems() },
      { name: 'broker', run: (timeout) => publisher.check(timeout) },
    ],
    host: config.host,
    port: config.port,
  });
  log.info({ event: 'listening', url: server.url, systems: file.systems.length });

  const stopped = new AbortController();
  signal.addEventListener('abort', () => server.notReady('stopping'), { once: true });
  const stop = AbortSignal.any([signal, stopped.signal]);
  const follower = new SystemsFollower(file, {
    kafka,
    share,
    group: config.groupId,
    topic: config.kafka,
    recorder,
    metrics,
    env: process.env,
    shard: config.shard,
    log,
  });
  const healer = new Healer(config.heal, {
    fetcher: catalogueFetcher,
    follower,
    recorder,
    metrics,
    log,
  });
  const publishing = publisher.publishForever(stopped.signal);
  const noting = politeness.writeForever(stopped.signal);
  const following = follower.followForever(stop);
  const healing = healer.healForever(stop);
  try {
    await Promise.race([recorder.pollForever(stop), publishing, endsOnlyByFailure(following)]);
    await publisher.flush(AbortSignal.timeout(FLUSH_MS_MAX));
    // Notes are written only after the flush, because a body must be in Kafka before its ETag is noted. No request
    // starts after this point.
    await Promise.race([share.close(), wait(CLOSE_MS_MAX, undefined, { ref: false })]);
  } finally {
    stopped.abort();
    if (publisher.waiting > 0) log.warn({ event: 'polls_lost', count: publisher.waiting });
    const closed = Promise.allSettled([
      following,
      noting,
      healing,
      catalogueFetcher.close(),
      publisher.close(),
      politeness.close(),
      fetcher.close(),
    ]);
    await Promise.race([closed, wait(CLOSE_MS_MAX, undefined, { ref: false })]);
    await server.close();
  }
});

/** Polling decides when the worker ends, whether or not velolog.systems can be followed. Only a wrong topic configuration ends it at once. */
async function endsOnlyByFailure(work: Promise<void>): Promise<never> {
  await work;
  return await new Promise<never>(() => {});
}
