import { readFileSync } from 'node:fs';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

// Gauges with the suffix _total, which only counters may have: promtool rejects them. nodejs_active_resources shows the same.
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/**
 * The metrics of one worker: what prom-client collects about process, event loop and heap, and velolog_build_info. Each worker has its own
 * registry, so that tests can run several workers in one process.
 * @param worker ingest, store, live, …
 */
export function createRegistry(worker: string): Registry {
  const registry = new Registry();
  // Each step of the event loop monitor wakes an idle worker; at the default of 10 ms that would be most of its activity.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 50 });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  new Gauge({
    name: 'velolog_build_info',
    help: 'Always 1; which worker this is and what it runs on.',
    labelNames: ['worker', 'version', 'node'],
    registers: [registry],
  }).set({ worker, version, node: process.version }, 1);
  return registry;
}
