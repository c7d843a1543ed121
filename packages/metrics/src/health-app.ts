import { type Context, Hono } from 'hono';
import { Gauge, type Registry } from 'prom-client';
import { type Check, type CheckResult, runChecks } from './check.ts';
import { eventLoopCheck } from './event-loop.ts';

export type HealthChecks = {
  /** Beside the check of the event loop. These fail when only a restart can help, so they must not check the database or the broker. */
  live: Check[];
  /** These fail when the worker cannot do its work now. */
  ready: Check[];
  /** These fail until the worker has finished starting. */
  startup: Check[];
};

/**
 * /livez, /readyz and /startupz answer 200 or 503 in the format of Kubernetes' own endpoints. `?verbose` lists the checks; a failure always
 * does. /metrics is the registry in Prometheus' text format, with each check of /readyz as velolog_ready_check_passed.
 * @param notReadyReason when it returns a reason, /readyz fails with it and runs no checks
 */
export function createHealthApp(
  registry: Registry,
  checks: HealthChecks,
  notReadyReason: () => string | undefined,
): Hono {
  measureChecks(registry, checks.ready);
  const app = new Hono();
  app.get('/livez', async (context) =>
    answer(context, 'livez', await runChecks([eventLoopCheck(), ...checks.live])),
  );
  app.get('/startupz', async (context) => answer(context, 'startupz', await runChecks(checks.startup)));
  app.get('/readyz', async (context) => {
    const failure = notReadyReason();
    const results = failure ? [{ name: 'stopping', failure }] : await runChecks(checks.ready);
    return answer(context, 'readyz', results);
  });
  app.get('/metrics', async (context) =>
    context.body(await registry.metrics(), 200, { 'content-type': registry.contentType }),
  );
  app.notFound((context) => context.text('Available: /livez /readyz /startupz /metrics\n', 404));
  app.onError((error, context) => context.text(`${error.message}\n`, 500));
  return app;
}

/** Runs the checks at each scrape, so that an alert can name what is unreachable. While a worker stops, the gauge still shows its checks' results. */
function measureChecks(registry: Registry, checks: Check[]): void {
  new Gauge({
    name: 'velolog_ready_check_passed',
    help: 'Whether a check of /readyz passed at this scrape: 1 or 0.',
    labelNames: ['check'],
    registers: [registry],
    async collect() {
      for (const { name, failure } of await runChecks(checks)) {
        this.set({ check: name }, failure === undefined ? 1 : 0);
      }
    },
  });
}

function answer(context: Context, endpoint: string, results: CheckResult[]): Response {
  const passed = results.every(({ failure }) => failure === undefined);
  context.header('cache-control', 'no-store');
  if (passed && context.req.query('verbose') === undefined) return context.text('ok');
  const lines = results.map(({ name, failure }) =>
    failure === undefined ? `[+]${name} ok` : `[-]${name} failed: ${failure}`,
  );
  lines.push(`${endpoint} check ${passed ? 'passed' : 'failed'}`);
  return context.text(`${lines.join('\n')}\n`, passed ? 200 : 503);
}
