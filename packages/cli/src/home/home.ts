import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makeFolder } from '@velolog/embedded/disk/make-folder';
import { UserError } from '@velolog/worker/user-error';

/** The folder that holds everything of one pipeline: servers, logs, state. */
export type Home = {
  path: string;
  postgres: string;
  kafka: string;
  logs: string;
  state: string;
  secrets: string;
  /** The file that the running supervisor locks; always empty. */
  lock: string;
  /** The file with the process id of that supervisor. */
  supervisor: string;
};

/** Takes --home, else VELOLOG_HOME, else `.velolog` in the current folder. Creates nothing. */
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
    // PostgreSQL writes the path into a file with one value a line, and passes it to shells that refuse it.
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

// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern looks for control characters
const CONTROL = /[\u0000-\u001f\u007f]/;
const TRIAL_BYTES = 4096;
const DISK_PROBLEMS: Record<string, string> = {
  ENOSPC: 'no space is left on its disk',
  EDQUOT: 'your disk quota is used up',
  EROFS: 'its disk is read-only',
};

/** The last lines of a worker's log. */
export function logTail(path: string, lines: number): string[] {
  try {
    return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-lines);
  } catch {
    return [];
  }
}
