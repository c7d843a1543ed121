import { readFileSync } from 'node:fs';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

// Gauges whose names end as only a counter's may: promtool refuses them, and nodejs_active_resources tells the same.
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/**
 * The metrics of one worker: what prom-client collects of process, event loop and heap, and velolog_build_info. A registry of its
 * own, so that several workers can live in one process in tests.
 * @param worker ingest, store, live, …
 */
export function createRegistry(worker: string): Registry {
  const registry = new Registry();
  // Each step of the event loop monitor wakes an otherwise idle worker; at the default of 10 ms that is most of what it does.
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
