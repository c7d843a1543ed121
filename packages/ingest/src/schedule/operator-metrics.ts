import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { HostObserver } from './host-limits.ts';

const OF_DOMAIN = ['domain'] as const;

/**
 * What each publisher sees of us, by registrable domain. The public catalogue has 133 domains, so the number of series
 * stays small.
 */
export function createOperatorMetrics(registry: Registry): HostObserver {
  const registers = [registry];
  const requests = new Counter({
    name: 'gbfs_operator_requests_total',
    help: 'Requests to a registrable domain by result: answered, or failed (a status from 400 on, or no answer). Waiting requests do not count',
    labelNames: ['domain', 'result'],
    registers,
  });
  const spacing = new Histogram({
    name: 'gbfs_operator_request_spacing_seconds',
    help: 'From the start of one request to a registrable domain to the start of the next',
    labelNames: OF_DOMAIN,
    buckets: [0.1, 0.25, 0.45, 0.9, 2, 5, 15, 60],
    registers,
  });
  const asksToWait = new Counter({
    name: 'gbfs_operator_retry_after_total',
    help: 'Answers with Retry-After from a host of a registrable domain: it asks for a pause',
    labelNames: OF_DOMAIN,
    registers,
  });
  let waits: Parameters<HostObserver['onCollectWaits']>[0] = () => [];
  new Gauge({
    name: 'gbfs_operator_wait_seconds',
    help: 'Remaining pause that a host of a registrable domain asked for with Retry-After; absent when there is none',
    labelNames: OF_DOMAIN,
    registers,
    collect() {
      this.reset();
      for (const { domain, seconds } of waits()) this.set({ domain }, seconds);
    },
  });
  return {
    started: (domain, sinceLastSeconds) => {
      if (sinceLastSeconds !== null) spacing.observe({ domain }, sinceLastSeconds);
    },
    ended: (domain, result) => requests.inc({ domain, result }),
    askedToWait: (domain) => asksToWait.inc({ domain }),
    forgotten: (domain) => {
      for (const result of ['answered', 'failed']) requests.remove({ domain, result });
      spacing.remove({ domain });
      asksToWait.remove({ domain });
    },
    onCollectWaits: (read) => {
      waits = read;
    },
  };
}
