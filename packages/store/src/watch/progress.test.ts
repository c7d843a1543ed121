import { Registry } from 'prom-client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createStoreMetrics } from '../metrics.ts';
import { PartitionProgress } from './progress.ts';

const STALL_SECONDS = 120;
let registry: Registry;
let progress: PartitionProgress;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 5, 15, 12) });
  registry = new Registry();
  progress = new PartitionProgress('polls', createStoreMetrics(registry));
  progress.assigned([0, 1]);
});
afterEach(() => vi.useRealTimers());

/** Time passes; every 3 s the broker says where partition 0 ends, unless it is away. */
function pass(seconds: number, highWatermark: bigint | null): void {
  for (let passed = 0; passed < seconds; passed += 3) {
    vi.setSystemTime(Date.now() + 3000);
    if (highWatermark !== null) progress.highWatermark(0, highWatermark);
  }
}

test('a partition that has records to read and stores none is stalled, and one more record ends it', () => {
  progress.committed(0, 10n, Date.now());
  pass(STALL_SECONDS, 11n);
  expect(progress.stalledFor(STALL_SECONDS)).toBeNull();
  pass(6, 11n);
  expect(progress.stalledFor(STALL_SECONDS)).toBe(0);
  progress.committed(0, 11n, Date.now());
  expect(progress.stalledFor(STALL_SECONDS)).toBeNull();
});

test('a partition of which nothing was ever stored counts from its beginning', () => {
  pass(STALL_SECONDS + 6, 5n);
  expect(progress.stalledFor(STALL_SECONDS)).toBe(0);
});

test('a partition in which nothing arrives is not stalled, however long', () => {
  progress.committed(0, 10n, Date.now());
  pass(24 * 3600, 10n);
  expect(progress.stalledFor(STALL_SECONDS)).toBeNull();
  pass(STALL_SECONDS, 11n);
  expect(progress.stalledFor(STALL_SECONDS)).toBeNull();
});

test('the lag of a partition is known from its start, also when it is empty or nothing of it was stored yet', async () => {
  progress.starts(0, 3n);
  progress.starts(1, 0n);
  pass(3, 5n);
  progress.observe();
  const metrics = await registry.metrics();
  expect(metrics).toContain('velolog_consumer_lag_messages{topic="polls",partition="0"} 2');
  expect(metrics).toContain('velolog_consumer_lag_messages{topic="polls",partition="1"} 0');
});

test('the age of what waits is that of the oldest record, and not of the last one that was stored', async () => {
  const ages = async () => {
    progress.observe();
    const { values } = (await registry.getSingleMetric('velolog_consumer_lag_seconds')?.get()) ?? {
      values: [],
    };
    return values.map(({ value }) => value);
  };
  progress.starts(0, 10n);
  progress.starts(1, 0n);
  progress.committed(0, 11n, Date.now());
  pass(3600, 11n);
  expect(await ages()).toEqual([0, 0]);
  // A record comes after an hour without any.
  pass(3, 12n);
  expect(await ages()).toEqual([3, 0]);
  progress.committed(0, 12n, Date.now());
  // A backlog of hours is found, and is known as soon as its first record is read.
  progress.highWatermark(1, 400n);
  progress.reads(1, Date.now() - 7_200_000);
  expect(await ages()).toEqual([0, 7200]);
  progress.committed(1, 399n, Date.now() - 60_000);
  expect(await ages()).toEqual([0, 60]);
});

test('while the database is known to be away nothing is stalled, and the time without it does not count afterwards', () => {
  progress.committed(0, 10n, Date.now());
  for (let passed = 0; passed < 3600; passed += 3) {
    pass(3, 11n);
    progress.held();
  }
  expect(progress.stalledFor(STALL_SECONDS)).toBeNull();
  pass(STALL_SECONDS, 11n);
  expect(progress.stalledFor(STALL_SECONDS)).toBeNull();
  pass(6, 11n);
  expect(progress.stalledFor(STALL_SECONDS)).toBe(0);
});

test('offsets in Kafka that are not records do not count as lag', () => {
  progress.committed(0, 10n, Date.now());
  pass(3, 11n);
  progress.passed(0, 11n);
  pass(24 * 3600, 11n);
  expect(progress.stalledFor(STALL_SECONDS)).toBeNull();
});

test('a broker that answers with an error is not away: standing still shows', () => {
  progress.committed(0, 10n, Date.now());
  pass(3, 11n);
  for (let passed = 0; passed < STALL_SECONDS + 6; passed += 3) {
    pass(3, null);
    progress.answered();
  }
  expect(progress.stalledFor(STALL_SECONDS)).toBe(0);
});

test('a group that cannot be joined shows, unless the broker is away', () => {
  const passJoining = (seconds: number, answers: boolean) => {
    for (let passed = 0; passed < seconds; passed += 3) {
      pass(3, null);
      if (answers) progress.answered();
    }
  };
  progress.joining();
  passJoining(STALL_SECONDS, true);
  expect(progress.joinsFor(STALL_SECONDS)).toBe(false);
  passJoining(6, true);
  expect(progress.joinsFor(STALL_SECONDS)).toBe(true);
  progress.assigned([0]);
  expect(progress.joinsFor(STALL_SECONDS)).toBe(false);
  progress.joining();
  passJoining(3600, false);
  passJoining(STALL_SECONDS, true);
  expect(progress.joinsFor(STALL_SECONDS)).toBe(false);
});

test('while the broker is away nothing is stalled, and the time without it does not count afterwards', () => {
  progress.committed(0, 10n, Date.now());
  pass(3, 11n);
  pass(3600, null);
  expect(progress.stalledFor(STALL_SECONDS)).toBeNull();
  pass(STALL_SECONDS, 11n);
  expect(progress.stalledFor(STALL_SECONDS)).toBeNull();
  pass(6, 11n);
  expect(progress.stalledFor(STALL_SECONDS)).toBe(0);
});

test('a partition that another worker got is neither stalled nor in the metrics', async () => {
  progress.committed(0, 10n, Date.now());
  pass(3600, 11n);
  progress.observe();
  expect(await registry.metrics()).toContain('velolog_consumer_lag_messages{topic="polls",partition="0"} 1');
  progress.assigned([1]);
  progress.observe();
  expect(progress.stalledFor(STALL_SECONDS)).toBeNull();
  expect(await registry.metrics()).not.toContain('partition="0"');
});
