import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A worker as users run it: its own main.ts in a separate process. */
export type WorkerProcess = {
  child: ChildProcess;
  /** URL of its health server; rejects when the process ends before it listens. */
  url: Promise<string>;
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Its log so far, one entry per line. */
  said: string[];
};

export function startWorkerProcess(worker: 'store' | 'ingest', env: Record<string, string>): WorkerProcess {
  const script = fileURLToPath(import.meta.resolve(`@velolog/${worker}/main`));
  // Leaves out the variables of the test runner: kafkajs retries less under NODE_ENV=test.
  const { NODE_ENV, VITEST, NODE_OPTIONS, ...inherited } = process.env;
  const child = spawn(process.execPath, [script], {
    env: { ...inherited, ...env },
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  const said: string[] = [];
  const url = Promise.withResolvers<string>();
  createInterface({ input: child.stderr }).on('line', (line) => {
    said.push(line);
    if (line.includes('"event":"listening"')) url.resolve(JSON.parse(line).url);
  });
  const ended = once(child, 'close').then(([code, signal]) => {
    url.reject(new Error(`${worker} ended (${signal ?? `exit ${code}`}):\n${said.join('\n')}`));
    return { code, signal };
  });
  url.promise.catch(() => {});
  return { child, url: url.promise, ended, said };
}

export type Answer = { status: number; text: string };

/** A worker's answer; status 0 when there is none. */
export async function ask(worker: WorkerProcess, path: string): Promise<Answer> {
  try {
    const response = await fetch(new URL(path, await worker.url));
    return { status: response.status, text: await response.text() };
  } catch (error) {
    return { status: 0, text: String(error) };
  }
}

export const statusOf = async (worker: WorkerProcess, path: string) => (await ask(worker, path)).status;

/** The sum of the series that match, by the worker's own metrics. */
export async function sumOf(worker: WorkerProcess, series: RegExp): Promise<number> {
  const { text } = await ask(worker, '/metrics');
  const lines = text.split('\n').filter((line) => series.test(line));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}
