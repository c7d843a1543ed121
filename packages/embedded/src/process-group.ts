import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

/** A process. Its start time, as the kernel reports it, distinguishes it from a later process with the same pid. */
export type ProcessId = { pid: number; started: string };

/** Starts a process as the leader of its own session, so that Ctrl-C in a terminal reaches only the supervisor. */
export function spawnGroup(command: string, args: string[], options: SpawnOptions): ChildProcess {
  const child = spawn(command, args, { ...options, detached: true });
  const id = child.pid === undefined ? null : processId(child.pid);
  if (id !== null) {
    spawned.add(id);
    child.once('exit', () => spawned.delete(id));
  }
  return child;
}

const spawned = new Set<ProcessId>();

/** Kills everything that spawnGroup started and that still runs. It is synchronous, so that a process can call it as it exits. */
export function killSpawned(): void {
  for (const id of spawned) killGroup(id);
}

/** The id of a running process; null when there is none, or only a zombie that its parent has not collected yet. */
export function processId(pid: number): ProcessId | null {
  const started = process.platform === 'linux' ? startedByProc(pid) : startedByPs(pid);
  return started === null ? null : { pid, started };
}

export function isRunning(id: ProcessId): boolean {
  return processId(id.pid)?.started === id.started;
}

/** The command line of a process as one string; empty when it cannot be read. */
export function commandLine(pid: number): string {
  try {
    if (process.platform !== 'linux')
      return execFileSync('ps', ['-o', 'command=', '-p', `${pid}`]).toString();
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

/** Asks a process to stop, waits, and kills its whole group if it does not stop in time. Resolves when it is gone. */
export async function stopProcess(
  id: ProcessId,
  signal: NodeJS.Signals,
  graceSeconds: number,
): Promise<void> {
  send(id, id.pid, signal);
  if (await endsWithin(id, graceSeconds)) return;
  killGroup(id);
  await endsWithin(id, 10);
}

/** Kills a process and its group at once. */
export function killGroup(id: ProcessId): void {
  send(id, -id.pid, 'SIGKILL');
  send(id, id.pid, 'SIGKILL');
}

/** Whether the process ends within `seconds`. Polls every 20 ms, because the process may not be our child. */
export async function endsWithin(id: ProcessId, seconds: number): Promise<boolean> {
  const until = Date.now() + seconds * 1000;
  while (isRunning(id)) {
    if (Date.now() > until) return false;
    await wait(20);
  }
  return true;
}

/** Sends a signal to this process, never to a later one with the same pid. */
export function sendSignal(id: ProcessId, signal: NodeJS.Signals): void {
  send(id, id.pid, signal);
}

function send(id: ProcessId, target: number, signal: NodeJS.Signals): void {
  if (!isRunning(id)) return;
  try {
    process.kill(target, signal);
  } catch (error) {
    // The process has just ended, or does not lead a group.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function startedByProc(pid: number): string | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null;
  }
  // The second field, the name, may contain spaces and brackets, so count from its last bracket (proc(5): 3 state, 22 starttime).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
}

function startedByPs(pid: number): string | null {
  try {
    const [state, ...started] = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', `${pid}`], { stdio: 'pipe' })
      .toString()
      .trim()
      .split(/\s+/);
    return state === undefined || state.startsWith('Z') ? null : started.join(' ');
  } catch {
    return null;
  }
}
