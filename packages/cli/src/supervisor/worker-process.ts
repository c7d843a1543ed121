import type { ChildProcess } from 'node:child_process';
import { closeSync, copyFileSync, openSync, statSync, truncateSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { nodeEnvironment } from '@velolog/embedded/child-environment';
import { freePort } from '@velolog/embedded/free-port';
import {
  isRunning,
  type ProcessId,
  processId,
  spawnGroup,
  stopProcess,
} from '@velolog/embedded/process-group';
import { backOff } from '@velolog/worker/back-off';
import { logTail } from '../home/home.ts';
import { reachableHost, workerUrl } from './worker-host.ts';

export type WorkerCommand = {
  name: string;
  /** A TypeScript file, which Node runs without a build. */
  script: string;
  /** Memory settings of Node, in place of WORKER_NODE_ARGUMENTS. */
  nodeArguments?: readonly string[];
  /** Arguments and environment for the port that the worker is to listen on. */
  args?: (port: number) => string[];
  env: (port: number) => NodeJS.ProcessEnv;
  /** Null for any free port. A restart takes the same port again if it is still free. */
  port: number | null;
  /** HOST of the worker; without it, it listens on 127.0.0.1. */
  host?: string | undefined;
  logFile: string;
};

/**
 * Node's memory settings for workers, which allocate and free bodies of feeds all the time. With V8's 64 MB of young generation, and with malloc
 * keeping what was freed, ingest took 301 MB for the whole catalogue and the store 323. With these settings they take 167 and 212, at the same CPU.
 * - `--heap-growing-percent`: V8 lets the heap grow to several times the live objects before it collects garbage. 300,000 remembered vehicles took
 *   262 MB; they take 211 when it collects after a growth of half, at the same CPU.
 * - `--memory-saver-mode`: V8 collects sooner still and gives pages back. For a quarter of the catalogue the store takes 153 to 158 MB instead of
 *   174 to 177, for a quarter more of the little CPU that it uses. Only Node 26 is known to have this option, and a Node that does not know an
 *   option does not start.
 * - `MALLOC_*`: only glibc's malloc reads these. What is freed below something that lasts stays with malloc, and most buffers are short-lived, so those
 *   from 8 kB on are mapped by themselves: ingest with a third of the catalogue takes 120 MB instead of 129 with a limit of 64 kB, side by side. The
 *   system permits 65,530 mappings, which V8 needs, too.
 * The Dockerfile has the same settings.
 */
export const WORKER_NODE_ARGUMENTS = [
  '--max-semi-space-size=2',
  '--heap-growing-percent=50',
  ...(process.versions.node.startsWith('26.') ? ['--memory-saver-mode'] : []),
];

/**
 * The live worker keeps little and builds large answers. With the settings above a year of a station takes it 32 ms of CPU, with these 20, as
 * with Node's own; its most memory is 149 MB instead of 135 and 188. docker-compose.yml has the same settings.
 */
export const LIVE_NODE_ARGUMENTS = ['--max-semi-space-size=2', '--heap-growing-percent=100'];

export const WORKER_ENVIRONMENT = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: '8192',
  MALLOC_MMAP_MAX_: '16384',
  MALLOC_TRIM_THRESHOLD_: '65536',
};

const LOG_BYTES_MAX = 20_000_000;
const RESTART_SECONDS = { first: 1, longest: 30 };
/** A worker that ran this long started well, so its next end starts a new count of restarts. */
const SETTLED_MS = 60_000;

/**
 * One worker as a child process in its own process group.
 * States: starting -> running -> (ends by itself) waiting -> starting ..., until stop(). Exit code 2 means wrong settings, which no restart
 * can fix: then `gaveUp` rejects with the worker's last message.
 */
export class WorkerProcess {
  readonly command: WorkerCommand;
  readonly gaveUp: Promise<never>;
  port = 0;
  restarts = 0;
  /** Whether it has said that it is ready since its last start. */
  ready = false;
  #child: ChildProcess | null = null;
  #id: ProcessId | null = null;
  #stopping = new AbortController();
  #giveUp: (reason: Error) => void;
  #onChange: (event: string) => void;

