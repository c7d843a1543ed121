import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { UserError } from '@velolog/worker/user-error';

/** The folder that holds everything of one pipeline: servers, logs, state. */
export type Home = {
  path: string;
  postgres: string;
  kafka: string;
  logs: string;
  state: string;
  secrets: string;
  /** Locked by the supervisor that runs on the home; always empty. */
  lock: string;
  /** Who that is. */
  supervisor: string;
};

/** --home, else VELOLOG_HOME, else `.velolog` here. Nothing is created. */
export function findHome(option: string | undefined, env: NodeJS.ProcessEnv = process.env): Home {
  const path = resolve(option || env.VELOLOG_HOME || '.velolog');
  return {
    path,
    postgres: join(path, 'postgres'),
    kafka: join(path, 'kafka'),
    logs: join(path, 'logs'),
    state: join(path, 'state.json'),
    secrets: join(path, 'secrets.json'),
    lock: join(path, 'supervisor.lock'),
    supervisor: join(path, 'supervisor.json'),
  };
}

/** @throws UserError when the folder cannot be made or written to */
export function makeHome(home: Home): void {
  if (CONTROL.test(home.path)) {
    // PostgreSQL writes the path into a file of lines, and runs shells that refuse it.
    throw new UserError(
      `Cannot use ${JSON.stringify(home.path)}: its name has a line break or another control character; choose another --home`,
    );
  }
  try {
    makeFolder(home.logs);
    const trial = `${home.lock}.${process.pid}.trial`;
    writeFileSync(trial, Buffer.alloc(TRIAL_BYTES));
    rmSync(trial);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new UserError(
      `Cannot use ${home.path}: ${(code && DISK_PROBLEMS[code]) || message}; choose another --home`,
      { cause },
    );
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f]/;
const TRIAL_BYTES = 4096;
const DISK_PROBLEMS: Record<string, string> = {
  ENOSPC: 'no space is left on its disk',
  EDQUOT: 'your disk quota is used up',
  EROFS: 'its disk is read-only',
};

/** One by one from the top: where a file system makes no folders, as /proc, mkdir's own `recursive` never ends (Node 26.10). */
function makeFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  if (path !== dirname(path)) makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Another process was faster.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !statSync(path).isDirectory()) throw error;
  }
}

/** The last lines of a worker's log, for people. */
export function logTail(path: string, lines: number): string[] {
  try {
    return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-lines);
  } catch {
    return [];
  }
}
