import { rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { readJsonFile, writeJsonFile } from '@velolog/embedded/json-file';
import { isRunning, type ProcessId, processId } from '@velolog/embedded/process-group';
import { UserError } from '@velolog/worker/user-error';
import { type Home, makeHome } from './home.ts';

/** By path. A lock is held for as long as its connection is open: it must not be collected. */
const held = new Map<string, DatabaseSync>();

const SQLITE_BUSY = 5;

/**
 * SQLite locks in steps: of two that start at once each may stand in the other's way for a moment, and with one attempt neither would
 * get the lock. One that tries again gets it: the other lets go of its first step when its second fails.
 */
const ATTEMPT_MS = 25;
const ATTEMPTS = 40;

/**
 * Makes this process the only one that runs the home, or takes it down. The lock is one of the system (fcntl, LockFileEx): it ends with
 * the process that holds it, however that ends, so there are no stale locks to judge. Node offers none itself, but SQLite, which is
 * part of it, takes one for a transaction. Who holds it is written beside it, for people and for `down`.
 * @throws UserError when another one holds it
 */
export function takeLock(home: Home): void {
  makeHome(home);
  let connection: DatabaseSync | null = null;
  for (let attempt = 1; connection === null; attempt++) {
    // A process that says that it runs keeps the lock: waiting for it is no use.
    refuseRunning(home);
    connection = tryLock(home);
    if (connection === null && attempt === ATTEMPTS) throw alreadyRuns(home, runningSupervisor(home));
  }
  try {
    refuseRunning(home);
  } catch (error) {
    connection.close();
    throw error;
  }
  held.set(home.lock, connection);
  writeJsonFile(home.supervisor, processId(process.pid));
}

/** A Velolog from before this lock knows only the file of the pid. */
function refuseRunning(home: Home): void {
  const holder = runningSupervisor(home);
  if (holder !== null && holder.pid !== process.pid) throw alreadyRuns(home, holder);
}

export function releaseLock(home: Home): void {
  const connection = held.get(home.lock);
  if (connection === undefined) return;
  rmSync(home.supervisor, { force: true });
  held.delete(home.lock);
  connection.close();
}

/** null when another process has the lock, or is just trying to get it. */
function tryLock(home: Home): DatabaseSync | null {
  let connection: DatabaseSync | undefined;
  try {
    connection = new DatabaseSync(home.lock, { timeout: ATTEMPT_MS });
    // Nothing is ever written: the file stays empty, and no journal comes beside it.
    connection.exec('pragma journal_mode = memory; begin exclusive');
    return connection;
  } catch (cause) {
    connection?.close();
    const { errcode, message } = cause as Error & { errcode?: number };
    if (errcode === SQLITE_BUSY) return null;
    throw new UserError(
      `Cannot lock ${home.lock}: ${message}; run velolog as the owner of ${home.path}, or choose another --home on a disk of this machine`,
      { cause },
    );
  }
}

/** The supervisor that runs on this home; null when there is none, or it was killed. */
export function runningSupervisor(home: Home): ProcessId | null {
  const holder = readJsonFile<ProcessId>(home.supervisor);
  return holder !== null && isRunning(holder) ? holder : null;
}

/** @param holder null: it took the lock a moment ago and has not written down who it is */
export function alreadyRuns(home: Home, holder: ProcessId | null): UserError {
  const who =
    holder === null ? 'is just being started or stopped' : `already runs on ${home.path} (pid ${holder.pid})`;
  return new UserError(
    `Velolog ${who}${holder === null ? ` on ${home.path}` : ''}: \`npx velolog status\` shows it, \`npx velolog down\` stops it, --home DIR starts another one elsewhere`,
  );
}
