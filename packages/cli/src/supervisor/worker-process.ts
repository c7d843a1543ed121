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

export type WorkerCommand = {
  name: string;
  /** A TypeScript file; Node runs it as it is. */
  script: string;
  /** Arguments and environment, given the port it is to listen on. */
  args?: (port: number) => string[];
  env: (port: number) => NodeJS.ProcessEnv;
  /** null: any free one, and the same again after a restart when it still is. */
  port: number | null;
  logFile: string;
};

/**
 * How Node is to use memory: bodies of feeds come and go all the time. With V8's 64 MB of young generation and malloc's habit of
 * keeping what was freed, ingest took 301 MB for the whole catalogue and the store 323; so it is 167 and 212, at the same CPU.
 * V8 also lets the heap grow to several times what is alive before it looks for garbage: 300,000 remembered vehicles took 262 MB, and take 211
 * when it looks after half as much again, at the same CPU. Its memory saver mode collects sooner still and gives pages back: a quarter of the catalogue
 * takes 153 to 158 MB in the store instead of 174 to 177, for a quarter more CPU of the little that it uses. Only Node 26 is known to have that: one
 * that does not know an option does not start. malloc is glibc's; others do not read these. The Dockerfile says the same.
 */
export const WORKER_NODE_ARGUMENTS = [
  '--max-semi-space-size=2',
  '--heap-growing-percent=50',
  ...(process.versions.node.startsWith('26.') ? ['--memory-saver-mode'] : []),
];
export const WORKER_ENVIRONMENT = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: '65536',
  MALLOC_TRIM_THRESHOLD_: '65536',
};

const LOG_BYTES_MAX = 20_000_000;
const RESTART_SECONDS = { first: 1, longest: 30 };
/** A worker that ran for so long did start well: its next end begins a new count. */
const SETTLED_MS = 60_000;

/**
 * One worker as a child process in a group of its own.
 * States: starting -> running -> (ends by itself) waiting -> starting ..., until stop(), or wrong settings (exit code 2),
 * which no restart mends: then `gaveUp` rejects with what it said last.
 */
export class WorkerProcess {
  readonly command: WorkerCommand;
  readonly gaveUp: Promise<never>;
  port = 0;
  restarts = 0;
  /** Whether it has said that it is ready since it was last started. */
  ready = false;
  #child: ChildProcess | null = null;
  #id: ProcessId | null = null;
  #stopping = new AbortController();
  #giveUp: (reason: Error) => void;
  #onChange: (event: string) => void;

  /** @param onChange told in words when it ended by itself and is started again */
  constructor(command: WorkerCommand, onChange: (event: string) => void) {
    this.command = command;
    this.#onChange = onChange;
    const { promise, reject } = Promise.withResolvers<never>();
    this.gaveUp = promise;
    this.gaveUp.catch(() => {});
    this.#giveUp = reject;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get id(): ProcessId | null {
    return this.#id !== null && isRunning(this.#id) ? this.#id : null;
  }

  /** What it logged last. */
  get said(): string {
    return lastWords(this.command.logFile);
  }

  async start(): Promise<void> {
    const { command } = this;
    this.port = command.port ?? (await freePort(this.port));
    const output = openSync(command.logFile, 'a');
    // The pipe has no other use than to end with us: a worker then stops by itself (VELOLOG_SUPERVISED).
    const args = [...WORKER_NODE_ARGUMENTS, command.script, ...(command.args?.(this.port) ?? [])];
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

  /** SIGTERM, and SIGKILL when it does not end in time. */
  async stop(graceSeconds: number): Promise<void> {
    this.#stopping.abort();
    if (this.#id !== null) await stopProcess(this.#id, 'SIGTERM', graceSeconds);
    this.#child?.stdin?.destroy();
  }

  /** Keeps the log below 20 MB, with one older file beside it. It is open for appending, so it can be emptied in place. */
  limitLog(): void {
    const { logFile } = this.command;
    if ((statSync(logFile, { throwIfNoEntry: false })?.size ?? 0) < LOG_BYTES_MAX) return;
    copyFileSync(logFile, `${logFile}.1`);
    truncateSync(logFile);
  }
}

/** The message of the last line a worker logged, with the reason it gives; or the line itself when it is not JSON. */
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
