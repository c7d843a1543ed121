import { rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { readJsonFile, writeJsonFile } from '@velolog/embedded/json-file';
import { isRunning, type ProcessId, processId } from '@velolog/embedded/process-group';
import { UserError } from '@velolog/worker/user-error';
import { type Home, makeHome } from './home.ts';
import { homeOption } from './home-option.ts';

/** Open connections by the path of their lock. A lock lasts as long as its connection is open, so the connection must not be garbage-collected. */
const held = new Map<string, DatabaseSync>();

const SQLITE_BUSY = 5;

/**
 * SQLite locks in two steps. When two processes start at once, each can block the other for a moment, and after a single attempt neither
 * would have the lock. With retries one gets it, because a process releases its first step when its second fails.
 */
const ATTEMPT_MS = 25;
const ATTEMPTS = 40;

/**
 * Makes this process the only one that runs the home or stops it. The lock is one of the operating system (fcntl, LockFileEx): it ends with
 * the process that holds it, however that ends, so there are no stale locks to judge. Node has no such locks, but its SQLite takes one for a
 * transaction. The pid of the holder is written beside it, for people and for `down`.
 * @throws UserError when another one holds it
 */
export function takeLock(home: Home): void {
  makeHome(home);
  let connection: DatabaseSync | null = null;
  for (let attempt = 1; connection === null; attempt++) {
    // A supervisor that runs keeps the lock, so waiting for it is pointless.
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

/** Also guards against an older Velolog, which writes the file with its pid but does not know the lock. */
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

/** Returns null when another process has the lock or is trying to get it. */
function tryLock(home: Home): DatabaseSync | null {
  let connection: DatabaseSync | undefined;
  try {
    connection = new DatabaseSync(home.lock, { timeout: ATTEMPT_MS });
    // Nothing is ever written, so the file stays empty and no journal file appears beside it.
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

/** The supervisor that runs on this home. Null when there is none or it was killed. */
export function runningSupervisor(home: Home): ProcessId | null {
  const holder = readJsonFile<ProcessId>(home.supervisor);
  return holder !== null && isRunning(holder) ? holder : null;
}

/** @param holder null when it took the lock a moment ago and has not written its pid yet */
export function alreadyRuns(home: Home, holder: ProcessId | null): UserError {
  const who =
    holder === null ? 'is just being started or stopped' : `already runs on ${home.path} (pid ${holder.pid})`;
  return new UserError(
    `Velolog ${who}${holder === null ? ` on ${home.path}` : ''}: \`npx velolog status${homeOption(home.path)}\` shows it, \`npx velolog down${homeOption(home.path)}\` stops it, --home DIR starts another one elsewhere`,
  );
}
