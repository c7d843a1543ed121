import { openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { nodeEnvironment } from '@velolog/embedded/child-environment';
import { findJava } from '@velolog/embedded/find-java';
import { ensureKafkaJars } from '@velolog/embedded/kafka-jars';
import {
  isRunning,
  type ProcessId,
  processId,
  spawnGroup,
  stopProcess,
} from '@velolog/embedded/process-group';
import { printable } from '@velolog/worker/printable';
import { stopSignal } from '@velolog/worker/stop-signal';
import { UserError } from '@velolog/worker/user-error';
import { describeState } from '../home/describe-state.ts';
import { type Home, logTail, makeHome } from '../home/home.ts';
import { alreadyRuns, runningSupervisor } from '../home/home-lock.ts';
import { homeOption } from '../home/home-option.ts';
import { readState } from '../home/state.ts';
import { checkSettings } from '../supervisor/check-settings.ts';
import { hasLake, readCliSettings } from '../supervisor/cli-settings.ts';
import { fetchProgress } from '../supervisor/fetch-progress.ts';
import { hasReader } from '../supervisor/pipeline-servers.ts';
import { Supervisor } from '../supervisor/supervisor.ts';

const LAKE_WAITS = ' lake is not ready yet: ';

type Options = { home: Home; ingest: boolean };

/** Starts a supervisor in the background and returns when every part is ready. */
export async function up({ home, ingest }: Options, { json }: { json: boolean }): Promise<void> {
  const holder = runningSupervisor(home);
  if (holder !== null) throw alreadyRuns(home, holder);
  await checkSettings(process.env, { ingest });
  const settings = readCliSettings(process.env);
  makeHome(home);
  // Done here and not in the background, so that the user sees the progress of a first download.
  if (!settings.KAFKA_BROKERS) await ensureKafkaJars(findJava(), { progress: fetchProgress() });
  const logFile = join(home.logs, 'supervisor.log');
  const supervisor = spawnSupervisor({ home, ingest }, logFile);
  const workers = ['store'];
  if (ingest) workers.push('ingest');
  if (hasReader(settings)) workers.push('live');
  if (hasLake(settings)) workers.push('lake');
  await whenReady(home, supervisor, logFile, workers, stopSignal());
  if (json) return console.log(JSON.stringify(await readState(home), null, 2));
  console.log(
    `Running in the background (pid ${supervisor.pid}); \`npx velolog down${homeOption(home.path)}\` stops it\n${describeState(await readState(home))}`,
  );
}

/** The hidden command that `up` runs in the background. */
export async function superviseInBackground({ home, ingest }: Options): Promise<void> {
  const signal = stopSignal();
  // The supervisor must outlive the terminal that started it.
  process.removeAllListeners('SIGHUP').on('SIGHUP', () => {});
  const log = (message: string) => console.error(`${new Date().toISOString()} ${message}`);
  const supervisor = new Supervisor({ home, mode: 'up', ingest, env: process.env, log, signal });
  try {
    await supervisor.start();
    await supervisor.run();
  } finally {
    await supervisor.stop();
  }
}

function spawnSupervisor({ home, ingest }: Options, logFile: string): ProcessId {
  const output = openSync(logFile, 'w');
  const main = fileURLToPath(new URL('../main.ts', import.meta.url));
  const args = [main, 'supervise', '--home', home.path, ...(ingest ? [] : ['--no-ingest'])];
  const child = spawnGroup(process.execPath, args, {
    stdio: ['ignore', output, output],
    env: nodeEnvironment(process.env),
  });
  child.unref();
  const id = child.pid === undefined ? null : processId(child.pid);
  if (id === null) throw new UserError(`Cannot start the supervisor; see ${logFile}`);
  return id;
}

async function whenReady(
  home: Home,
  supervisor: ProcessId,
  logFile: string,
  workers: string[],
  signal: AbortSignal,
): Promise<void> {
  for (let told = 0; ; ) {
    // Lines that begin with a time are events. The rest is the final message, which is printed below.
    const said = logTail(logFile, 1000).filter((line) => /^\d{4}-\d\d-\d\dT/.test(line));
    for (const line of said.slice(told)) process.stderr.write(`${printable(line)}\n`);
    told = said.length;
    if (signal.aborted) {
      await stopProcess(supervisor, 'SIGTERM', 30);
      throw new UserError('Stopped before Velolog was ready');
    }
    if (!isRunning(supervisor)) {
      throw new UserError(lastMessage(logFile) || `The supervisor ended without a message; see ${logFile}`);
    }
    const { workers: states } = await readState(home);
    const isReady = (name: string) => states.some((state) => state.name === name && state.ready);
    // The lake's disk or catalogue may be away for a long time, and nothing else depends on it. The lines above say what the lake waits for.
    const isTold = (name: string) => name === 'lake' && said.some((line) => line.includes(LAKE_WAITS));
    if (workers.every((name) => isReady(name) || isTold(name))) return;
    await wait(100);
  }
}

/** The final message of a supervisor that failed. It may have several lines, and events come before it. */
function lastMessage(logFile: string): string {
  const lines = logTail(logFile, 50);
  const start = lines.findLastIndex((line) => line.startsWith('velolog: '));
  return (start < 0 ? lines.slice(-8) : lines.slice(start)).join('\n').replace(/^velolog: /, '');
}
