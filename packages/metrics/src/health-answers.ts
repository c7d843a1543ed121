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

export type HealthAnswer = { status: 200 | 503; headers: Record<string, string>; body: string };

type Answering = (isVerbose: boolean) => Promise<HealthAnswer>;

/** By path. */
export type HealthAnswers = ReadonlyMap<string, Answering>;

export const NO_SUCH_PATH = 'Available: /livez /readyz /startupz /metrics\n';
export const TEXT = 'text/plain; charset=UTF-8';

/**
 * /livez, /readyz and /startupz answer 200 or 503 in the format of Kubernetes' own endpoints. `?verbose` lists the checks; a failure always
 * does. /metrics is the registry in Prometheus' text format, with each check of /readyz as velolog_ready_check_passed.
 * @param notReadyReason when it returns a reason, /readyz fails with it and runs no checks
 */
export function createHealthAnswers(
  registry: Registry,
  checks: HealthChecks,
  notReadyReason: () => string | undefined,
): HealthAnswers {
  measureChecks(registry, checks.ready);
  const readiness = async (): Promise<CheckResult[]> => {
    const failure = notReadyReason();
    return failure ? [{ name: 'stopping', failure }] : await runChecks(checks.ready);
  };
  return new Map<string, Answering>([
    [
      '/livez',
      async (isVerbose) => answer('livez', await runChecks([eventLoopCheck(), ...checks.live]), isVerbose),
    ],
    ['/startupz', async (isVerbose) => answer('startupz', await runChecks(checks.startup), isVerbose)],
    ['/readyz', async (isVerbose) => answer('readyz', await readiness(), isVerbose)],
    [
      '/metrics',
      async () => ({
        status: 200,
        headers: { 'content-type': registry.contentType },
        body: await registry.metrics(),
      }),
    ],
  ]);
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

function answer(endpoint: string, results: CheckResult[], isVerbose: boolean): HealthAnswer {
  const passed = results.every(({ failure }) => failure === undefined);
  const headers = { 'content-type': TEXT, 'cache-control': 'no-store' };
  if (passed && !isVerbose) return { status: 200, headers, body: 'ok' };
  const lines = results.map(({ name, failure }) =>
    failure === undefined ? `[+]${name} ok` : `[-]${name} failed: ${failure}`,
  );
  lines.push(`${endpoint} check ${passed ? 'passed' : 'failed'}`);
  return { status: passed ? 200 : 503, headers, body: `${lines.join('\n')}\n` };
}
