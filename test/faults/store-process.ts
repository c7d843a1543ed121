import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Order, Report } from './faulty-store.ts';

/** One store worker as a separate process. A new one replaces one that ended. */
export type StoreProcess = {
  name: string;
  child: ChildProcess;
  /** Settles when it is a member of the group; rejects when it ends before that. */
  joined: Promise<void>;
  /** Settles when it has stopped at the point of the last order. */
  held: Promise<void>;
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  order(order: Order): void;
  kill(signal: NodeJS.Signals): void;
  /** The last line of its log. */
  lastWords(): string;
};

const script = join(import.meta.dirname, 'faulty-store.ts');

/** @param folder for its log, `<name>.log`, to which a later process of the same name appends */
export function startStoreProcess(name: string, folder: string, env: Record<string, string>): StoreProcess {
  const logFile = join(folder, `${name}.log`);
  const log = openSync(logFile, 'a');
  // Leaves out the variables of the test runner: kafkajs retries less under NODE_ENV=test.
  const { NODE_ENV, VITEST, NODE_OPTIONS, ...inherited } = process.env;
  const child = fork(script, [], {
    env: { ...inherited, ...env },
    execArgv: [],
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  const joined = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  child.on('message', ({ event }: Report) => (event === 'joined' ? joined : held).resolve());
  const ended = once(child, 'exit').then(([code, signal]) => {
    joined.reject(new Error(`${name} ended before it joined: ${signal ?? `exit ${code}`}`));
    held.reject(new Error(`${name} ended before it stood still: ${signal ?? `exit ${code}`}`));
    return { code, signal };
  });
  joined.promise.catch(() => {});
  held.promise.catch(() => {});
  return {
    name,
    child,
    joined: joined.promise,
    held: held.promise,
    ended,
    order: (order) => child.send(order),
    kill: (signal) => child.kill(signal),
    lastWords: () => readFileSync(logFile, 'utf8').trimEnd().split('\n').at(-1) ?? '',
  };
}
