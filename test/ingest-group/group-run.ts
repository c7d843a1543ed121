import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { startEmbeddedKafka } from '@velolog/embedded/embedded-kafka';
import { random } from '../history/random.ts';
import { IngestWorkers } from './ingest-workers.ts';
import { recordAsOneWorker, storeBoth } from './one-worker.ts';
import { PolitePublishers } from './polite-publishers.ts';
import { findDisorder, readPolls } from './recorded-polls.ts';
import { findBreaches, longestSilence } from './seen-breaches.ts';

export type GroupRunOptions = {
  seed: number;
  /** How often workers come and go. */
  steps: number;
  log: (line: string) => void;
  sessionSeconds?: number;
};

export type GroupRunResult = {
  requests: number;
  polls: number;
  breaches: string[];
  disorder: string[];
  /** The longest time in which a system was not polled, in seconds. */
  silenceSeconds: number;
  complaints: string[];
  /**
   * Differences between what the store made of the records and what it makes of the publishers' answers as one worker would record them.
   */
  differences: string[];
  /** Answers that nobody recorded, because their worker ended or had to give the system away. */
  unrecorded: number;
  /** Unrecorded answers from times in which no worker came, went or lost its share. */
  unrecordedInCalm: string[];
};

const RULES = { atOnceMax: 2, requestsPerSecond: 5, ttlSeconds: 2, staticSeconds: 20 };
const STEPS = ['kill', 'term', 'join', 'freeze'] as const;
const SESSION_SECONDS = 4;
const SETTLED_MS_MAX = 240_000;
/** The longest time that an answer needs to reach a worker that is about to end. */
const ANSWER_MS = 500;

/** Three ingest workers on one topic: some are killed, stopped or frozen, and others join. */
export async function runGroup(options: GroupRunOptions): Promise<GroupRunResult> {
  const folder = mkdtempSync(join(tmpdir(), 'velolog-group-'));
  const kafka = await startEmbeddedKafka({
    directory: join(folder, 'kafka'),
    settings: { 'group.min.session.timeout.ms': '1000' },
  });
  const brokers = kafka.brokers.join(',');
  await using publishers = await PolitePublishers.start({
    seed: options.seed,
    domains: 9,
    systemsOfEach: 2,
    ttlSeconds: RULES.ttlSeconds,
    throttledShare: 0.01,
  });
  const workers = ingestWorkers(folder, brokers, publishers, options);
  const group = { workers, publishers };
  try {
    for (let worker = 0; worker < 3; worker++) workers.start();
    await untilSettled(group);
    const fromMs = performance.now();
    await comeAndGo(group, options);
    const calmFromMs = await untilCalm(group);
    const toMs = performance.now();
    await workers.endAll();
    return await judge(group, { folder, brokers, fromMs, calmFromMs, toMs });
  } finally {
    for (const { child } of workers.running) child.kill('SIGKILL');
    kafka.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

type Group = { workers: IngestWorkers; publishers: PolitePublishers };

function ingestWorkers(
  folder: string,
  brokers: string,
  publishers: PolitePublishers,
  { sessionSeconds = SESSION_SECONDS }: GroupRunOptions,
): IngestWorkers {
  const systemsFile = join(folder, 'systems.json');
  writeFileSync(systemsFile, JSON.stringify({ systems: publishers.systems }));
  return new IngestWorkers({
    KAFKA_BROKERS: brokers,
    SYSTEMS_FILE: systemsFile,
    ALLOW_PRIVATE_FEEDS: '1',
    POLL_FLOOR_SECONDS: String(RULES.ttlSeconds),
    STATIC_INTERVAL_SECONDS: String(RULES.staticSeconds),
    HOST_REQUESTS_PER_SECOND_MAX: String(RULES.requestsPerSecond),
    INGEST_SESSION_SECONDS: String(sessionSeconds),
    CONNECT_TIMEOUT_SECONDS: '1',
    HEADERS_TIMEOUT_SECONDS: '4',
    BODY_TIMEOUT_SECONDS: '4',
  });
}

/** Until each partition is held once, and each system has been polled since the call. */
async function untilSettled({ workers, publishers }: Group): Promise<void> {
  const sinceMs = performance.now();
  for (;;) {
    const held = await workers.held();
    const sum = held.reduce((total, count) => total + count, 0);
    const polled = polledSince(publishers, sinceMs).size;
    if (sum === 12 && polled === publishers.systems.length) return;
    if (performance.now() - sinceMs > SETTLED_MS_MAX)
      throw new Error(`not settled: ${held.join(' + ')} partitions held, ${polled} systems polled`);
    await wait(100);
  }
}

function polledSince({ seen }: PolitePublishers, sinceMs: number): Set<string> {
  return new Set(
    seen.flatMap(({ feed, system, atMs }) =>
      feed.endsWith('/station_status') && atMs > sinceMs ? [system] : [],
    ),
  );
}

async function comeAndGo(
  group: Group,
  { seed, steps, log, sessionSeconds = SESSION_SECONDS }: GroupRunOptions,
): Promise<void> {
  const { workers } = group;
  const next = random(seed);
  for (let step = 0; step < steps; step++) {
    const count = workers.running.length;
    const possible = STEPS.filter((kind) => (kind === 'join' ? count < 4 : count > 1));
    // Each kind occurs once before any repeats, as far as possible.
    const kind = (
      count < 2 ? 'join' : possible[(step + Math.floor(next() * 2)) % possible.length]
    ) as (typeof STEPS)[number];
    const worker = workers.running[Math.floor(next() * count)];
    log(`step ${step + 1}: ${kind} (${count} workers)`);
    if (kind === 'join' || worker === undefined) workers.start();
    else if (kind === 'kill') await workers.end(worker, 'SIGKILL');
    else if (kind === 'term') await workers.end(worker, 'SIGTERM');
    else {
      worker.child.kill('SIGSTOP');
      await wait(sessionSeconds * 1000 * (0.5 + next()));
      worker.child.kill('SIGCONT');
    }
    if (next() >= 0.3) await untilSettled(group);
  }
  await untilSettled(group);
}

/** @returns since when no worker came, went or lost its share, in a time in which each system was polled */
async function untilCalm(group: Group): Promise<number> {
  for (;;) {
    const fromMs = performance.now();
    const sharedBefore = group.workers.timesShared;
    await untilSettled(group);
    if (group.workers.timesShared === sharedBefore) return fromMs;
  }
}

async function judge(
  { workers, publishers }: Group,
  run: { folder: string; brokers: string; fromMs: number; calmFromMs: number; toMs: number },
): Promise<GroupRunResult> {
  const { folder, brokers, fromMs, calmFromMs, toMs } = run;
  const polls = await readPolls(brokers);
  const { asOneWorker, unrecorded, problems } = recordAsOneWorker(publishers.seen, polls);
  const stored = await storeBoth({ folder, brokers, asOneWorker });
  const silences = publishers.systems.map(({ id }) => longestSilence(publishers.seen, id, [fromMs, toMs]));
  return {
    requests: publishers.seen.length,
    polls: polls.length,
    breaches: findBreaches(publishers.seen, RULES),
    disorder: findDisorder(polls),
    silenceSeconds: Math.max(...silences),
    complaints: workers.complaints(),
    differences: [...problems, ...stored],
    unrecorded: unrecorded.length,
    unrecordedInCalm: unrecorded
      .filter(({ atMs, endMs }) => atMs > calmFromMs && endMs < toMs - ANSWER_MS)
      .map(({ feed, atMs }) => `${feed} at ${Math.round(atMs)} ms`),
  };
}
