import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { HostLimits } from './host-limits.ts';
import { createOperatorMetrics } from './operator-metrics.ts';
import { SimulatedClock } from './test-simulated-clock.ts';

const { signal } = new AbortController();

function open() {
  const registry = new Registry();
  const clock = new SimulatedClock(0);
  const limits = new HostLimits(
    { requestsAtOnceMax: 2, requestsPerSecondMax: 2 },
    clock,
    createOperatorMetrics(registry),
  );
  return { registry, clock, limits };
}

test('a publisher is counted by its registrable domain: requests, failures, and how far apart they begin', async () => {
  const { registry, clock, limits } = open();
  const answer = (status: number) => async () => ({ status });
  const all = [
    limits.run('gbfs.bikes.example', answer(200), { signal }),
    limits.run('api.bikes.example', answer(304), { signal }),
    limits.run('api.bikes.example', answer(503), { signal }),
    limits
      .run('api.bikes.example', () => Promise.reject(new Error('reset')), { signal })
      .catch(() => 'expected'),
  ];
  await clock.runUntil(clock.nowMs() + 5000, () => true);
  await Promise.all(all);
  const text = await registry.metrics();
  expect(text).toContain('gbfs_operator_requests_total{domain="bikes.example",result="answered"} 2');
  expect(text).toContain('gbfs_operator_requests_total{domain="bikes.example",result="failed"} 2');
  expect(text).toContain('gbfs_operator_request_spacing_seconds_bucket{le="0.45",domain="bikes.example"} 0');
  expect(text).toContain('gbfs_operator_request_spacing_seconds_count{domain="bikes.example"} 3');
});

test('one that we ended ourselves says nothing of the publisher', async () => {
  const { registry, limits } = open();
  const ended = new AbortController();
  const request = () => {
    ended.abort(new Error('removed'));
    return Promise.reject(ended.signal.reason);
  };
  await expect(limits.run('bikes.example', request, { signal: ended.signal })).rejects.toThrow('removed');
  expect(await registry.metrics()).not.toContain('gbfs_operator_requests_total{');
});

test("the metric shows a host's Retry-After for as long as it lasts, and a wait that is taken over does not count as new", async () => {
  const { registry, clock, limits } = open();
  limits.askToWait('a.bikes.example', 30);
  limits.keepWaiting('b.bikes.example', 60);
  const wait = async () => /wait_seconds\{domain="bikes.example"\} (\d+)/.exec(await registry.metrics())?.[1];
  expect(await wait()).toBe('60');
  expect(await registry.metrics()).toContain('gbfs_operator_retry_after_total{domain="bikes.example"} 1');
  await clock.runUntil(clock.nowMs() + 45_000, () => true);
  expect(await wait()).toBe('15');
  await clock.runUntil(clock.nowMs() + 20_000, () => true);
  expect(await wait()).toBeUndefined();
});
