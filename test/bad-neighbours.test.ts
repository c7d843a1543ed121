import { randomUUID } from 'node:crypto';
import { FeedFetcher } from '@velolog/ingest/fetch/fetch-feed';
import { createIngestMetrics } from '@velolog/ingest/metrics';
import { Publisher } from '@velolog/ingest/publish/publish';
import { HostLimits } from '@velolog/ingest/schedule/host-limits';
import { Recorder } from '@velolog/ingest/schedule/recorder';
import { system } from '@velolog/ingest/sources/system';
import type { FaultInput } from '@velolog/simulator/server/faults';
import { type Simulator, startSimulator } from '@velolog/simulator/simulator';
import { createKafka } from '@velolog/stream/kafka/client';
import { kafkaSettings } from '@velolog/stream/kafka/kafka-settings';
import type { PollRecord } from '@velolog/stream/poll-record';
import { createLogger } from '@velolog/worker/logger';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';

/** A feed that hangs does so for the whole test: everything that waited for it would wait as long. */
const TIMEOUT_MS = 600_000;
const FLOOR_SECONDS = 0.2;
const POLLS_EACH = 12;
const GOOD = 4;

const FAULTS: FaultInput[] = [
  { kind: 'hang', after: 'nothing' },
  { kind: 'hang', after: 'half_body' },
  { kind: 'too_large_body' },
  { kind: 'html' },
];

let simulator: Simulator;
let fetcher: FeedFetcher;

beforeEach(() => {
  fetcher = new FeedFetcher({
    userAgent: 'velolog/test',
    allowPrivateAddresses: true,
    bodyBytesMax: 32 * 1024 * 1024,
    connectTimeoutMs: TIMEOUT_MS,
    headersTimeoutMs: TIMEOUT_MS,
    bodyTimeoutMs: TIMEOUT_MS,
  });
});

afterEach(async () => {
  await simulator.close();
  await fetcher.close();
});

/** Systems 0 to GOOD-1 are sound, the others get a fault each. */
async function simulate({ hosts, faults }: { hosts: number; faults: FaultInput[] }): Promise<void> {
  simulator = await startSimulator({ systems: GOOD + faults.length, stations: 50, ttlSeconds: 0, hosts });
  for (const [index, fault] of faults.entries()) {
    simulator.setFaults(idOf(GOOD + index), [{ ...fault, feed: 'station_status' }]);
  }
}

const idOf = (index: number): string => simulator.systems[index]?.system_id ?? '';

/** Records into Kafka until each good system has been polled often enough, and every bad one that answers at all, once. */
async function recordAll(faults: FaultInput[]): Promise<PollRecord[]> {
  const log = createLogger('test');
  log.level = 'silent';
  const metrics = createIngestMetrics(new Registry());
  const kafka = createKafka(kafkaSettings.parse({ KAFKA_BROKERS: inject('brokers') }), {
    clientId: 'neighbours',
  });
  const pollsTopic = `neighbours-${randomUUID()}`;
  const topics = { partitions: 4, replicationFactor: 1, pollsTopic, deadLettersTopic: `${pollsTopic}.dead` };
  const publisher = new Publisher(kafka, { bufferBytesMax: 128 * 1024 * 1024, topics }, { metrics, log });
  const stopping = new AbortController();
  const answering = faults.map(({ kind }, index) => (kind === 'hang' ? null : idOf(GOOD + index)));
  const polls: PollRecord[] = [];
  const count = (id: string | null) =>
    polls.filter(({ system_id, feed }) => system_id === id && feed === 'station_status').length;
  const enough = () =>
    simulator.systems.slice(0, GOOD).every(({ system_id }) => count(system_id) >= POLLS_EACH) &&
    answering.every((id) => id === null || count(id) > 0);
  const recorder = new Recorder(
    {
      fetcher,
      limits: new HostLimits({ requestsAtOnceMax: 2, requestsPerSecondMax: 1000 }),
      publisher: {
        publish: (poll, fate) => {
          publisher.publish(poll, fate);
          polls.push(poll);
          if (enough()) stopping.abort();
        },
      },
      metrics,
      log,
    },
    { floorSeconds: FLOOR_SECONDS, staticSeconds: 3600 },
  );
  recorder.addSystems(simulator.systemsFile().systems.map((one) => system.parse(one)));
  const published = new AbortController();
  const publishing = publisher.publishForever(published.signal);
  await recorder.pollForever(stopping.signal);
  await publisher.flush(AbortSignal.timeout(TIMEOUT_MS));
  published.abort();
  await publishing;
  expect(publisher.waiting).toBe(0);
  await publisher.close();
  return polls;
}

/** Milliseconds between the polls of each good system, sorted. */
function gapsOf(polls: PollRecord[]): number[] {
  const gaps: number[] = [];
  for (const { system_id: id } of simulator.systems.slice(0, GOOD)) {
    const times = polls
      .filter(({ system_id, feed }) => system_id === id && feed === 'station_status')
      .map(({ fetched_at }) => fetched_at.getTime());
    for (const [index, time] of times.slice(1).entries()) gaps.push(time - (times[index] ?? 0));
  }
  return gaps.sort((a, b) => a - b);
}

function describeGaps(what: string, gaps: number[]): string {
  return `  ${what}: median ${gaps[Math.floor(gaps.length / 2)]} ms, longest ${gaps.at(-1)} ms`;
}

const outcomes = (polls: PollRecord[], index: number) => [
  ...new Set(
    polls
      .filter(({ system_id, feed }) => system_id === idOf(index) && feed === 'station_status')
      .map(({ outcome, error }) => error ?? outcome),
  ),
];

test.skipIf(process.platform !== 'linux')(
  'feeds that hang, answer 32 MiB and a byte, or garbage, delay no feed of another host',
  async () => {
    await simulate({ hosts: GOOD, faults: [] });
    const alone = gapsOf(await recordAll([]));
    await simulator.close();
    await simulate({ hosts: GOOD + FAULTS.length, faults: FAULTS });
    const polls = await recordAll(FAULTS);
    const beside = gapsOf(polls);
    console.info(
      [
        `Time between the polls of ${GOOD} feeds, each due ${FLOOR_SECONDS * 1000} ms after the last:`,
        describeGaps('alone', alone),
        describeGaps(
          'beside one that hangs, one that stops half way, one of 32 MiB and a byte, one of HTML',
          beside,
        ),
      ].join('\n'),
    );
    expect(FAULTS.map((_, index) => outcomes(polls, GOOD + index))).toEqual([
      [],
      [],
      ['body_too_large'],
      ['fetched'],
    ]);
    expect(beside.at(-1)).toBeLessThan(TIMEOUT_MS);
  },
);

test('a feed that hangs occupies one of the two slots of its host, and the others use the second', async () => {
  const faults: FaultInput[] = [
    { kind: 'hang', after: 'headers' },
    { kind: 'too_large_body' },
    { kind: 'html' },
  ];
  await simulate({ hosts: 1, faults });
  const polls = await recordAll(faults);
  const gaps = gapsOf(polls);
  console.info(describeGaps('the same on one host, where at most 2 are asked at once', gaps));
  expect(outcomes(polls, GOOD)).toEqual([]);
  expect(gaps.at(-1)).toBeLessThan(TIMEOUT_MS);
});