  /** @param onChange gets a message when the worker ended by itself and will be restarted, and '' once it is started again */
  constructor(command: WorkerCommand, onChange: (event: string) => void) {
    this.command = command;
    this.#onChange = onChange;
    const { promise, reject } = Promise.withResolvers<never>();
    this.gaveUp = promise;
    this.gaveUp.catch(() => {});
    this.#giveUp = reject;
  }

  get url(): string {
    return workerUrl(this.command.host, this.port);
  }

  get id(): ProcessId | null {
    return this.#id !== null && isRunning(this.#id) ? this.#id : null;
  }

  /** Its last log message. */
  get said(): string {
    return lastWords(this.command.logFile);
  }

  async start(): Promise<void> {
    const { command } = this;
    this.port = command.port ?? (await freePort(this.port, reachableHost(command.host)));
    const output = openSync(command.logFile, 'a');
    // The stdin pipe exists only to close when this process ends: the worker then stops by itself (VELOLOG_SUPERVISED).
    const { nodeArguments = WORKER_NODE_ARGUMENTS, script } = command;
    const args = [...nodeArguments, script, ...(command.args?.(this.port) ?? [])];
    const child = spawnGroup(process.execPath, args, {
      stdio: ['pipe', output, output],
      env: { ...WORKER_ENVIRONMENT, ...nodeEnvironment(command.env(this.port)), VELOLOG_SUPERVISED: '1' },
    });
    closeSync(output);
    const startedAt = Date.now();
    this.ready = false;
    this.#child = child;
    this.#id = child.pid === undefined ? null : processId(child.pid);
    child.stdin?.on('error', () => {});
    child.once('error', (error) => this.#giveUp(new Error(`Cannot run ${command.name}`, { cause: error })));
    child.once('exit', (code, signal) => void this.#ended(code, signal, Date.now() - startedAt));
  }

  async #ended(code: number | null, signal: string | null, ranMs: number): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    const { said } = this;
    if (code === 2) return this.#giveUp(new Error(`${this.command.name} cannot run: ${said}`));
    if (ranMs > SETTLED_MS) this.restarts = 0;
    this.restarts += 1;
    const waitSeconds = backOff(this.restarts, RESTART_SECONDS);
    this.#onChange(
      `${this.command.name} ended (${signal ?? `exit ${code}`}: ${said}); starting it again in ${waitSeconds} s`,
    );
    try {
      await wait(waitSeconds * 1000, undefined, { signal: this.#stopping.signal });
      await this.start();
      this.#onChange('');
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#giveUp(error as Error);
    }
  }

  /** Sends SIGTERM, and SIGKILL when the worker does not end in time. */
  async stop(graceSeconds: number): Promise<void> {
    this.#stopping.abort();
    if (this.#id !== null) await stopProcess(this.#id, 'SIGTERM', graceSeconds);
    this.#child?.stdin?.destroy();
  }

  /** Keeps the log below 20 MB, with one older file beside it. The worker appends to it, so the file can be emptied in place. */
  limitLog(): void {
    const { logFile } = this.command;
    if ((statSync(logFile, { throwIfNoEntry: false })?.size ?? 0) < LOG_BYTES_MAX) return;
    copyFileSync(logFile, `${logFile}.1`);
    truncateSync(logFile);
  }
}

/** The message and reason of a worker's last log line, or the line itself when it is not JSON. */
function lastWords(logFile: string): string {
  const line = logTail(logFile, 1)[0] ?? '';
  try {
    const { msg, event, err, reason } = JSON.parse(line) as {
      msg?: string;
      event?: string;
      err?: { message?: string };
      reason?: string;
    };
    const why = err?.message || reason;
    return `${msg ?? event ?? line}${why ? ` (${why})` : ''}`;
  } catch {
    return line || 'no output';
  }
}
