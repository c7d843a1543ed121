/**
 * `npm run test:alerts` tests the alerts with a real Prometheus. A Prometheus from Debian scrapes a running demo. Then the simulator is made to
 * hang, and after that the store is stopped (SIGSTOP, so that it exists but does nothing). FeedOverdue and ConsumerStalled must fire, and
 * must clear when the cause ends. With the committed rules this takes half an hour, so waits and windows are divided by 15 unless
 * `--unmodified` is given. Exit codes: 0 all alerts fired and cleared, 1 otherwise.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { State } from '@velolog/cli/home/state';
import {
  type FiringAlert,
  installedPrometheus,
  type RealPrometheus,
  startPrometheus,
} from './real-prometheus.ts';

const FACTOR = process.argv.includes('--unmodified') ? 1 : 15;
/** Long enough for a busy machine; a trial that hangs ends after this. */
const PATIENCE_MS = 45 * 60_000;
const VELOLOG = fileURLToPath(new URL('../../packages/cli/bin/velolog.js', import.meta.url));

const startedAt = performance.now();
const say = (text: string) =>
  console.log(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(7)} s  ${text}`);

if (installedPrometheus() === null) {
  console.error('Prometheus is not installed. On Debian: apt-get install prometheus');
  process.exit(1);
}

const home = mkdtempSync(join(tmpdir(), 'velolog-alerts-'));
chmodSync(home, 0o755); // as root, PostgreSQL runs as another user and must be able to pass
const { KAFKA_BROKERS, DATABASE_URL, READER_DATABASE_URL, ...rest } = process.env;
// The alerts are about the present; importing a past at the same time would only cost time.
const env = { ...rest, DEMO_PAST_DAYS: '0' };
const limit = AbortSignal.timeout(PATIENCE_MS);
let demo: ChildProcess | null = null;
let prometheus: RealPrometheus | null = null;
let resume = () => {};

try {
  demo = startDemo();
  const state = await whenRunning();
  const { simulator, ...workers } = Object.fromEntries(state.workers.map((worker) => [worker.name, worker]));
  const targets = Object.fromEntries(
    Object.entries(workers).map(([job, { url }]) => [job, new URL(url).host]),
  );
  prometheus = await startPrometheus(join(home, 'prometheus'), targets, FACTOR);
  say(`${prometheus.version}`);
  say(
    `scrapes ${Object.keys(targets).join(', ')} of the demo; ${FACTOR === 1 ? 'rules as committed' : `waits and windows of the rules divided by ${FACTOR}`}`,
  );
  await untilAllUp(prometheus, Object.keys(targets));
  await trial('FeedOverdue', 'every answer of the simulator hangs', {
    begin: () => setFaults(simulator?.url ?? '', [{ kind: 'hang' }]),
    end: () => setFaults(simulator?.url ?? '', []),
  });
  const store = workers.store?.pid ?? 0;
  resume = () => process.kill(store, 'SIGCONT');
  await trial('ConsumerStalled', `SIGSTOP to the store (pid ${store})`, {
    begin: async () => void process.kill(store, 'SIGSTOP'),
    end: async () => resume(),
  });
  say('Both fired and cleared.');
} catch (error) {
  say(`FAILED: ${(error as Error).message}`);
  process.exitCode = 1;
} finally {
  try {
    resume();
  } catch {
    // The store has already ended.
  }
  await prometheus?.stop();
  if (demo !== null && demo.exitCode === null) {
    demo.kill('SIGINT');
    await once(demo, 'exit');
  }
  rmSync(home, { recursive: true, force: true });
}

function startDemo(): ChildProcess {
  say('starting a demo of its own');
  return spawn(process.execPath, [VELOLOG, 'demo', '--home', home], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** Waits until all workers are ready and the first stations can be read. */
async function whenRunning(): Promise<State> {
  for (;;) {
    limit.throwIfAborted();
    if (demo?.exitCode !== null) throw new Error('The demo ended by itself');
    const state = await ask<State>('status');
    const ready = state.workers.filter((worker) => worker.ready).map(({ name }) => name);
    if (['simulator', 'ingest', 'store'].every((name) => ready.includes(name))) {
      const [row] = await ask<{ stations: number }[]>(
        'sql',
        'select count(*)::int as stations from api.station_current',
      );
      if (row && row.stations > 0) return state;
    }
    await wait(500);
  }
}

async function ask<Answer>(...args: string[]): Promise<Answer> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [VELOLOG, ...args, '--home', home, '--json'],
    { env },
  );
  return JSON.parse(stdout) as Answer;
}

async function untilAllUp(prometheus: RealPrometheus, jobs: string[]): Promise<void> {
  await until(async () => {
    const health = await prometheus.health();
    return jobs.every((job) => health[job] === 'up');
  });
  const active = (await prometheus.alerts()).filter(({ labels }) => labels.alertname !== 'Watchdog');
  say(
    `all up; active alerts: ${active.map(({ labels, state }) => `${labels.alertname} (${state})`).join(', ') || 'none'}`,
  );
}

/** Begins the fault, waits for the alert to fire, ends the fault and waits for the alert to clear. */
async function trial(
  alertname: string,
  what: string,
  fault: { begin: () => Promise<void>; end: () => Promise<void> },
): Promise<void> {
  const mine = async () =>
    (await prometheus?.alerts())?.filter(({ labels }) => labels.alertname === alertname) ?? [];
  // On a busy machine the alert may already be active by itself.
  await until(async () => (await mine()).length === 0);
  say(`${what}`);
  await fault.begin();
  await until(async () => (await mine()).length > 0);
  say(`${alertname} is pending`);
  let firing: FiringAlert | undefined;
  await until(async () => {
    firing = (await mine()).find(({ state }) => state === 'firing');
    return firing !== undefined;
  });
  const { alertname: _, ...labels } = firing?.labels ?? {};
  say(`${alertname} FIRES ${JSON.stringify(labels)}`);
  say(`  ${firing?.annotations.summary}. ${firing?.annotations.description}`);
  await fault.end();
  say('undone');
  await until(async () => (await mine()).length === 0);
  say(`${alertname} is over`);
}

async function setFaults(simulatorUrl: string, faults: object[]): Promise<void> {
  const body = JSON.stringify({ system_id: '*', faults });
  const answer = await fetch(new URL('/control/faults', simulatorUrl), { method: 'POST', body });
  if (!answer.ok) throw new Error(`The simulator refused the faults: ${await answer.text()}`);
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) {
    limit.throwIfAborted();
    await wait(250);
  }
}
